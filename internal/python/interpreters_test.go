package python

import (
	"bufio"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"
)

// interpreter is a CPython that runs on this machine.
type interpreter struct {
	path  string
	minor int
	roots []string // its libraries
}

func (i interpreter) String() string { return fmt.Sprintf("3.%d", i.minor) }

const describeInterpreter = `
import json, sys, sysconfig
paths = sysconfig.get_paths()
print(json.dumps([sys.version_info[:2], sys.implementation.name, sorted({paths["stdlib"], paths["purelib"], paths["platlib"]})]))
`

// interpreters finds one CPython of each version from 3.6 to 3.15: on PATH,
// among pyenv's and among uv's. Without any it skips the test, or fails it
// where CI is set.
func interpreters(t testing.TB) []interpreter {
	t.Helper()
	found := findInterpreters()
	if len(found) == 0 {
		const missing = "no python3.6 to python3.15 runs from PATH, $PYENV_ROOT, ~/.pyenv or ~/.local/share/uv/python"
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	return found
}

var findInterpreters = sync.OnceValue(func() []interpreter {
	versions := map[int]interpreter{}
	for _, path := range candidates() {
		i, ok := probe(path)
		if _, known := versions[i.minor]; ok && !known {
			versions[i.minor] = i
		}
	}
	var list []interpreter
	for _, i := range versions {
		list = append(list, i)
	}
	sort.Slice(list, func(a, b int) bool { return list[a].minor < list[b].minor })
	return list
})

// candidates lists the programs that may be interpreters.
func candidates() []string {
	var list []string
	for minor := 6; minor <= 15; minor++ {
		if path, err := exec.LookPath(fmt.Sprintf("python3.%d", minor)); err == nil {
			list = append(list, path)
		}
	}
	home, _ := os.UserHomeDir()
	pyenv := os.Getenv("PYENV_ROOT")
	if pyenv == "" {
		pyenv = filepath.Join(home, ".pyenv")
	}
	for _, pattern := range []string{
		filepath.Join(pyenv, "versions", "3.*", "bin", "python"),
		filepath.Join(home, ".local", "share", "uv", "python", "cpython-3.*", "bin", "python3"),
	} {
		matches, _ := filepath.Glob(pattern)
		list = append(list, matches...)
	}
	return list
}

// probe runs a program to see whether it is a CPython that works.
func probe(path string) (interpreter, bool) {
	out, err := exec.Command(path, "-c", describeInterpreter).Output()
	if err != nil {
		return interpreter{}, false
	}
	var version []int
	var name string
	i := interpreter{path: path}
	if err := json.Unmarshal(out, &[]any{&version, &name, &i.roots}); err != nil {
		return interpreter{}, false
	}
	i.minor = version[1]
	return i, name == "cpython" && version[0] == 3 && 6 <= i.minor && i.minor <= 15
}

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
