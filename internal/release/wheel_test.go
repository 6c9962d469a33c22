package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// TestWheelOfPlatform has pip choose among the wheels of all systems, for each system
// and for newer ones.
func TestWheelOfPlatform(t *testing.T) {
	p := pyruntest.Need(t, "")
	r := &release{version: version{goForm: "v1.2.3", time: time.Unix(1e9, 0).UTC()}, license: []byte("x"), notices: []byte("y"), readme: []byte("# z\n")}
	dist := t.TempDir()
	for _, target := range all {
		name, data, err := r.wheel(target, []byte("program for "+target.String()))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dist, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for platform, want := range map[string]string{
		"manylinux2014_x86_64": "linux/amd64", "manylinux_2_17_aarch64": "linux/arm64",
		"musllinux_1_1_x86_64": "linux/amd64", "musllinux_1_1_aarch64": "linux/arm64",
		"macosx_12_0_x86_64": "darwin/amd64", "macosx_15_0_arm64": "darwin/arm64",
		"win_amd64": "windows/amd64", "win_arm64": "windows/arm64",
		"macosx_11_0_arm64": "", "manylinux2010_x86_64": "", "win32": "",
	} {
		dir := filepath.Join(t.TempDir(), "target")
		_, _, err := p.Run(t.Context(), pyrun.Command{
			Args: []string{"-m", "pip", "install", "--quiet", "--only-binary=:all:", "--platform", platform, "--target", dir, "coldcut"},
			Env:  fromFolder(dist),
		})
		if want == "" {
			if err == nil {
				t.Errorf("%s: pip installs one", platform)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", platform, err)
			continue
		}
		programs, err := filepath.Glob(filepath.Join(dir, "bin", "coldcut*"))
		if err != nil || len(programs) != 1 {
			t.Errorf("%s: pip installs %v: %v", platform, programs, err)
			continue
		}
		got, err := os.ReadFile(programs[0])
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != "program for "+want || strings.HasSuffix(programs[0], ".exe") != strings.HasPrefix(want, "windows") {
			t.Errorf("%s: pip installs %s, the %s", platform, programs[0], got)
		}
	}
}
