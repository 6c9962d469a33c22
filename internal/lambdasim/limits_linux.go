package lambdasim

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// cgroups are the control groups that environments get theirs in. Version 1 has a
// folder for each controller, version 2 one for all.
type cgroups struct {
	version     int
	cpu, memory string
}

// newCgroups makes a group with this name below our own (version 1) or near it
// (version 2, see unifiedGroups). self is /proc/self, or what stands for it.
func newCgroups(self, name string) (*cgroups, error) {
	mounts, err := os.ReadFile(filepath.Join(self, "mountinfo"))
	if err != nil {
		return nil, errors.New("no control groups")
	}
	own, err := os.ReadFile(filepath.Join(self, "cgroup"))
	if err != nil {
		return nil, errors.New("no control groups")
	}
	cpu, memory := ownGroup(mounts, own, "cpu"), ownGroup(mounts, own, "memory")
	if cpu != "" && memory != "" {
		sweepGroups(cpu)
		sweepGroups(memory)
		g := &cgroups{1, filepath.Join(cpu, name), filepath.Join(memory, name)}
		return g.made()
	}
	unified := ownGroup(mounts, own, "")
	if unified == "" {
		return nil, errors.New("no control groups for CPU and memory are mounted")
	}
	return unifiedGroups(unified, name, os.Getpid())
}

// groupPrefix begins the names of groups; the process's number follows.
const groupPrefix = "coldcut-"

// sweepGroups removes the groups of servers that were killed. The kernel lets none
// go that still holds a process.
func sweepGroups(parent string) {
	found, _ := filepath.Glob(filepath.Join(parent, groupPrefix+"*-*")) // the pattern is well-formed
	for _, dir := range found {
		number, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), groupPrefix), "-")
		pid, err := strconv.Atoi(number)
		if err != nil || !errors.Is(unix.Kill(pid, 0), unix.ESRCH) {
			continue
		}
		below, _ := filepath.Glob(filepath.Join(dir, "env-*"))
		for _, group := range append(below, dir) {
			_ = os.Remove(group) // as far as it can be
		}
	}
}

// made makes the folders of g.
func (g *cgroups) made() (*cgroups, error) {
	for _, dir := range g.folders() {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return nil, errors.Join(fmt.Errorf("control groups cannot be made: %w", unwrapped(err)), g.remove())
		}
	}
	return g, nil
}

// unifiedGroups makes a group of version 2 where it may have limited groups below it.
// Only the root may hold processes and do that, so that elsewhere it is made beside
// our own, or in our own, which this process then leaves for a group of its own there,
// or further up, as where root is in a session that has no controllers.
func unifiedGroups(own, name string, pid int) (*cgroups, error) {
	above := groupsAbove(own)
	for _, dir := range append([]string{own}, above...) { // a server before may have found another place
		sweepGroups(dir)
	}
	if _, err := os.Stat(filepath.Join(own, "cgroup.type")); err != nil { // only the root has none
		return groupsBelow(own, name)
	}
	if len(above) > 0 {
		if g, err := groupsBelow(above[0], name); err == nil {
			return g, nil
		}
		above = above[1:]
	}
	g, inside := groupsInside(own, name, pid)
	if inside == nil {
		return g, nil
	}
	for _, parent := range above {
		if g, err := groupsBelow(parent, name); err == nil {
			return g, nil
		}
	}
	return nil, inside
}

// groupsAbove are the groups above one, the nearest first, as far as they are seen.
func groupsAbove(group string) []string {
	var above []string
	for {
		group = filepath.Dir(group)
		if _, err := os.Stat(filepath.Join(group, "cgroup.procs")); err != nil {
			return above
		}
		above = append(above, group)
	}
}

// groupsBelow makes a group that may have limited groups below it.
func groupsBelow(parent, name string) (*cgroups, error) {
	// Whoever starts something in another group needs this of the group above both.
	if err := unix.Access(filepath.Join(parent, "cgroup.procs"), unix.W_OK); err != nil {
		return nil, fmt.Errorf("control groups cannot be entered: %w", err)
	}
	if err := handOn(parent); err != nil {
		return nil, err
	}
	dir := filepath.Join(parent, name)
	g, err := (&cgroups{2, dir, dir}).made()
	if err != nil {
		return nil, err
	}
	if err := handOn(dir); err != nil {
		return nil, errors.Join(err, g.remove())
	}
	return g, nil
}

