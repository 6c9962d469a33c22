package pyrun

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Find returns the interpreter for a language version such as "3.13", or the
// newest there is if version is empty. It looks on PATH first, then in pyenv,
// then in uv, and believes only what it saw running.
//
// Find and [All] read PATH, HOME and the variables that say where pyenv and uv
// keep their interpreters: PYENV_ROOT, UV_PYTHON_INSTALL_DIR, XDG_DATA_HOME.
func Find(ctx context.Context, version string) (*Interpreter, error) {
	if version != "" && !wellFormed().MatchString(version) {
		return nil, fmt.Errorf("%q is not a Python version such as 3.13", version)
	}
	likely := candidates(ctx)
	if version != "" {
		likely = slices.DeleteFunc(likely, func(path string) bool {
			said := saysVersion(path)
			return said != "" && said != version
		})
	}
	found := probeAll(ctx, likely)
	if version != "" && !slices.ContainsFunc(found, func(p *Interpreter) bool { return p.Language() == version }) {
		found = All(ctx) // a path may say what it likes
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("find python%s: %w", version, context.Cause(ctx))
	}
	for _, p := range found {
		if version == "" || version == p.Language() {
			return p, nil
		}
	}
	return nil, missing(version, found)
}

// saysVersion returns the language version that a path promises: it saves
// running all the others.
func saysVersion(path string) string {
	m := promise().FindStringSubmatch(filepath.ToSlash(path))
	if m == nil {
		return ""
	}
	return m[1] + m[2]
}

var promise = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`/python(3\.\d+)(?:\.exe)?$|/(?:cpython-)?(3\.\d+)\.\d[^/]*/(?:bin/)?python3?(?:\.exe)?$`)
})

var wellFormed = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^3\.\d+$`) })

// missing says what was tried and what to do.
func missing(version string, found []*Interpreter) error {
	name := "python" + version
	if version == "" {
		name, version = "python3", "3.13"
	}
	var have []string
	for _, p := range found {
		have = append(have, p.Language())
	}
	instead := "found none at all"
	if len(have) > 0 {
		instead = "found " + strings.Join(have, ", ")
	}
	return fmt.Errorf("%s not found on PATH, in pyenv or in uv (%s): install it with `uv python install %s` or `pyenv install %s`",
		name, instead, version, version)
}

// All returns every interpreter found, newest first, one for each minor
// version: that which comes first on PATH, or else in pyenv, or else in uv.
func All(ctx context.Context) []*Interpreter { return probeAll(ctx, candidates(ctx)) }

func probeAll(ctx context.Context, paths []string) []*Interpreter {
	probed := make([]*Interpreter, len(paths))
	var group sync.WaitGroup
	slots := make(chan struct{}, 2*runtime.NumCPU())
	for i, path := range paths {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			probed[i] = probe(ctx, path)
		})
	}
	group.Wait()
	var all []*Interpreter
	for _, p := range probed {
		if p != nil && !slices.ContainsFunc(all, func(q *Interpreter) bool { return p.minor == q.minor }) {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b *Interpreter) int { return b.minor - a.minor })
	return all
}

// probes remembers what each candidate turned out to be, nil for what does not
// run: pyenv's shims exist for versions that are not chosen, Windows has a
// python.exe that opens its shop.
var probes = struct {
	sync.Mutex
	known map[string]*Interpreter
}{known: map[string]*Interpreter{}}

// probeLimit is ample: a Python that is slower to say its version is of no use.
const probeLimit = 15 * time.Second

func probe(ctx context.Context, path string) *Interpreter {
	probes.Lock()
	p, ok := probes.known[path]
	probes.Unlock()
	if ok {
		return p
	}
	limited, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	p, err := ask(limited, path)
	if err != nil && ctx.Err() != nil {
		return nil // no fault of the candidate's
	}
	probes.Lock()
	defer probes.Unlock()
	probes.known[path] = p
	return p
}

// question is answered in JSON by whatever understands -I, so by no Python 2.
const question = `import json, sys
print(json.dumps({
    "path": sys.executable,
    "version": "%d.%d.%d" % sys.version_info[:3] + {"final": "", "alpha": "a", "beta": "b", "candidate": "rc"}[sys.version_info[3]]
        + ("" if sys.version_info[3] == "final" else str(sys.version_info[4])),
    "major": sys.version_info[0],
    "minor": sys.version_info[1],
    "implementation": sys.implementation.name,
}))`

func ask(ctx context.Context, path string) (*Interpreter, error) {
	unknown := &Interpreter{Path: path, Version: "at " + path}
	stdout, _, err := unknown.Run(ctx, Command{Isolated: true, NoSite: true, Args: []string{"-c", question}})
	if err != nil {
		return nil, err
	}
	var answer struct {
		Path, Version, Implementation string
		Major, Minor                  int
	}
	if err := json.Unmarshal(stdout, &answer); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	// Another implementation has other bytecode.
	if answer.Major != 3 || answer.Implementation != "cpython" || answer.Version == "" {
		return nil, errors.New(path + " is no CPython 3")
	}
	if answer.Path == "" {
		answer.Path = path
	}
	return &Interpreter{Path: answer.Path, Version: answer.Version, minor: answer.Minor}, nil
}

// candidates returns the files that may be interpreters, best first.
func candidates(ctx context.Context) []string {
	var paths []string
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if filepath.IsAbs(dir) {
			paths = append(paths, named(dir)...)
		}
	}
	paths = append(paths, launched(ctx)...)
	for _, pattern := range managed() {
		matches, _ := filepath.Glob(pattern) // the only error is a bad pattern
		slices.SortFunc(matches, func(a, b string) int { return natural(b, a) })
		paths = append(paths, matches...)
	}
	return unique(paths)
}

var interpreterName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^python(3(\.\d+)?)?(\.exe)?$`) })

