package plan_test

import (
	"strings"
	"testing"

	"github.com/coldcut/coldcut/plan"
)

// TestStaleBytecode holds that bytecode which the new times make stale is told of,
// and no other.
func TestStaleBytecode(t *testing.T) {
	const byTime, byHash = "\xf3\r\r\n\x00\x00\x00\x00time and size of the source", "\xf3\r\r\n\x01\x00\x00\x00a hash"
	tests := []struct {
		name   string
		extra  map[string]string
		python string
		stale  bool
	}{
		{"by time", map[string]string{"__pycache__/app.cpython-313.pyc": byTime}, "", true},
		{"by hash", map[string]string{"__pycache__/app.cpython-313.pyc": byHash}, "", false},
		{"before there were flags", map[string]string{"__pycache__/app.cpython-36.pyc": byHash}, "", true},
		{"of another Python, which goes", map[string]string{"__pycache__/app.cpython-312.pyc": byTime}, "3.13", false},
		{"no bytecode", map[string]string{"__pycache__/app.cpython-313.pyc": "x"}, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := mustPlan(t, with(usesS3, tt.extra), plan.Options{Python: tt.python})
			told := strings.Contains(strings.Join(p.Warnings, "\n"), "bytecode in 1 files is checked by the times")
			if told != tt.stale {
				t.Errorf("warnings %q", p.Warnings)
			}
		})
	}
}
