package handcut

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/pattern"
	"mvdan.cc/sh/v3/syntax"
)

// braces expands {a,b} in a word.
func braces(w *syntax.Word) []*syntax.Word {
	split := &syntax.Word{Parts: slices.Clone(w.Parts)} // it writes into the word
	if !syntax.SplitBraces(split) {
		return []*syntax.Word{w}
	}
	return expand.Braces(split)
}

// dataFolder is botocore's or boto3's data folder in a path.
var dataFolder = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(.*?\b(?:botocore|boto3)/data)(?:/+(.*))?$`) })

// inData splits a path at the data folder that it leads into.
func inData(name string) (folder, rest string, ok bool) {
	m := dataFolder().FindStringSubmatch(name)
	if m == nil {
		return "", "", false
	}
	return m[1], strings.Trim(m[2], "/"), true
}

// remove judges rm by its operands: any of them may be in a data folder.
func (f *follower) remove(n syntax.Node, args []string) {
	var all []func(item) bool
	found, unclear := false, false
	for _, arg := range args {
		if strings.HasPrefix(arg, "-") {
			continue
		}
		_, rest, ok := inData(f.resolve(arg))
		if !ok {
			continue
		}
		found = true
		deletes := below(rest)
		unclear = unclear || deletes == nil
		all = append(all, deletes)
	}
	switch {
	case unclear:
		f.add(n, nil)
	case found:
		f.add(n, func(i item) bool {
			return slices.ContainsFunc(all, func(deletes func(item) bool) bool { return deletes(i) })
		})
	}
}

// below is what a pattern below a data folder matches; nil where it cannot be told.
func below(rest string) func(item) bool {
	if rest == "" || rest == "." {
		return func(item) bool { return true }
	}
	var parts []func(string) bool
	for part := range strings.SplitSeq(rest, "/") {
		m := matcher(part)
		if m == nil {
			return nil
		}
		parts = append(parts, m)
	}
	return func(i item) bool {
		names := strings.Split(i.rel, "/")
		if len(names) != len(parts) {
			return false
		}
		for n, name := range names {
			if !parts[n](name) {
				return false
			}
		}
		return true
	}
}

// negated is bash's !(a|b), as a whole name.
var negated = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^!\(([^()]*)\)$`) })

// matcher matches names by a shell's pattern; nil where it cannot be told.
func matcher(glob string) func(string) bool {
	if strings.Contains(glob, unknown) {
		return nil
	}
	if m := negated().FindStringSubmatch(glob); m != nil {
		some := matcher("@(" + m[1] + ")")
		if some == nil {
			return nil
		}
		return func(name string) bool { return !some(name) }
	}
	expr, err := pattern.Regexp(glob, pattern.EntireString|pattern.ExtendedOperators)
	if err != nil {
		return nil
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil
	}
	return re.MatchString
}

// find judges find. Listed says that what it lists is deleted by another command.
func (f *follower) find(n syntax.Node, args []string, listed bool) {
	starts := 0
	for starts < len(args) && !strings.HasPrefix(args[starts], "-") && args[starts] != "!" && args[starts] != "(" {
		starts++
	}
	e := &finding{words: args[starts:], listed: listed}
	if !e.deletes() {
		return
	}
	roots := args[:starts]
	if len(roots) == 0 {
		roots = []string{"."}
	}
	for _, root := range roots {
		e.root = strings.TrimSuffix(f.resolve(root), "/.")
		_, rest, inside := inData(e.root)
		switch {
		case inside && rest != "":
			continue // inside one service's folder: nobody's whole service
		case inside:
			e.above, e.placed = "", true
		case path.Base(e.root) == "botocore" || path.Base(e.root) == "boto3":
			e.above, e.placed = "data/", true
		case slices.ContainsFunc(e.words, func(w string) bool { _, _, in := inData(w); return in }):
			e.above, e.placed = "site-packages/botocore/data/", false
		default:
			continue
		}
		probe := *e
		probe.reaches(item{rel: "s3"})
		if probe.unclear {
			f.add(n, nil)
			continue
		}
		fixed := *e
		f.add(n, func(i item) bool { again := fixed; return again.reaches(i) })
	}
}

// finding evaluates find's expression on one item.
type finding struct {
	words  []string
	listed bool
	root   string
	above  string // from root to the data folder
	placed bool   // whether that is known, and not an example

	at      int
	i       item
	acted   bool
	unclear bool
}

// deletes reports whether the expression deletes anything at all.
func (e *finding) deletes() bool {
	if e.listed || slices.Contains(e.words, "-delete") {
		return true
	}
	return slices.ContainsFunc(e.words, func(w string) bool { return strings.HasPrefix(w, "-exec") }) &&
		slices.ContainsFunc(e.words, func(w string) bool { return path.Base(w) == "rm" })
}

func (e *finding) reaches(i item) bool {
	e.at, e.i, e.acted = 0, i, false
	value := e.or(true)
	return e.acted || e.listed && value
}

// or, and, not and primary are find's grammar. They read on where live is false, and
// do nothing then, as find stops where it knows enough.
func (e *finding) or(live bool) bool {
	value := e.and(live)
	for e.at < len(e.words) && (e.words[e.at] == "-o" || e.words[e.at] == "-or") {
		e.at++
		right := e.and(live && !value)
		value = value || right
	}
	return value
}

func (e *finding) and(live bool) bool {
	value := e.not(live)
	for e.at < len(e.words) && !slices.Contains([]string{"-o", "-or", ")"}, e.words[e.at]) {
		if w := e.words[e.at]; w == "-a" || w == "-and" {
			e.at++
		}
		right := e.not(live && value)
		value = value && right
	}
	return value
}

func (e *finding) not(live bool) bool {
	if e.at < len(e.words) && (e.words[e.at] == "!" || e.words[e.at] == "-not") {
		e.at++
		return !e.not(live)
	}
	return e.primary(live)
}

func (e *finding) next() string {
	if e.at >= len(e.words) {
		e.unclear = true
		return ""
	}
	e.at++
	return e.words[e.at-1]
}

func (e *finding) primary(live bool) bool {
	switch word := e.next(); word {
	case "(":
		value := e.or(live)
		e.next()
		return value
	case "-name":
		return e.matches(e.next(), path.Base(e.i.rel))
	case "-path", "-wholename":
		return e.matches(e.next(), e.root+"/"+e.above+e.i.rel)
	case "-type":
		return e.next() == map[bool]string{true: "f", false: "d"}[e.i.file]
	case "-mindepth", "-maxdepth":
		return e.depth(word, e.next())
	case "-delete":
		e.acted = e.acted || live
	case "-exec", "-execdir":
		e.execute(live)
	case "-print", "-print0", "-depth":
	default:
		e.unclear = true
	}
	return true
}

// matches matches names, and paths, in which a star takes slashes too.
func (e *finding) matches(glob, name string) bool {
	m := matcher(glob)
	if m == nil {
		e.unclear = true
		return false
	}
	return m(name)
}

func (e *finding) depth(word, limit string) bool {
	n, err := strconv.Atoi(limit)
	if err != nil || !e.placed {
		e.unclear = true
		return false
	}
	depth := e.i.depth() + strings.Count(e.above, "/")
	if word == "-mindepth" {
		return depth >= n
	}
	return depth <= n
}

// execute reads a command up to its ; or +.
func (e *finding) execute(live bool) {
	for first := true; ; first = false {
		word := e.next()
		if e.unclear || word == ";" || word == "+" {
			return
		}
		if first && path.Base(word) == "rm" {
			e.acted = e.acted || live
		}
	}
}
