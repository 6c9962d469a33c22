package lambdasim

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"golang.org/x/sys/unix"
)

// quota is Python that reads the CPU limit of the process that runs it, and how often
// that was made to wait for it.
const quota = `
import os
def folder():
    groups = {}
    with open("/proc/self/cgroup") as f:
        for line in f:
            _, names, path = line.strip().split(":", 2)
            for name in names.split(","):
                groups[name] = path
    for name in (groups["cpu"], os.path.basename(groups["cpu"])) if "cpu" in groups else ():
        for root in ("/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"):
            if os.path.exists(root + name + "/cpu.cfs_quota_us"):
                return root + name
    return "/sys/fs/cgroup" + groups[""]
def read(name):
    with open(os.path.join(folder(), name)) as f:
        return f.read().strip()
def quota():
    if os.path.exists(folder() + "/cpu.max"):
        return read("cpu.max")
    return read("cpu.cfs_quota_us") + " " + read("cpu.cfs_period_us")
def throttled():
    return int(dict(line.split() for line in read("cpu.stat").splitlines())["nr_throttled"])
`

// needLimits skips where there is nothing to limit with, and fails where
// COLDCUT_CONDITIONS says that there is.
func needLimits(t *testing.T, b *testbed) {
	t.Helper()
	if c := b.server.Conditions(); !c.Limited() {
		if want := os.Getenv("COLDCUT_CONDITIONS"); limited(want) && want != "" {
			t.Fatalf("%s, want %s", c.CPU, want)
		}
		t.Skip("skipped: ", c.CPU)
	}
}

// TestCPULimit has a function read its own limits: at 128 MB a handler gets
// 128/1769 of a vCPU, and initialisation all there is, or what was asked for.
func TestCPULimit(t *testing.T) {
	const code = quota + "\ninit = quota()\ndef handler(event, context): return [init, quota()]\n"
	for _, test := range []struct {
		opts   Options
		memory int32
		want   [2]string
	}{
		{Options{}, 128, [2]string{"-1 20000", "1447 20000"}},
		{Options{InitCPU: 0.5}, 1769, [2]string{"10000 20000", "20000 20000"}},
		{Options{}, 3538, [2]string{"-1 20000", "40000 20000"}},
	} {
		t.Run(fmt.Sprint(test.memory), func(t *testing.T) {
			b := serve(t, test.opts)
			needLimits(t, b)
			b.create("quota", code, func(in *lambda.CreateFunctionInput) { in.MemorySize = &test.memory })
			for range 2 {
				var got [2]string
				if err := json.Unmarshal([]byte(b.invoke("quota", "1").payload), &got); err != nil {
					t.Fatal(err)
				}
				for i := range got {
					got[i] = strings.Replace(got[i], "max", "-1", 1)
				}
				if got != test.want {
					t.Errorf("limits %v, want %v", got, test.want)
				}
			}
		})
	}
}

// TestThrottled has the kernel count how often a handler had used up its share.
func TestThrottled(t *testing.T) {
	b := serve(t, Options{})
	needLimits(t, b)
	const code = quota + `
import time
def spin():
    end = time.process_time() + 0.1
    while time.process_time() < end:
        pass
    return throttled()
init = spin()
def handler(event, context):
    return [init, spin()]
`
	b.create("spins", code, func(in *lambda.CreateFunctionInput) { in.Timeout = aws.Int32(60) })
	var got [2]int
	if err := json.Unmarshal([]byte(b.invoke("spins", "1").payload), &got); err != nil {
		t.Fatal(err)
	}
	if got[0] != 0 || got[1] < 10 { // in slices of 1.4 ms 100 ms are some seventy
		t.Errorf("throttled %d times in initialisation, %d after the handler", got[0], got[1])
	}
}