// groupsInside makes a group in this process's own, if nothing else is in that.
// The process stays in its new place: what is limited could not be where it was.
func groupsInside(own, name string, pid int) (_ *cgroups, err error) {
	if err := delegated(own); err != nil {
		return nil, err
	}
	place := &cgroups{2, filepath.Join(own, groupPrefix+strconv.Itoa(pid)+serverSuffix), ""}
	place.memory = place.cpu
	if _, err := place.made(); err != nil {
		return nil, err
	}
	if err := writeControl(place.cpu, "cgroup.procs", strconv.Itoa(pid)); err != nil {
		return nil, errors.Join(fmt.Errorf("control groups cannot be entered: %w", unwrapped(err)), place.remove())
	}
	g, err := groupsBelow(own, name)
	if err != nil { // as it is if others are in there
		back := writeControl(own, "cgroup.procs", strconv.Itoa(pid))
		return nil, errors.Join(err, back, place.remove())
	}
	return g, nil
}

// serverSuffix ends the name of the group that a server went to itself.
const serverSuffix = "-server"

// delegated tells which controller that limits are made of a group has not got.
func delegated(group string) error {
	has, err := os.ReadFile(filepath.Join(group, "cgroup.controllers"))
	if err != nil {
		return fmt.Errorf("control groups: %w", unwrapped(err))
	}
	for _, controller := range []string{"cpu", "memory"} {
		if !slices.Contains(strings.Fields(string(has)), controller) {
			return fmt.Errorf("the %s controller is not delegated", controller)
		}
	}
	return nil
}

// handOn lets the groups below one be limited, unless they are already.
func handOn(group string) error {
	if err := delegated(group); err != nil {
		return err
	}
	const control = "cgroup.subtree_control"
	on, err := os.ReadFile(filepath.Join(group, control))
	if err != nil {
		return fmt.Errorf("control groups: %w", unwrapped(err))
	}
	for _, controller := range []string{"cpu", "memory"} {
		if slices.Contains(strings.Fields(string(on)), controller) {
			continue
		}
		err := writeControl(group, control, "+"+controller)
		if errors.Is(err, unix.EBUSY) {
			return errors.New("the control group holds other processes too")
		}
		if err != nil {
			return fmt.Errorf("the %s controller cannot be handed on: %w", controller, unwrapped(err))
		}
	}
	return nil
}

// unwrapped leaves out the path of an error, which is a machine's.
func unwrapped(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// ownGroup returns the folder of this process's group for a controller of version
// 1, or of version 2 where controller is empty; nothing where that is not mounted.
func ownGroup(mountinfo, cgroup []byte, controller string) string {
	var path string
	for line := range strings.Lines(string(cgroup)) {
		// hierarchy:controllers:path
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) == 3 && slices.Contains(strings.Split(fields[1], ","), controller) {
			path = fields[2]
		}
	}
	if path == "" {
		return ""
	}
	for line := range strings.Lines(string(mountinfo)) {
		before, after, ok := strings.Cut(strings.TrimSpace(line), " - ")
		fields, rest := strings.Fields(before), strings.Fields(after)
		if !ok || len(fields) < 5 || len(rest) < 3 {
			continue
		}
		root, place := fields[3], fields[4]
		v1 := rest[0] == "cgroup" && controller != "" && slices.Contains(strings.Split(rest[2], ","), controller)
		v2 := rest[0] == "cgroup2" && controller == ""
		if below, ok := strings.CutPrefix(path, strings.TrimSuffix(root, "/")); ok && (v1 || v2) {
			return filepath.Join(place, below)
		}
	}
	return ""
}

// folders are those of g, each once.
func (g *cgroups) folders() []string {
	if g.version == 2 {
		return []string{g.cpu}
	}
	return slices.Compact([]string{g.cpu, g.memory})
}

