package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/plan"
)

// TestBytecodeFor holds who says which Python runs the package, and that what pip
// compiled takes nothing away.
func TestBytecodeFor(t *testing.T) {
	pyc := func(python string) map[string]string {
		return map[string]string{"__pycache__/app.cpython-" + python + ".pyc": "x"}
	}
	extension := map[string]string{"fast.cpython-312-x86_64-linux-gnu.so": "x"}
	tests := []struct {
		name    string
		extra   map[string]string
		opts    plan.Options
		pythons []string
		from    string
	}{
		{"named", extension, plan.Options{Pythons: []string{"3.9", "3.11"}, PythonsFrom: "--python"}, []string{"3.9", "3.11"}, "--python"},
		{"an extension module", with(pyc("37"), extension), plan.Options{}, []string{"3.12"}, "fast.cpython-312-x86_64-linux-gnu.so"},
		{"what pip compiled", pyc("313"), plan.Options{}, []string{"3.13"}, "__pycache__/app.cpython-313.pyc"},
		{"by two Pythons", with(pyc("313"), pyc("312")), plan.Options{}, nil, ""},
		{"nothing", nil, plan.Options{}, nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := mustPlan(t, with(usesS3, tt.extra), tt.opts)
			if b := p.Bytecode; !slices.Equal(b.Pythons, tt.pythons) || b.From != tt.from || b.Evidence != (len(tt.opts.Pythons) == 0 && tt.from != "") {
				t.Errorf("got %+v", b)
			}
		})
	}
	for python, want := range map[string]int{"3.12": 0, "3.13": 1} {
		p := mustPlan(t, with(usesS3, extension), plan.Options{Pythons: []string{python}, PythonsFrom: "--python"})
		if got := strings.Count(strings.Join(p.Warnings, "\n"), "fast.cpython-312-x86_64-linux-gnu.so is for Python 3.12"); got != want {
			t.Errorf("%s: warnings %q", python, p.Warnings)
		}
	}
	if b := mustPlan(t, usesS3, plan.Options{NoBytecode: true}).Bytecode; b != nil {
		t.Errorf("left out: %+v", b)
	}
}
