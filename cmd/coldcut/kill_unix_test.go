//go:build unix

package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	killFor  = flag.Duration("kill-for", 3*time.Second, "how long runs are killed, for each form of output")
	killSeed = flag.Uint64("kill-seed", 0, "the seed of the moments; 0 takes another one each time")
)

// TestKill kills slim at random moments. What is there afterwards is the old
// output, the new one or none, and the next run succeeds and clears up.
func TestKill(t *testing.T) {
	seed := *killSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-kill-seed=%d", seed)
	for _, form := range []string{"out.zip", "out", ""} {
		name := form
		if form == "" {
			name = "in place"
		}
		t.Run(name, func(t *testing.T) {
			k := newKiller(t, form, rand.New(rand.NewPCG(seed, uint64(len(form)))))
			for deadline := time.Now().Add(*killFor); time.Now().Before(deadline); {
				k.round()
			}
			t.Logf("%d rounds, %d runs killed, %d of these with the new output in place", k.rounds, k.killed, k.arrived)
			if k.killed == 0 {
				t.Error("no run was killed")
			}
		})
	}
}

// killer cuts one package to one place, now to this version, now to that.
type killer struct {
	*testing.T
	random *rand.Rand
	dir    string // holds nothing but OUT, or PATH where it is cut in place
	out    string // inside dir; empty for --in-place
	fat    string
	limit  time.Duration // what a run takes

	versions                [2]string // the listings of the two
	now                     string    // the listing of what is there
	rounds, killed, arrived int
}

// keeps are the declarations that make the two versions.
var keeps = [2]string{"s3", "ec2"}

func newKiller(t *testing.T, out string, random *rand.Rand) *killer {
	t.Helper()
	root := t.TempDir()
	k := &killer{T: t, random: random, dir: filepath.Join(root, "place"), out: out, fat: filepath.Join(root, "fat")}
	function(t, k.fat, handler)
	for i := range 40 {
		write(t, filepath.Join(k.fat, "data", fmt.Sprint(i)), strings.Repeat(fmt.Sprintf("%d and so on ", i), 1000))
		write(t, filepath.Join(k.fat, fmt.Sprintf("botocore/data/filler%d/2020-01-01/service-2.json", i)), `{"operations": {}}`)
	}
	if err := os.Mkdir(k.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	k.limit = time.Minute
	for i := range keeps {
		k.reset()
		start := time.Now()
		if message, err := k.command(i).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, message)
		}
		k.limit = min(k.limit, time.Since(start))
		k.versions[i] = k.look()
	}
	if k.versions[0] == k.versions[1] {
		t.Fatal("the two versions are the same")
	}
	k.now = k.versions[1]
	return k
}

// place is where the output is expected.
func (k *killer) place() string {
	if k.out == "" {
		return filepath.Join(k.dir, "package")
	}
	return filepath.Join(k.dir, k.out)
}

// reset brings the fat package back to where it is cut in place.
func (k *killer) reset() {
	k.Helper()
	if k.out != "" {
		return
	}
	if err := os.RemoveAll(k.place()); err != nil {
		k.Fatal(err)
	}
	if err := os.CopyFS(k.place(), os.DirFS(k.fat)); err != nil {
		k.Fatal(err)
	}
	k.now = k.look()
}

func (k *killer) command(version int) *exec.Cmd {
	args := []string{"slim", k.fat, "-o", k.place(), "--force"}
	if k.out == "" {
		args = []string{"slim", k.place(), "--in-place"}
	}
	return exec.CommandContext(k.Context(), "coldcut", append(args, "--no-verify", "--keep", keeps[version])...)
}

// look lists what is there; nothing if there is none.
func (k *killer) look() string {
	k.Helper()
	if _, err := os.Stat(k.place()); os.IsNotExist(err) {
		return ""
	}
	return listing(k.T, k.place())
}

// round kills a few runs that bring a version, and lets one more finish.
func (k *killer) round() {
	k.Helper()
	version := k.rounds % 2 // the other one than last time
	k.rounds++
	k.reset()
	for range 1 + k.random.IntN(4) {
		if arrived := k.kill(version); arrived {
			break
		}
	}
	if message, err := k.command(version).CombinedOutput(); err != nil {
		k.Fatalf("the run after a killed one: %v: %s", err, message)
	}
	k.now = k.look()
	if k.now != k.versions[version] {
		k.Fatalf("the run after a killed one left something else: %s", firstDifference(k.now, k.versions[version]))
	}
	k.checkClear()
}

