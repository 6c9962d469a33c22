package project

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// family are the distributions that bring botocore's data: boto3, and what is built
// on it.
var family = []string{"boto3", "botocore", "aioboto3", "aiobotocore", "s3fs", "awswrangler", "pynamodb"}

// pyproject is what matters here of the form of a pyproject.toml.
type pyproject struct {
	Project struct {
		Dependencies   []string
		RequiresPython string `toml:"requires-python"`
	}
	Tool struct {
		Poetry struct{ Dependencies map[string]any }
	}
}

// boto reads the files of a folder that bring boto3.
func (l *look) boto(dir string) {
	for _, pattern := range []string{"requirements*.txt", "requirements/*.txt", "requirements*.in"} {
		found, _ := filepath.Glob(filepath.Join(escaped(filepath.Join(l.dir, dir)), filepath.FromSlash(pattern))) // the only error is a bad pattern
		for _, file := range found {
			if name, err := filepath.Rel(l.dir, file); err == nil {
				l.requirements(filepath.ToSlash(name))
			}
		}
	}
	l.pyproject(path.Join(dir, "pyproject.toml"))
	l.pipfile(path.Join(dir, "Pipfile"))
	for _, name := range []string{"poetry.lock", "uv.lock", "pdm.lock", "pylock.toml"} {
		l.lock(path.Join(dir, name))
	}
	l.pipfileLock(path.Join(dir, "Pipfile.lock"))
	l.dockerfile(path.Join(dir, "Dockerfile"))
}

// required is a requirement: a name, and what is said of its version.
var required = lazily(`^\s*([A-Za-z0-9][A-Za-z0-9._-]*)(?:\s*\[[^\]]*\])?\s*([^;#\s\\]*)`)

// brings adds a requirement, as it is written there, if it is of the family.
func (l *look) brings(requirement, from string) {
	m := required().FindStringSubmatch(requirement)
	if m != nil && slices.Contains(family, strings.ToLower(m[1])) {
		l.project.Boto = append(l.project.Boto, Fact{m[1] + m[2], from})
	}
}

func (l *look) requirements(name string) {
	text, _ := l.text(name)
	n := 0
	for line := range strings.Lines(text) {
		n++
		l.brings(line, fmt.Sprintf("%s:%d", name, n))
	}
}

// decode reads a file of TOML, and says so where it is none.
func (l *look) decode(name string, into any) bool {
	text, ok := l.text(name)
	if !ok {
		return false
	}
	if _, err := toml.Decode(text, into); err != nil {
		l.unread(name, err.Error())
		return false
	}
	return true
}

func (l *look) pyproject(name string) {
	var p pyproject
	if !l.decode(name, &p) {
		return
	}
	for _, requirement := range p.Project.Dependencies {
		l.brings(requirement, name)
	}
	l.table(p.Tool.Poetry.Dependencies, name)
}

func (l *look) pipfile(name string) {
	var p struct{ Packages map[string]any }
	if l.decode(name, &p) {
		l.table(p.Packages, name)
	}
}

// table reads requirements that are keys: of a version, or of a table with one.
func (l *look) table(all map[string]any, name string) {
	for _, key := range slices.Sorted(maps.Keys(all)) {
		version, _ := all[key].(string)
		if t, ok := all[key].(map[string]any); ok {
			version, _ = t["version"].(string)
		}
		if slices.Contains(family, strings.ToLower(key)) {
			l.project.Boto = append(l.project.Boto, Fact{strings.TrimSpace(key + " " + version), name})
		}
	}
}

// lock reads the lock files that are lists of packages.
func (l *look) lock(name string) {
	type pkg struct{ Name, Version string }
	var p struct {
		Package  []pkg
		Packages []pkg // pylock.toml's, PEP 751
	}
	if !l.decode(name, &p) {
		return
	}
	for _, one := range slices.Concat(p.Package, p.Packages) {
		if slices.Contains(family, one.Name) {
			l.project.Boto = append(l.project.Boto, Fact{strings.TrimSpace(one.Name + " " + one.Version), name})
		}
	}
}

func (l *look) pipfileLock(name string) {
	text, ok := l.text(name)
	if !ok {
		return
	}
	var p struct {
		Default map[string]struct{ Version string }
	}
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		l.unread(name, err.Error())
		return
	}
	for _, key := range slices.Sorted(maps.Keys(p.Default)) {
		l.brings(key+p.Default[key].Version, name)
	}
}

// installs is a command that installs: what follows it are requirements and options.
var installs = lazily(`\b(?:pip[0-9.]*|uv)\s+(?:\S+\s+)*?(?:install|add)\b`)

// dockerfile finds what a Dockerfile installs by name; the requirements that it
// copies are read as they lie in the project.
func (l *look) dockerfile(name string) {
	text, _ := l.text(name)
	n, begin, command := 0, 1, ""
	for line := range strings.Lines(text) {
		n++
		if command == "" {
			begin = n
		}
		line = strings.TrimSpace(line)
		if part, ok := strings.CutSuffix(line, `\`); ok {
			command += part + " "
			continue
		}
		command += line
		if at := installs().FindStringIndex(command); at != nil {
			for _, word := range strings.Fields(command[at[1]:]) {
				l.brings(strings.Trim(word, `"'`), fmt.Sprintf("%s:%d", name, begin))
			}
		}
		command = ""
	}
}