// named returns the interpreters in a folder, the most specific names first.
func named(dir string) []string {
	entries, _ := os.ReadDir(dir) // a PATH has folders that are not there
	var paths []string
	for _, e := range entries {
		if interpreterName().MatchString(e.Name()) {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	slices.SortFunc(paths, func(a, b string) int { return natural(b, a) })
	return paths
}

// managed returns the patterns for what pyenv and uv installed.
func managed() []string {
	home, _ := os.UserHomeDir() // without one, only the variables count
	or := func(variable string, otherwise ...string) string {
		if dir := os.Getenv(variable); dir != "" {
			return dir
		}
		return filepath.Join(append([]string{home}, otherwise...)...)
	}
	if runtime.GOOS == "windows" {
		uv := or("UV_PYTHON_INSTALL_DIR", "AppData", "Roaming", "uv", "python")
		return []string{
			filepath.Join(or("PYENV_ROOT", ".pyenv", "pyenv-win"), "versions", "*", "python.exe"),
			filepath.Join(uv, "cpython-3*", "python.exe"),
		}
	}
	uv := filepath.Join(or("XDG_DATA_HOME", ".local", "share"), "uv", "python")
	if dir := os.Getenv("UV_PYTHON_INSTALL_DIR"); dir != "" {
		uv = dir
	}
	return []string{
		filepath.Join(or("PYENV_ROOT", ".pyenv"), "versions", "3*", "bin", "python"),
		filepath.Join(uv, "cpython-3*", "bin", "python3"),
	}
}

var launcherLine = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)([A-Za-z]:\\[^\r\n]*\.exe)\s*$`) })

// launched returns what the py launcher of Windows knows.
func launched(ctx context.Context) []string {
	if runtime.GOOS != "windows" {
		return nil
	}
	launcher, err := exec.LookPath("py")
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	listed, err := exec.CommandContext(ctx, launcher, "--list-paths").Output()
	if err != nil {
		return nil
	}
	return launcherPaths(string(listed))
}

func launcherPaths(listed string) []string {
	var paths []string
	for _, m := range launcherLine().FindAllStringSubmatch(listed, -1) {
		paths = append(paths, m[1])
	}
	return paths
}

// unique drops all but the first of each file, links resolved: most of a PATH
// is the same Python under several names. What pyenv's shims link to is one
// script that tells by its name what to run, so those are kept by name.
func unique(paths []string) []string {
	var kept []string
	seen := map[string]bool{}
	for _, path := range paths {
		file := path
		if real, err := filepath.EvalSymlinks(path); err == nil && interpreterName().MatchString(filepath.Base(real)) {
			file = real
		}
		if !seen[file] {
			seen[file] = true
			kept = append(kept, path)
		}
	}
	return kept
}

var digits = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\d+|\D+`) })

// natural compares names with numbers in them: 3.9 comes before 3.13.
func natural(a, b string) int {
	as, bs := digits().FindAllString(a, -1), digits().FindAllString(b, -1)
	return slices.CompareFunc(as, bs, func(x, y string) int {
		n, err1 := strconv.Atoi(x)
		m, err2 := strconv.Atoi(y)
		if err1 == nil && err2 == nil && n != m {
			return n - m
		}
		return strings.Compare(x, y)
	})
}
