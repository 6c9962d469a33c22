package artifact

import (
	"bytes"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// An image may hold the packages of a Python that has nothing to do with the program: those
// of the system's, which its tools run in, beside the one that was built or installed for
// the program. Debian's are mercurial's in python:3.13, Amazon Linux's those of yum in
// Lambda's base images. They see no boto3 that is not theirs, and it does not see them.

// systemPackages are the folders that a distribution's own Python imports from: of Debian
// /usr/lib/python3/dist-packages and /usr/local/lib/python3.11/dist-packages, of others
// site-packages in /usr/lib and /usr/lib64.
var systemPackages = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^usr/(?:local/)?lib/python\d(?:\.\d+)?/dist-packages$|^usr/lib(?:64)?/python(\d\.\d+)/site-packages$`)
})

// ownPackages are those of an interpreter, or a virtual environment, in a folder of its own.
var ownPackages = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(.+)/lib(?:64)?/python(3\.\d+)/site-packages$`)
})

// findForeign finds the folders of the system's packages that no code which can import
// boto3 imports from. In doubt there are none.
func (v *viewing) findForeign() {
	var systems, botos []string
	closed := true
	v.tree.each("", v.tree.root, func(at string, n *imageNode) {
		switch {
		case n.kind != dirEntry:
			if strings.HasSuffix(at, ".pth") && isPackages(path.Base(parent(at))) {
				closed = closed && v.says(n, leadsNowhere)
			}
			return
		case systemPackages().MatchString(at):
			systems = append(systems, at)
		}
		if holdsBoto(n) {
			botos = append(botos, at)
		}
	})
	if len(systems) == 0 || len(botos) == 0 || !closed {
		return
	}
	versions := map[string]bool{}
	families := map[string]bool{}
	for _, at := range botos {
		if m := systemPackages().FindStringSubmatch(at); m != nil {
			families[m[1]] = true
			continue
		}
		version, own := v.interpreterOf(at)
		if !own {
			return // whoever imports from it may be the system's
		}
		versions[version] = true
	}
	for _, at := range systems {
		// The system's Python of the same version looks into /usr/local as well, where it
		// is not Debian's, which has folders of another name.
		version := systemPackages().FindStringSubmatch(at)[1]
		if !families[version] && !(version != "" && versions[version]) && !v.wholly[at] {
			v.foreign[at] = true
		}
	}
}

// interpreterOf is the version of the Python that imports from a folder, and whether that
// is surely not the system's.
func (v *viewing) interpreterOf(at string) (version string, own bool) {
	if v.IsLambda() {
		for _, root := range []string{"var/task", "opt/python", "var/runtime", "var/lang"} {
			if at == root || strings.HasPrefix(at, root+"/") {
				return v.Python(), true
			}
		}
	}
	m := ownPackages().FindStringSubmatch(at)
	if m == nil || m[1] == "usr" {
		return "", false
	}
	if config := v.tree.find(m[1] + "/pyvenv.cfg"); config != nil {
		return m[2], v.says(config, sealed)
	}
	program := v.tree.find(m[1] + "/bin/python" + m[2])
	return m[2], program != nil && program.kind == fileEntry
}

// saying is what the content of a small file says of imports.
type saying int

const (
	_            saying = iota
	sealed              // a virtual environment does not see the system's packages
	leadsNowhere        // a .pth file adds no folder of the system's
)

// says reports whether a file says so. One that is a link does not.
func (v *viewing) says(n *imageNode, what saying) bool {
	e := v.tree.entry(n)
	return n.kind == fileEntry && e != nil && e.kind == fileEntry && e.saying == what
}

// leading are parts of what a .pth file holds that adds a folder of the system's.
var leading = []string{"/usr/lib", "dist-packages", "lib/python", "lib64/python"}

// mostSaying bounds what is read of such a file, in bytes.
const mostSaying = 1 << 16

// readSaying reads a file that says something of imports. What is too long says nothing.
func readSaying(name string, data io.Reader) saying {
	base := path.Base(name)
	if base != "pyvenv.cfg" && path.Ext(base) != ".pth" {
		return 0
	}
	text, err := io.ReadAll(io.LimitReader(data, mostSaying+1))
	switch {
	case err != nil || len(text) > mostSaying:
		return 0 // whoever reads on sees the error
	case base == "pyvenv.cfg" && isSealed(string(text)):
		return sealed
	case base != "pyvenv.cfg" && !slices.ContainsFunc(leading, func(part string) bool { return bytes.Contains(text, []byte(part)) }):
		return leadsNowhere
	}
	return 0
}

// isSealed reads pyvenv.cfg as the module site does: without the key the packages of the
// system are seen.
func isSealed(text string) bool {
	return slices.ContainsFunc(strings.Split(text, "\n"), func(line string) bool {
		key, value, ok := strings.Cut(line, "=")
		return ok && strings.EqualFold(strings.TrimSpace(key), "include-system-site-packages") && strings.EqualFold(strings.TrimSpace(value), "false")
	})
}
