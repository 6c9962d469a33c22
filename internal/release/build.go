package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
)

// target is a system and a machine, in Go's words.
type target struct{ system, machine string }

func (t target) String() string { return t.system + "/" + t.machine }

// exe is the name of the program there.
func (t target) exe() string {
	if t.system == "windows" {
		return "coldcut.exe"
	}
	return "coldcut"
}

// all are the targets of a release.
var all = []target{
	{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}, {"windows", "amd64"}, {"windows", "arm64"},
}

// parseTargets reads "linux/amd64,darwin/arm64"; nothing means all.
func parseTargets(s string) ([]target, error) {
	if s == "" {
		return all, nil
	}
	var some []target
	for name := range strings.SplitSeq(s, ",") {
		i := slices.IndexFunc(all, func(t target) bool { return t.String() == name })
		if i < 0 {
			return nil, fmt.Errorf("no release for %q; there are %v", name, all)
		}
		some = append(some, all[i])
	}
	return some, nil
}

// command runs a tool in the checkout and returns what it wrote.
func (r *release) command(ctx context.Context, env []string, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	var errs bytes.Buffer
	cmd.Dir, cmd.Stderr, cmd.Env = r.root, &errs, append(os.Environ(), env...)
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, errs.String())
	}
	return out, nil
}

// build makes the program for t. It depends on the commit and the version of Go alone:
// not on where the checkout lies, nor on who builds (CGO is off, paths are trimmed, and
// the variables that steer Go's compiler are set).
func (r *release) build(ctx context.Context, t target) (string, *debug.BuildInfo, error) {
	name := filepath.Join(r.work, t.system+"_"+t.machine, t.exe())
	env := []string{
		"GOOS=" + t.system, "GOARCH=" + t.machine, "GOAMD64=v1", "GOARM64=v8.0", "CGO_ENABLED=0",
		"GOFLAGS=", "GOEXPERIMENT=", "GOFIPS140=off", "GOWORK=off",
	}
	_, err := r.command(ctx, env, "go", "build", "-trimpath", "-buildvcs=true", "-mod=readonly", "-ldflags", "-s -w", "-o", name, "./cmd/coldcut")
	if err != nil {
		return "", nil, err
	}
	info, err := buildinfo.ReadFile(name)
	return name, info, err
}
