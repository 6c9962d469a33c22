package imports

import (
	"bytes"
	"slices"
	"strings"
)

// Unnamed lists the sources of a family, by path, of which no module's own name stands
// anywhere else: nothing can import them. What elsewhere names, the code around the family,
// stays, and so do packages, and all of a family that was deferred before.
//
// Whoever imports a module must have its name, the part after the last dot: in a statement,
// in a string, in what a string is made of. So a word in a comment is enough to keep it, and
// no source need be understood.
func Unnamed(sources map[string][]byte, elsewhere func(names []string) (map[string]bool, error)) ([]string, error) {
	u := unnamed{path: map[string]string{}, says: map[string]map[string]bool{}, others: map[string]bool{}}
	if !u.read(sources) {
		return nil, nil
	}
	gone := u.gone()
	if len(gone) == 0 {
		return nil, nil
	}
	var names []string
	for _, module := range gone {
		names = append(names, last(module))
	}
	slices.Sort(names)
	var err error
	if u.others, err = elsewhere(slices.Compact(names)); err != nil {
		return nil, err
	}
	var paths []string
	for _, module := range u.gone() {
		paths = append(paths, u.path[module])
	}
	slices.Sort(paths)
	return paths, nil
}

// unnamed looks for modules whose names nobody says.
type unnamed struct {
	path   map[string]string          // of the modules that may go
	says   map[string]map[string]bool // by any source's path: the names in it
	others map[string]bool            // names that stand outside of the family
}

// read finds the names in each source; false if the family has been deferred before.
func (u *unnamed) read(sources map[string][]byte) bool {
	names := map[string]bool{}
	for p := range sources {
		if module, pkg := moduleName(p); module != "" && !pkg && strings.Contains(module, ".") {
			u.path[module] = p
			names[last(module)] = true
		}
	}
	for p, text := range sources {
		if bytes.Contains(text, mark) {
			return false
		}
		found := map[string]bool{}
		for _, word := range bytes.FieldsFunc(text, func(r rune) bool { return !inName(r) }) {
			if names[string(word)] {
				found[string(word)] = true
			}
		}
		u.says[p] = found
	}
	return true
}

// inName reports whether a name may have this rune in it; any that is not ASCII may.
func inName(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > '~'
}

// gone are the modules that only each other name: all, less those that something which
// stays names, until no more come.
func (u *unnamed) gone() []string {
	goes := map[string]bool{} // by path
	for _, p := range u.path {
		goes[p] = true
	}
	for changed := true; changed; {
		changed = false
		for module, p := range u.path {
			if goes[p] && u.named(module, goes) {
				delete(goes, p)
				changed = true
			}
		}
	}
	var list []string
	for module, p := range u.path {
		if goes[p] {
			list = append(list, module)
		}
	}
	slices.Sort(list)
	return list
}

// named reports whether anything that stays says a module's name.
func (u *unnamed) named(module string, goes map[string]bool) bool {
	name := last(module)
	if u.others[name] {
		return true
	}
	for p, says := range u.says {
		if !goes[p] && says[name] {
			return true
		}
	}
	return false
}

// last is the last part of a dotted name.
func last(dotted string) string { return dotted[strings.LastIndexByte(dotted, '.')+1:] }
