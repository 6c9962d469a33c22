package python

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// interpreter is a CPython that runs on this machine.
type interpreter struct {
	path  string
	minor int
	roots []string // its libraries
}

func (i interpreter) String() string { return fmt.Sprintf("3.%d", i.minor) }

// describeLibraries prints where an interpreter's libraries are.
const describeLibraries = `
import json, sysconfig
paths = sysconfig.get_paths()
print(json.dumps(sorted({paths["stdlib"], paths["purelib"], paths["platlib"]})))
`

// interpreters lists one CPython of each version from 3.6 to 3.15, the oldest
// first. Without any it skips the test, or fails it where CI is set.
func interpreters(t testing.TB) []interpreter {
	t.Helper()
	pyruntest.Need(t, "")
	return findInterpreters()
}

var findInterpreters = sync.OnceValue(func() []interpreter {
	var list []interpreter
	for _, p := range pyrun.All(context.Background()) {
		_, minor := p.Minor()
		i := interpreter{path: p.Path, minor: minor}
		out, _, err := p.Run(context.Background(), pyrun.Command{Args: []string{"-c", describeLibraries}})
		if err == nil && json.Unmarshal(out, &i.roots) == nil && 6 <= minor && minor <= 15 {
			list = append(list, i)
		}
	}
	slices.Reverse(list)
	return list
})

// files lists the Python files of the interpreter's libraries.
func (i interpreter) files(t testing.TB) []string {
	t.Helper()
	seen := map[string]bool{}
	for _, root := range i.roots {
		err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() && strings.HasSuffix(path, ".py") {
				seen[path] = true
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var list []string
	for path := range seen {
		list = append(list, path)
	}
	sort.Strings(list)
	return list
}

//go:embed testdata/astspans.py
var astSpans string

// answer is what astspans.py tells of one source.
type answer struct {
	Error  string
	Calls  [][]int
	Inner  int
	Digest string
}

// ask runs astspans.py over sources, which are paths or marked by inline, and
// calls got with each answer.
func (i interpreter) ask(t testing.TB, sources []string, got func(n int, a answer)) {
	t.Helper()
	command := exec.Command(i.path, "-c", astSpans)
	command.Stdin = strings.NewReader(strings.Join(sources, "\n") + "\n")
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bufio.NewReaderSize(out, 1<<20))
	for n := range sources {
		var a answer
		if err := decoder.Decode(&a); err != nil {
			t.Fatalf("%s: no answer for %s: %v", i, sources[n], err)
		}
		got(n, a)
	}
	if err := command.Wait(); err != nil {
		t.Fatal(err)
	}
}

// inline makes a source itself an item for ask.
func inline(src []byte) string { return "=" + base64.StdEncoding.EncodeToString(src) }

// read returns the source that an item for ask stands for.
func read(t testing.TB, item string) []byte {
	t.Helper()
	var src []byte
	var err error
	if encoded, ok := strings.CutPrefix(item, "="); ok {
		src, err = base64.StdEncoding.DecodeString(encoded)
	} else {
		src, err = os.ReadFile(item)
	}
	if err != nil {
		t.Fatal(err)
	}
	return src
}
