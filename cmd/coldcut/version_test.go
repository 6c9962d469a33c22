package main

import (
	"runtime/debug"
	"testing"
)

// TestBuilt holds --version to what the Go tool records: in a checkout, and by go install.
func TestBuilt(t *testing.T) {
	settings := []debug.BuildSetting{{Key: "GOOS", Value: "linux"}, {Key: "GOARCH", Value: "arm64"}}
	commit := []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef0123"}, {Key: "vcs.time", Value: "2026-01-02T03:04:05Z"}}
	tests := []struct {
		version  string
		settings []debug.BuildSetting
		want     string
	}{
		{"v1.2.3", append(commit[:2:2], settings...), "v1.2.3 (commit 0123456789ab of 2026-01-02T03:04:05Z, go1.26.0, linux/arm64)"},
		{"v1.2.3+dirty", append(append(commit[:2:2], settings...), debug.BuildSetting{Key: "vcs.modified", Value: "true"}),
			"v1.2.3+dirty (commit 0123456789ab of 2026-01-02T03:04:05Z with changes, go1.26.0, linux/arm64)"},
		{"v1.2.3", settings, "v1.2.3 (go1.26.0, linux/arm64)"},
		{"(devel)", settings, "devel (go1.26.0, linux/arm64)"},
	}
	for _, test := range tests {
		info := &debug.BuildInfo{GoVersion: "go1.26.0", Main: debug.Module{Version: test.version}, Settings: test.settings}
		if got := built(info, true); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}