// kill kills one run, and tells whether it brought the version all the same.
func (k *killer) kill(version int) bool {
	k.Helper()
	cmd := k.command(version)
	if err := cmd.Start(); err != nil {
		k.Fatal(err)
	}
	time.Sleep(time.Duration(k.random.Int64N(int64(k.limit))))
	_ = cmd.Process.Kill() // it may have ended by itself
	if cmd.Wait() == nil {
		return true
	}
	k.killed++
	arrived := k.look() == k.versions[version]
	if arrived {
		k.arrived++
	}
	k.check(version)
	return arrived
}

// check looks at what a killed run left.
func (k *killer) check(version int) {
	k.Helper()
	if k.out == "" {
		k.checkFiles(version)
		return
	}
	if got := k.look(); got != k.now && got != k.versions[version] && got != "" {
		k.Fatalf("a killed run left neither the old nor the new output: %s", firstDifference(got, k.versions[version]))
	}
}

// checkFiles looks at each file of a folder that was cut in place: it is the old
// one or the new one, or it is gone where it is to go.
func (k *killer) checkFiles(version int) {
	k.Helper()
	old, now := strings.Split(k.now, "\n"), strings.Split(k.versions[version], "\n")
	got := strings.Split(k.look(), "\n")
	for _, line := range got {
		if !strings.HasPrefix(line, ".coldcut-journal/") && !slices.Contains(old, line) && !slices.Contains(now, line) {
			k.Fatalf("a killed run left a file that is neither old nor new: %.200s", line)
		}
	}
	for _, line := range now {
		name, _, _ := strings.Cut(line, " ")
		if slices.Contains(old, line) && !slices.Contains(got, line) {
			k.Fatalf("a killed run lost %s, which was to stay", name)
		}
	}
}

// checkClear looks for anything but the output.
func (k *killer) checkClear() {
	k.Helper()
	entries, err := os.ReadDir(k.dir)
	if err != nil {
		k.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != filepath.Base(k.place()) {
			k.Fatalf("the run after a killed one left %s", e.Name())
		}
	}
}

// TestInterrupt asks slim to stop at random moments. It clears up by itself.
func TestInterrupt(t *testing.T) {
	k := newKiller(t, "out.zip", rand.New(rand.NewPCG(1, 2)))
	interrupted := 0
	for range 20 {
		cmd := k.command(0)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(k.limit/8 + time.Duration(k.random.Int64N(int64(k.limit))))
		_ = cmd.Process.Signal(os.Interrupt) // it may have ended by itself
		_ = cmd.Wait()
		switch code := cmd.ProcessState.ExitCode(); code {
		case exitOK, -1: // -1 is before coldcut listens
		case exitFailed:
			interrupted++
			if want := "coldcut: error: interrupted; nothing was left behind\n"; stderr.String() != want {
				t.Errorf("stderr is %q, want %q", stderr.String(), want)
			}
		default:
			t.Errorf("exit code %d: %s", code, stderr.String())
		}
		k.check(0)
		k.checkClear()
	}
	if interrupted == 0 {
		t.Log("no run was interrupted")
	}
}

// TestKillWhileLocking kills slim while it writes the lock beside the sources.
func TestKillWhileLocking(t *testing.T) {
	t.Chdir(t.TempDir())
	function(t, "build", handler)
	args := append([]string{"slim", "build", "-o", "out.zip", "--lock=locks/coldcut.lock"}, declared...)
	if err := os.Mkdir("locks", 0o755); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		cmd := exec.CommandContext(t.Context(), "coldcut", args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error)
		go func() { ended <- cmd.Wait() }()
		if killed := killAtFirstFile(t, cmd, "locks", ended); killed {
			break
		}
		if err := os.Remove("locks/coldcut.lock"); err != nil {
			t.Fatal(err)
		}
	}
	cut(t, args...)
	entries, err := os.ReadDir("locks")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != "coldcut.lock" {
			t.Errorf("the run after a killed one left %s", e.Name())
		}
	}
}

// killAtFirstFile kills a process when it makes anything in a folder. It tells
// whether the process did not end by itself.
func killAtFirstFile(t *testing.T, cmd *exec.Cmd, dir string, ended <-chan error) bool {
	t.Helper()
	for {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) > 0 {
			_ = cmd.Process.Kill() // it may have ended by itself
			return <-ended != nil
		}
		select {
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
			return false
		default:
		}
	}
}
