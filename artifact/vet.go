package artifact

import (
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// vet refuses a sorted list of files that could not be unpacked everywhere to
// one and the same tree inside its place. Directories and zips are held to the
// same rules: what is read from one may be written as the other.
func vet(pkg string, files []File, limit int64) error { return vetForm(pkg, Directory, files, limit) }

// vetForm knows that images run where names differ by case.
func vetForm(pkg string, form Form, files []File, limit int64) error {
	if len(files) > maxEntries {
		return &RefusedError{Package: pkg, Reason: fmt.Sprintf("holds more than %d entries", maxEntries), Err: ErrTooLarge}
	}
	v := vetter{seen: make(map[string]place, 2*len(files)), fold: folder()}
	if form == ContainerImage {
		v.fold = func(name string) string { return name }
	}
	var total int64
	for _, f := range files {
		reason := v.reason(f)
		if reason != "" {
			return &RefusedError{Package: pkg, Entry: f.Path, Reason: reason}
		}
		if total += f.Size; f.Size < 0 || total > limit || total < 0 {
			return tooLarge(pkg, f.Path, limit)
		}
	}
	return nil
}

func tooLarge(pkg, entry string, limit int64) error {
	return &RefusedError{
		Package: pkg, Entry: entry, Err: ErrTooLarge,
		Reason: fmt.Sprintf("makes the package unpack to more than %d bytes", limit),
		Hint:   "allow more with --max-size if you trust the package",
	}
}

// vetter holds every path seen, and every directory on the way to one. Files
// come sorted, so the entry of a directory comes before all that is below it.
type vetter struct {
	seen map[string]place // by folded path
	fold func(string) string
}

type place struct {
	path string
	dir  bool
}

// reason says what is wrong with a file that comes after those seen, or "".
func (v *vetter) reason(f File) string {
	if r := nameReason(f.Path); r != "" {
		return r
	}
	if f.Mode.Type() == fs.ModeSymlink {
		if r := linkReason(f.Path, f.Link); r != "" {
			return r
		}
	}
	if r := v.ancestors(parent(f.Path)); r != "" {
		return r
	}
	key := v.fold(f.Path)
	other, ok := v.seen[key]
	v.seen[key] = place{f.Path, f.Mode.IsDir()}
	switch {
	case !ok:
		return ""
	case other.path == f.Path && other.dir != f.Mode.IsDir():
		return "is there both as a file and as a directory"
	case other.path == f.Path:
		return "is there twice"
	}
	return alike(other.path)
}

// ancestors adds dir and all above it.
func (v *vetter) ancestors(dir string) string {
	for ; dir != ""; dir = parent(dir) {
		key := v.fold(dir)
		other, ok := v.seen[key]
		switch {
		case !ok:
			v.seen[key] = place{dir, true}
			continue
		case other.path != dir:
			return "is below a directory that " + alike(other.path)
		case !other.dir:
			return fmt.Sprintf("is below %q, which is not a directory", dir)
		}
		return ""
	}
	return ""
}

func alike(other string) string {
	return fmt.Sprintf("differs from %q only in case or Unicode form", other)
}

// folder returns a function that maps the names that some file system takes
// for one to one string.
func folder() func(string) string {
	fold := cases.Fold()
	return func(s string) string {
		if isASCII(s) {
			return strings.ToLower(s)
		}
		return norm.NFC.String(fold.String(norm.NFD.String(s)))
	}
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// nameReason says why a path may not be in a package, or "".
func nameReason(path string) string {
	switch {
	case path == "":
		return "has no name"
	case path[0] == '/':
		return "has an absolute path"
	case len(path) > 1 && path[1] == ':' && isLetter(path[0]):
		return "has a path with a drive letter"
	case strings.IndexByte(path, 0) >= 0:
		return "has a NUL byte in its name"
	case strings.IndexByte(path, '\\') >= 0:
		return "has a backslash in its name, which Windows takes for a slash"
	case !utf8.ValidString(path):
		return "has a name that is not UTF-8"
	case path == journalName || strings.HasPrefix(path, journalName+"/"):
		return "has the name that coldcut's own journal needs"
	}
	for part := range strings.SplitSeq(path, "/") {
		switch part {
		case "..":
			return "has a path that climbs with .."
		case "", ".":
			return "has a path that is not clean"
		}
	}
	return ""
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// linkReason says why the link at path may not lead to target, or "".
//
// A target may climb at its beginning only. So each link can be judged alone:
// no chain of links that stay inside ever leaves, not even on a file system
// that takes more names for one than coldcut does.
func linkReason(path, target string) string {
	switch {
	case target == "":
		return "is a link to nowhere"
	case target[0] == '/', len(target) > 1 && target[1] == ':' && isLetter(target[0]):
		return fmt.Sprintf("is a link to the absolute path %q", target)
	case strings.ContainsAny(target, "\x00\\") || !utf8.ValidString(target):
		return fmt.Sprintf("is a link to %q, which is not a portable path", target)
	}
	depth, down := strings.Count(path, "/"), false
	for _, part := range linkParts(target) {
		switch {
		case part != "..":
			down = true
		case down:
			return fmt.Sprintf("is a link to %q, which climbs after it descended", target)
		default:
			depth--
		}
	}
	if depth < 0 {
		return fmt.Sprintf("is a link that points outside the package, to %q", target)
	}
	return ""
}

// linkParts splits a link's target, without the parts that lead nowhere.
func linkParts(target string) []string {
	parts := strings.Split(target, "/")
	kept := parts[:0]
	for _, p := range parts {
		if p != "" && p != "." {
			kept = append(kept, p)
		}
	}
	return kept
}
