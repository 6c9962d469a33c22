// Command release makes all that people install coldcut from: archives, wheels and
// Debian packages with a static program, a bill of materials for each system, and their
// checksums. It makes them of the commit that is checked out, in a clone of its own, and
// the same commit and Go give the same bytes anywhere.
package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/coldcut/coldcut/artifact"
)

const (
	summary = "Cut boto3 and botocore down to what your code uses, and prove that nothing is missing"
	home    = "https://github.com/coldcut/coldcut"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "release: error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	from := flags.String("from", ".", "the checkout")
	out := flags.String("o", "dist", "the folder to make")
	some := flags.String("targets", "", "systems, such as linux/amd64,darwin/arm64; all if empty")
	nfpm := flags.String("nfpm", "", "the program nfpm; without it no Debian packages are made")
	bom := flags.String("cyclonedx", "", "the program cyclonedx-gomod; without it no bills of materials are made")
	if err := flags.Parse(args); err != nil {
		return err
	}
	targets, err := parseTargets(*some)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(*out); !errors.Is(err, fs.ErrNotExist) {
		return cmp.Or(err, fmt.Errorf("%s is there already: move it away", *out))
	}
	work, err := os.MkdirTemp("", "coldcut-release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work) //nolint:errcheck // what is left is in the folder for such things
	r := &release{work: work, root: filepath.Join(work, "source"), nfpm: *nfpm, cyclonedx: *bom, made: map[string][]byte{}}
	if err := r.make(ctx, *from, targets); err != nil {
		return err
	}
	return r.write(*out, stdout)
}

// release is one run.
type release struct {
	work, root      string // a folder for what is in between, the clone in it
	nfpm, cyclonedx string
	version         version
	// The same for all systems:
	license, readme, changelog, notices []byte
	manual, completions                 []file

	made map[string][]byte // by name
}

// make makes everything, in memory.
func (r *release) make(ctx context.Context, from string, targets []target) error {
	if err := r.clone(ctx, from); err != nil {
		return err
	}
	host, info, err := r.build(ctx, target{runtime.GOOS, runtime.GOARCH})
	if err != nil {
		return err
	}
	if r.version, err = versionOf(info); err != nil {
		return err
	}
	if err := r.common(ctx, host); err != nil {
		return err
	}
	for _, t := range targets {
		if err := r.forTarget(ctx, t); err != nil {
			return fmt.Errorf("%s: %w", t, err)
		}
	}
	r.made["checksums.txt"] = r.checksums()
	return nil
}

// clone has the commit that is checked out, and nothing else of the checkout. What is
// not committed would be missing in silence, and is an error.
func (r *release) clone(ctx context.Context, from string) error {
	abs, err := filepath.Abs(from)
	if err != nil {
		return err
	}
	r.root = abs
	changed, err := r.command(ctx, nil, "git", "status", "--porcelain")
	if err != nil {
		return err
	}
	if len(changed) > 0 {
		return fmt.Errorf("a release is made of a commit, and these files are not in it:\n%s", changed)
	}
	source := filepath.Join(r.work, "source")
	if _, err := r.command(ctx, nil, "git", "clone", "--quiet", abs, source); err != nil {
		return err
	}
	r.root = source
	return nil
}

// common makes what goes into the packages of every system.
func (r *release) common(ctx context.Context, host string) (err error) {
	for name, data := range map[string]*[]byte{"LICENSE": &r.license, "README.md": &r.readme, "CHANGELOG.md": &r.changelog} {
		if *data, err = os.ReadFile(filepath.Join(r.root, name)); err != nil {
			return err
		}
	}
	if r.notices, err = r.thirdParty(ctx); err != nil {
		return err
	}
	if r.manual, err = manual(filepath.Join(r.root, "docs", "reference"), r.version); err != nil {
		return err
	}
	for shell, name := range map[string]string{"bash": "coldcut.bash", "zsh": "_coldcut", "fish": "coldcut.fish", "powershell": "coldcut.ps1"} {
		script, err := r.command(ctx, nil, host, "completion", shell)
		if err != nil {
			return err
		}
		r.completions = append(r.completions, file{"completions/" + name, script, 0o644})
	}
	return nil
}

// forTarget makes the packages of one system.
func (r *release) forTarget(ctx context.Context, t target) error {
	exe, _, err := r.build(ctx, t)
	if err != nil {
		return err
	}
	program, err := os.ReadFile(exe)
	if err != nil {
		return err
	}
	name, wheel, err := r.wheel(t, program)
	if err != nil {
		return err
	}
	r.made[name] = wheel
	if err := r.archive(t, program); err != nil {
		return err
	}
	if err := r.materials(ctx, t); err != nil {
		return err
	}
	if t.system == "linux" && r.nfpm != "" {
		return r.debian(ctx, t, exe)
	}
	return nil
}

// stem is how the names of what is made for t begin.
func (r *release) stem(t target) string {
	return fmt.Sprintf("coldcut_%s_%s_%s", r.version.plain(), t.system, t.machine)
}

// archive makes the archive for those who install by hand.
func (r *release) archive(t target, program []byte) (err error) {
	files := slices.Concat(r.manual, r.completions, []file{
		{t.exe(), program, 0o755}, {"README.md", r.absolute(r.readme), 0o644}, {"LICENSE", r.license, 0o644},
		{"CHANGELOG.md", r.changelog, 0o644}, {noticesName, r.notices, 0o644},
	})
	files = sorted(r.stem(t), files)
	if t.system == "windows" {
		r.made[r.stem(t)+".zip"], err = zipped(files, r.version.time)
		return err
	}
	r.made[r.stem(t)+".tar.gz"], err = tarball(files, r.version.time)
	return err
}

// materials makes the bill of materials (CycloneDX): the modules in the program, with
// the licences that their files tell.
func (r *release) materials(ctx context.Context, t target) error {
	if r.cyclonedx == "" {
		return nil
	}
	env := []string{"GOOS=" + t.system, "GOARCH=" + t.machine, "CGO_ENABLED=0", "GOFLAGS="}
	bom, err := r.command(ctx, env, r.cyclonedx, "app", "-json", "-licenses", "-std", "-noserial", "-notimestamp", "-main", "cmd/coldcut", ".")
	r.made[r.stem(t)+".cdx.json"] = bom
	return err
}

// checksums lists what was made, in the form of sha256sum.
func (r *release) checksums() []byte {
	var b bytes.Buffer
	for _, name := range r.names() {
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(r.made[name]), name)
	}
	return b.Bytes()
}

func (r *release) names() []string {
	var names []string
	for name := range r.made {
		names = append(names, name)
	}
	slices.SortFunc(names, strings.Compare)
	return names
}

// write makes the folder, whole or not at all.
func (r *release) write(out string, stdout io.Writer) error {
	out = filepath.Clean(out)
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	unfinished, err := os.MkdirTemp(filepath.Dir(out), ".release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(unfinished) //nolint:errcheck // it is gone already, or said so by the error before
	for _, name := range r.names() {
		if err := artifact.WriteFile(filepath.Join(unfinished, name), r.made[name]); err != nil {
			return err
		}
	}
	if err := os.Chmod(unfinished, 0o755); err != nil {
		return err
	}
	if err := os.Rename(unfinished, out); err != nil {
		return err
	}
	for _, name := range r.names() {
		fmt.Fprintf(stdout, "%9d  %s\n", len(r.made[name]), filepath.Join(out, name))
	}
	return nil
}
