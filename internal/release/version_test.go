package main

import (
	"os/exec"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// versions are in the order in which each world must see them.
var versions = []struct{ goForm, python, debian string }{
	{"v0.0.0-20260102030405-0123456789ab", "0.0.0.dev20260102030405+0123456789ab", "0.0.0~git20260102030405.0123456789ab"},
	{"v1.2.3-alpha.1", "1.2.3a1", "1.2.3~alpha1"},
	{"v1.2.3-beta.2", "1.2.3b2", "1.2.3~beta2"},
	{"v1.2.3-rc.1", "1.2.3rc1", "1.2.3~rc1"},
	{"v1.2.3-rc.10", "1.2.3rc10", "1.2.3~rc10"},
	{"v1.2.3", "1.2.3", "1.2.3"},
	{"v1.2.4-0.20260102030405-0123456789ab", "1.2.4.dev20260102030405+0123456789ab", "1.2.4~git20260102030405.0123456789ab"},
	{"v1.2.4", "1.2.4", "1.2.4"},
	{"v1.10.0", "1.10.0", "1.10.0"},
}

func TestVersionForms(t *testing.T) {
	for _, want := range versions {
		v := version{goForm: want.goForm}
		python, err := v.python()
		if err != nil || python != want.python {
			t.Errorf("%s is %s to Python, not %s: %v", want.goForm, python, want.python, err)
		}
		debian, err := v.debian()
		if err != nil || debian != want.debian {
			t.Errorf("%s is %s to Debian, not %s: %v", want.goForm, debian, want.debian, err)
		}
	}
	for _, bad := range []string{"", "devel", "v1.2", "v1.2.3+dirty", "v1.2.3-final", "1.2.3"} {
		if got, err := (version{goForm: bad}).python(); err == nil {
			t.Errorf("%q is %s", bad, got)
		}
	}
}

// TestVersionOrder asks pip and dpkg.
func TestVersionOrder(t *testing.T) {
	p := pyruntest.Need(t, "")
	var forms []string
	for _, v := range versions {
		forms = append(forms, v.python)
	}
	const code = `
import sys
from pip._vendor.packaging.version import Version
versions = [Version(v) for v in sys.argv[1:]]
assert versions == sorted(versions) and len(set(versions)) == len(versions), versions
assert [str(v) for v in versions] == sys.argv[1:], versions
`
	if _, _, err := p.Run(t.Context(), pyrun.Command{Isolated: true, Args: append([]string{"-c", code}, forms...)}); err != nil {
		t.Error(err)
	}
	if _, err := exec.LookPath("dpkg"); err != nil {
		t.Skip("skipped: ", err)
	}
	for i := range versions[1:] {
		if err := exec.CommandContext(t.Context(), "dpkg", "--compare-versions", versions[i].debian, "lt", versions[i+1].debian).Run(); err != nil {
			t.Errorf("%s is not less than %s to dpkg: %v", versions[i].debian, versions[i+1].debian, err)
		}
	}
}

func TestVersionOf(t *testing.T) {
	info := func(pairs ...string) *debug.BuildInfo {
		b := &debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}}
		for _, pair := range pairs {
			key, value, _ := strings.Cut(pair, "=")
			b.Settings = append(b.Settings, debug.BuildSetting{Key: key, Value: value})
		}
		return b
	}
	tests := []struct {
		info *debug.BuildInfo
		want string
	}{
		{info("vcs.time=2026-01-02T03:04:05Z", "vcs.modified=false"), ""},
		{info("vcs.time=2026-01-02T03:04:05Z", "vcs.modified=true"), "not committed"},
		{info(), "no commit"},
	}
	for _, test := range tests {
		v, err := versionOf(test.info)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: got %v, want %q", test.info.Settings, err, test.want)
		}
		if err == nil && v.time.Unix() != 1767323045 {
			t.Errorf("the time is %v", v.time)
		}
	}
}

// TestAbsolute has links of the README lead somewhere from elsewhere.
func TestAbsolute(t *testing.T) {
	r := &release{version: version{goForm: "v1.2.3"}}
	const before = "[a](docs/a.md#b) ![p](docs/p.svg) [w](https://example.com/x) [h](#here) [L](LICENSE)"
	const want = "[a](" + home + "/blob/v1.2.3/docs/a.md#b) ![p](" + home + "/raw/v1.2.3/docs/p.svg) [w](https://example.com/x) [h](#here) [L](" + home + "/blob/v1.2.3/LICENSE)"
	if got := string(r.absolute([]byte(before))); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