// remove removes the group. The kernel takes a moment to forget the processes of
// groups below.
func (g *cgroups) remove() error {
	var errs []error
	for _, dir := range g.folders() {
		err := os.Remove(dir)
		for try := 0; errors.Is(err, unix.EBUSY) && try < 500; try++ {
			time.Sleep(10 * time.Millisecond)
			err = os.Remove(dir)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// group makes a group below g.
func (g *cgroups) group(name string) (*cgroups, error) {
	return (&cgroups{g.version, filepath.Join(g.cpu, name), filepath.Join(g.memory, name)}).made()
}

// limits are what one process is held to; the zero value holds it to nothing.
type limits struct {
	group *cgroups
	err   error
	fd    *os.File
}

// period is the time in which a process may use up its share of the CPU, in
// microseconds. It is short, so that a throttled process is not stopped for long.
const period = 20_000

// cpu limits the process to so many vCPUs; 0 is as many as there are.
func (l *limits) cpu(vcpus float64) error {
	if l.group == nil {
		return l.err
	}
	quota := strconv.Itoa(max(int(vcpus*period), 1000)) // what the kernel takes is 1 ms at least
	if l.group.version == 2 {
		if vcpus == 0 {
			quota = "max"
		}
		return writeControl(l.group.cpu, "cpu.max", quota+" "+strconv.Itoa(period))
	}
	if vcpus == 0 {
		quota = "-1"
	}
	return errors.Join(writeControl(l.group.cpu, "cpu.cfs_period_us", strconv.Itoa(period)), writeControl(l.group.cpu, "cpu.cfs_quota_us", quota))
}

// memory limits what the process may have, in bytes, and leaves it no swap.
func (l *limits) memory(most int64) error {
	if l.group == nil {
		return l.err
	}
	value := strconv.FormatInt(most, 10)
	if l.group.version == 2 {
		_ = writeControl(l.group.memory, "memory.swap.max", "0") // there may be no swap
		return writeControl(l.group.memory, "memory.max", value)
	}
	if err := writeControl(l.group.memory, "memory.limit_in_bytes", value); err != nil {
		return err
	}
	_ = writeControl(l.group.memory, "memory.memsw.limit_in_bytes", value) // there may be no swap
	return nil
}

// writeControl writes one of the kernel's files, which are there already.
func writeControl(dir, name, value string) error {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(value)
	return errors.Join(err, f.Close())
}

// enter has what the calling thread starts begin in the group.
func (l *limits) enter(attr *syscall.SysProcAttr) error {
	if l.group == nil {
		return l.err
	}
	if l.group.version == 2 {
		var err error
		if l.fd, err = os.Open(l.group.cpu); err == nil {
			attr.UseCgroupFD, attr.CgroupFD = true, int(l.fd.Fd())
		}
		return err
	}
	tid := strconv.Itoa(unix.Gettid())
	return errors.Join(writeControl(l.group.cpu, "tasks", tid), writeControl(l.group.memory, "tasks", tid))
}

// leave takes the thread out of the group again.
func (l *limits) leave() {
	if l.group == nil {
		return
	}
	if l.fd != nil {
		_ = l.fd.Close() // it was only named
		return
	}
	tid := strconv.Itoa(unix.Gettid())
	for _, dir := range l.group.folders() {
		// Back to where this process is.
		_ = writeControl(filepath.Dir(filepath.Dir(dir)), "tasks", tid) // what stays is seen when the group is removed
	}
}

// outOfMemory reports whether the kernel killed something in the group.
func (l *limits) outOfMemory() bool {
	if l.group == nil {
		return false
	}
	name := "memory.oom_control"
	if l.group.version == 2 {
		name = "memory.events"
	}
	data, err := os.ReadFile(filepath.Join(l.group.memory, name))
	if err != nil {
		return false
	}
	for line := range bytes.Lines(data) {
		if fields := bytes.Fields(line); len(fields) == 2 && string(fields[0]) == "oom_kill" {
			return string(fields[1]) != "0"
		}
	}
	return false
}

// kill ends every process in the group, whatever it did to get away from its own.
func (l *limits) kill() {
	if l.group == nil {
		return
	}
	for try := 0; try < 500; try++ {
		data, err := os.ReadFile(filepath.Join(l.group.memory, "cgroup.procs"))
		if err != nil || len(data) == 0 {
			return
		}
		for _, field := range strings.Fields(string(data)) {
			if pid, err := strconv.Atoi(field); err == nil && pid > 1 && pid != os.Getpid() {
				_ = unix.Kill(pid, unix.SIGKILL) // it may be gone by now
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// remove removes the group.
func (l *limits) remove() error {
	if l.group == nil {
		return nil
	}
	return l.group.remove()
}
