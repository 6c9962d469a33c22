package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/coldcut/coldcut"

// mayImport is the whole table: what is not in it is forbidden. A package may
// also import what those in its row may.
var mayImport = map[string][]string{
	"cmd/coldcut": {
		"internal/report", "internal/audit", "internal/awslambda", "internal/lambdasim", "internal/shard", "bench", "verify", "shake", "plan", "trace", "scan",
		"internal/boto", "internal/deploy", "internal/project", "internal/importtime", "internal/python", "internal/pyrun", "artifact",
	},
	"internal/report":     {"internal/importtime", "plan", "shake", "trace", "verify", "bench", "internal/audit"},
	"internal/audit":      {"internal/deploy", "shake", "plan", "scan", "internal/boto", "internal/pyc", "internal/shard", "artifact"},
	"internal/awslambda":  {"bench", "artifact", "internal/audit"},
	"internal/lambdasim":  {"artifact", "internal/pyrun"},
	"bench":               {"artifact"},
	"verify":              {"artifact", "internal/pyrun"},
	"shake":               {"artifact", "plan", "shake/imports", "internal/boto", "internal/python", "internal/pyrun", "internal/pyc"},
	"shake/imports":       {"internal/python"},
	"plan":                {"artifact", "scan", "internal/boto", "internal/handcut"},
	"trace":               {"scan"},
	"scan":                {"artifact", "internal/boto", "internal/python"},
	"internal/boto":       {"artifact"},
	"artifact":            nil,
	"internal/deploy":     nil,
	"internal/project":    {"internal/deploy"},
	"internal/handcut":    nil,
	"internal/importtime": nil,
	"internal/python":     nil,
	"internal/pyrun":      nil,
	"internal/pyc":        nil,
	"internal/shard":      nil,

	// For the tests and the project's own commands alone.
	"internal/pyrun/pyruntest": {"internal/pyrun"},
	"artifact/artifacttest":    {"artifact"},
	"internal/tinyboto":        {"artifact", "artifact/artifacttest"},
	"internal/example":         {"internal/pyrun"},
	"internal/fleet":           nil,
	"internal/page":            {"artifact"},
	"internal/adversary":       {"scan", "artifact", "internal/boto", "internal/pyrun"},
}

// meaningless names say nothing of what is in a package.
var meaningless = []string{"utils", "common", "types", "config", "errors", "log", "mocks", "pkg"}

// awsSDK is for one package alone; whoever else wants AWS asks that.
const awsSDK, awsRoom = "github.com/aws/aws-sdk-go-v2", "internal/awslambda"

// goPackage is what go list tells of a package.
type goPackage struct {
	ImportPath string
	Name       string
	Imports    []string
}

// TestImports holds the packages to who may import whom. Imports of tests are
// free, and so are those of the project's own commands, which nothing imports.
func TestImports(t *testing.T) {
	for _, p := range listPackages(t) {
		room := strings.TrimPrefix(p.ImportPath, module+"/")
		for _, name := range []string{p.Name, path.Base(p.ImportPath)} {
			if slices.Contains(meaningless, name) {
				t.Errorf("%s: no package is named %s", room, name)
			}
		}
		_, known := mayImport[room]
		if !known && p.Name != "main" {
			t.Errorf("%s: has no row in the table of imports", room)
		}
		for _, imported := range p.Imports {
			if reason := forbidden(room, imported); reason != "" && (known || strings.HasPrefix(imported, awsSDK)) {
				t.Errorf("%s imports %s: %s", room, imported, reason)
			}
		}
	}
}

// forbidden says why a package may not import another, or nothing.
func forbidden(room, imported string) string {
	if strings.HasPrefix(imported, awsSDK) && room != awsRoom {
		return "only " + awsRoom + " does"
	}
	other, ours := strings.CutPrefix(imported, module+"/")
	if allowed := allowedFor(room); ours && !allowed[other] {
		return "the table has " + strings.Join(slices.Sorted(maps.Keys(allowed)), ", ")
	}
	return ""
}

// allowedFor is the closure of a package's row.
func allowedFor(room string) map[string]bool {
	closure := map[string]bool{}
	for row := slices.Clone(mayImport[room]); len(row) > 0; row = row[1:] {
		if !closure[row[0]] {
			closure[row[0]] = true
			row = append(row, mayImport[row[0]]...)
		}
	}
	return closure
}

// TestForbidden holds the fence itself to what it is to keep out.
func TestForbidden(t *testing.T) {
	tests := []struct {
		room, imported string
		forbidden      bool
	}{
		{"plan", module + "/scan", false},
		{"plan", module + "/internal/python", false}, // scan may
		{"plan", module + "/shake", true},
		{"scan", module + "/plan", true},
		{"artifact", module + "/internal/boto", true},
		{"internal/report", module + "/scan", false},
		{"internal/report", module + "/internal/awslambda", true},
		{"cmd/coldcut", module + "/internal/report", false},
		{"cmd/coldcut", module + "/internal/example", true},
		{"internal/boto", module + "/internal/pyrun/pyruntest", true},
		{"cmd/coldcut", awsSDK + "/service/lambda", true},
		{"internal/awslambda", awsSDK + "/service/lambda", false},
		{"scan", "strings", false},
	}
	for _, test := range tests {
		if reason := forbidden(test.room, test.imported); (reason != "") != test.forbidden {
			t.Errorf("%s imports %s: forbidden for the reason %q", test.room, test.imported, reason)
		}
	}
}

// listPackages asks the Go tool for every package of the module.
func listPackages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Name,Imports", module+"/...")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []goPackage
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 9 {
		t.Fatalf("go list found only %d packages", len(all))
	}
	return all
}