// TestConditions holds a machine to the limits that COLDCUT_CONDITIONS says it has,
// in the words of [Conditions]: cgroup2/run has all kinds of them.
func TestConditions(t *testing.T) {
	want := os.Getenv("COLDCUT_CONDITIONS")
	if want == "" {
		t.Skip("skipped: COLDCUT_CONDITIONS does not say what this machine should allow")
	}
	for _, name := range []string{"first", "second"} { // which finds what the first did to the groups
		t.Run(name, func(t *testing.T) {
			b := serve(t, Options{})
			if c := b.server.Conditions(); c.CPU != want || c.Memory != want {
				t.Errorf("CPU %q, memory %q, want %q", c.CPU, c.Memory, want)
			}
			b.create("echo", echo, func(in *lambda.CreateFunctionInput) { in.Timeout = aws.Int32(60) })
			if r := b.invoke("echo", "1"); r.failed != "" {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestOutOfMemory has functions take more memory than they have.
func TestOutOfMemory(t *testing.T) {
	b := serve(t, Options{})
	needLimits(t, b)
	const handler = "def handler(event, context):\n    return len(bytearray(event << 20))\n"
	b.create("grows", handler, func(in *lambda.CreateFunctionInput) { in.Timeout = aws.Int32(300) }) // it has little CPU
	if r := b.invoke("grows", "64"); r.failed != "" {
		t.Fatalf("%+v", r)
	}
	for range 2 {
		r := b.invoke("grows", "256")
		if e := r.failure(t); e.ErrorType != "Runtime.OutOfMemory" || !strings.HasSuffix(e.ErrorMessage, "Error: Runtime exited with error: signal: killed") {
			t.Errorf("%+v", e)
		}
		if !strings.Contains(r.log, "Max Memory Used: 128 MB\t") && !strings.Contains(r.log, "Max Memory Used: 12") || !strings.Contains(r.log, "Status: error\tError Type: Runtime.OutOfMemory") {
			t.Errorf("%s", r.log)
		}
	}
	b.create("starts", "x = bytearray(256 << 20)\n"+handler, func(in *lambda.CreateFunctionInput) { in.Timeout = aws.Int32(300) })
	r := b.invoke("starts", "1")
	if e := r.failure(t); e.ErrorType != "Runtime.OutOfMemory" || strings.Count(r.log, "Error Type: Runtime.OutOfMemory\n") != 2 {
		t.Errorf("%+v", r)
	}
}

// TestUnlimited says so wherever it does not limit.
func TestUnlimited(t *testing.T) {
	b := serve(t, Options{Unlimited: true, Unisolated: true})
	b.create("echo", echo)
	r := b.invoke("echo", "1")
	c := b.server.Conditions()
	if c.Limited() || c.CPU != "unlimited: as asked" || !strings.Contains(r.log, "\tCPU: unlimited: as asked\tInit CPU: unlimited\tMemory: unlimited: as asked\t") || strings.Contains(r.log, "read-only") {
		t.Errorf("%+v\n%s", c, r.log)
	}
}

// TestOwnGroup reads what systems say of their control groups.
func TestOwnGroup(t *testing.T) {
	const v1 = `32 24 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct
33 24 0:28 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
34 24 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
`
	const own1 = "5:cpu,cpuacct:/user.slice\n4:memory:/docker/abc/x\n0::/init.scope\n"
	const v2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
	for _, test := range []struct{ mounts, own, controller, want string }{
		{v1, own1, "cpu", "/sys/fs/cgroup/cpu,cpuacct/user.slice"},
		{v1, own1, "memory", "/sys/fs/cgroup/memory/x"},
		{v1, own1, "", "/sys/fs/cgroup/unified/init.scope"},
		{v1, own1, "pids", ""},
		{v2, "0::/user.slice/a.scope\n", "", "/sys/fs/cgroup/user.slice/a.scope"},
		{v2, "0::/user.slice/a.scope\n", "cpu", ""},
		{"", "0::/\n", "", ""},
		{"nonsense\n - \n", "nonsense\n", "cpu", ""},
	} {
		if got := ownGroup([]byte(test.mounts), []byte(test.own), test.controller); got != test.want {
			t.Errorf("%q: %q, want %q", test.controller, got, test.want)
		}
	}
}

// TestUnified writes version 2's files into a folder that stands for its file
// system; what a kernel does with them cgroup2/run shows, with the tests above.
func TestUnified(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("self/mountinfo", "30 23 0:26 / "+root+"/cg rw - cgroup2 cgroup2 rw\n")
	write("self/cgroup", "0::/slice/own.scope\n")
	write("cg/slice/own.scope/cgroup.type", "domain\n")
	for _, group := range []string{"cg/slice/", "cg/slice/own.scope/"} {
		write(group+"cgroup.procs", "")
		write(group+"cgroup.controllers", "memory pids\n")
	}
	_, err := newCgroups(filepath.Join(root, "self"), "made")
	if err == nil || err.Error() != "the cpu controller is not delegated" {
		t.Errorf("a group without cpu: %v", err)
	}
	write("cg/slice/cgroup.controllers", "cpu memory pids\n")
	write("cg/slice/cgroup.subtree_control", "")
	// The kernel would fill the new folder.
	_, err = newCgroups(filepath.Join(root, "self"), "made")
	if err == nil || strings.Contains(err.Error(), root) {
		t.Errorf("a folder without files: %v", err)
	}
	if on, err := os.ReadFile(filepath.Join(root, "cg/slice/cgroup.subtree_control")); err != nil || string(on) != "+memory" { // written after +cpu
		t.Errorf("handed on: %q %v", on, err)
	}
	if left, err := filepath.Glob(filepath.Join(root, "cg/slice/*made*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	g := &cgroups{2, filepath.Join(root, "cg/slice/made"), filepath.Join(root, "cg/slice/made")}
	for _, name := range []string{"cpu.max", "memory.max", "memory.swap.max", "cgroup.procs"} {
		write("cg/slice/made/"+name, "")
	}
	write("cg/slice/made/memory.events", "low 0\nhigh 0\nmax 3\noom 1\noom_kill 1\n")
	l := &limits{group: g}
	if err := l.cpu(128.0 / 1769); err != nil {
		t.Error(err)
	}
	if err := l.memory(128 << 20); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]string{"cpu.max": "1447 20000", "memory.max": "134217728", "memory.swap.max": "0"} {
		if got, err := os.ReadFile(filepath.Join(g.cpu, name)); err != nil || string(got) != want {
			t.Errorf("%s: %q %v, want %q", name, got, err, want)
		}
	}
	if !l.outOfMemory() {
		t.Error("an oom_kill was overlooked")
	}
	attr := &syscall.SysProcAttr{}
	if err := l.enter(attr); err != nil || !attr.UseCgroupFD {
		t.Errorf("%+v %v", attr, err)
	}
	l.leave()
	if err := l.cpu(0); err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(filepath.Join(g.cpu, "cpu.max")); err != nil || string(got) != "max 20000" {
		t.Errorf("unlimited: %q %v", got, err)
	}
}

// TestGroupsAbove stops at the top of what is mounted, as in a container.
func TestGroupsAbove(t *testing.T) {
	root := t.TempDir()
	group := filepath.Join(root, "fs/cg/slice/own.scope")
	if err := os.MkdirAll(group, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"fs/cg", "fs/cg/slice", "fs/cg/slice/own.scope"} {
		if err := os.WriteFile(filepath.Join(root, dir, "cgroup.procs"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{filepath.Join(root, "fs/cg/slice"), filepath.Join(root, "fs/cg")}
	if got := groupsAbove(group); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := groupsAbove(want[1]); len(got) > 0 {
		t.Errorf("above the top: %v", got)
	}
}

// TestProtect protects a folder in which a file is open for writing for a while yet.
func TestProtect(t *testing.T) {
	dir := t.TempDir()
	if err := tryMounts(dir); err != nil {
		t.Skip("skipped: ", err)
	}
	result := make(chan error)
	onThread(func() { result <- protectOpen(dir) })
	if err := <-result; err != nil {
		t.Error(err)
	}
}

// protectOpen protects a mount of its own at dir.
func protectOpen(dir string) error {
	if err := unshareMounts(); err != nil {
		return err
	}
	if err := unix.Mount("coldcut", dir, "tmpfs", 0, "size=1m"); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, "open"))
	if err != nil {
		return err
	}
	closed := time.AfterFunc(50*time.Millisecond, func() { _ = f.Close() }) // the mount would not go with it open
	defer closed.Stop()
	if err := protect(dir); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "new"), nil, 0o644); !errors.Is(err, unix.EROFS) {
		return fmt.Errorf("written: %w", err)
	}
	return nil
}

// FuzzOwnGroup reads whatever a system says of its control groups.
func FuzzOwnGroup(f *testing.F) {
	f.Add("33 24 0:28 /a /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n", "4:memory:/a/x\n0::/\n", "memory")
	f.Add("", "", "")
	f.Add(" - ", "::", "cpu")
	f.Fuzz(func(t *testing.T, mounts, own, controller string) {
		if got := ownGroup([]byte(mounts), []byte(own), controller); got != "" && !strings.Contains(own, ":") {
			t.Errorf("%q of no groups", got)
		}
	})
}

// TestDropCache has the system forget files that were just written.
func TestDropCache(t *testing.T) {
	dir := t.TempDir()
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		t.Fatal(err)
	}
	if fs.Type == unix.TMPFS_MAGIC {
		t.Skip("skipped: temporary files are nowhere but in memory")
	}
	name := filepath.Join(dir, "sub", "file")
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, make([]byte, 1<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	before := resident(t, name)
	if err := dropCache(dir); err != nil {
		t.Fatal(err)
	}
	if after := resident(t, name); before == 0 || after != 0 {
		t.Errorf("%d pages were in memory, %d are", before, after)
	}
	b := serve(t, Options{PageCache: PageCacheDropped})
	b.create("echo", echo)
	if r := b.invoke("echo", "1"); r.failed != "" || !strings.Contains(r.log, "\tPage Cache: dropped\t") {
		t.Errorf("%+v", r)
	}
}

// resident counts the pages of a file that are in memory.
func resident(t *testing.T, name string) int {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	data, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Munmap(data) }() // it was only looked at
	pages := make([]byte, (len(data)+os.Getpagesize()-1)/os.Getpagesize())
	if _, _, errno := unix.Syscall(unix.SYS_MINCORE, uintptr(unsafe.Pointer(&data[0])), uintptr(len(data)), uintptr(unsafe.Pointer(&pages[0]))); errno != 0 {
		t.Fatal(errno)
	}
	n := 0
	for _, p := range pages {
		n += int(p & 1)
	}
	return n
}
