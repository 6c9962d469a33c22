package lambdasim

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// leftNothing holds a server that was closed to what it promised: no folder, no
// process, no mount and no control group of its own is left.
func leftNothing(t *testing.T, work string) {
	t.Helper()
	if entries, err := os.ReadDir(work); err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v %v", entries, err)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(mounts, []byte(work)) {
		t.Error("a mount is left behind")
	}
	// The system takes a moment to reap what had lost its parent.
	for try := 0; ; try++ {
		left := append(processesOf(t, work), groupsLeft(t)...)
		if len(left) == 0 {
			return
		}
		if try == 100 {
			t.Errorf("left behind: %s", strings.Join(left, ", "))
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// processesOf returns the processes that a test's server started and that still run:
// those with its folder in their environment, or with the runtime's bootstrap and
// this process as their parent.
func processesOf(t *testing.T, work string) []string {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, dir := range all {
		pid := filepath.Base(dir)
		line, _ := os.ReadFile(dir + "/cmdline") // gone is gone
		env, _ := os.ReadFile(dir + "/environ")
		stat, _ := os.ReadFile(dir + "/stat")
		_, rest, _ := strings.Cut(string(stat), ") ")
		fields := strings.Fields(rest)
		child := len(fields) > 1 && fields[1] == strconv.Itoa(os.Getpid()) && bytes.Contains(line, []byte("bootstrap.py"))
		if child || bytes.Contains(env, []byte(work)) && pid != strconv.Itoa(os.Getpid()) && bytes.Contains(env, []byte("AWS_LAMBDA_RUNTIME_API")) {
			found = append(found, "process "+pid+" "+string(line))
		}
	}
	return found
}

// groupsLeft returns the control groups with this process's name on them, but for
// the one that it may be in.
func groupsLeft(t *testing.T) []string {
	t.Helper()
	var found []string
	prefix := "coldcut-" + strconv.Itoa(os.Getpid()) + "-"
	// The tree is the kernel's and changes while it is walked.
	_ = filepath.WalkDir("/sys/fs/cgroup", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.HasPrefix(d.Name(), prefix) && !strings.HasSuffix(d.Name(), serverSuffix) {
			found = append(found, "control group "+path)
		}
		return nil
	})
	return found
}
