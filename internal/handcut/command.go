package handcut

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// unknown stands for what a word holds and the script does not tell. It is no letter
// that a name has.
const unknown = "\x00"

// cuts finds the commands of a script that delete from a data folder.
func (s script) cuts(file string) (cuts []Cut) {
	parsed, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(s.text), file)
	if err != nil {
		return nil
	}
	f := follower{script: s, file: file}
	syntax.Walk(parsed, f.visit)
	return f.cuts
}

// follower walks a script in the order in which it stands, and remembers where it is.
type follower struct {
	script script
	file   string
	dir    string // where the last cd went
	cuts   []Cut
}

func (f *follower) visit(node syntax.Node) bool {
	switch n := node.(type) {
	case *syntax.BinaryCmd:
		if n.Op == syntax.Pipe || n.Op == syntax.PipeAll {
			f.pipe(n)
			return false
		}
	case *syntax.CallExpr:
		f.call(n)
	}
	return true
}

// pipe judges commands that delete what others list: find is followed, others are not.
func (f *follower) pipe(n *syntax.BinaryCmd) {
	if last := words(lastCall(n.Y)); !deletesItsInput(last) {
		syntax.Walk(n.X, f.visit)
		syntax.Walk(n.Y, f.visit)
		return
	}
	first, simple := n.X.Cmd.(*syntax.CallExpr)
	if simple {
		if args := words(first); len(args) > 0 && path.Base(args[0]) == "find" {
			f.find(n, args[1:], true)
			return
		}
	}
	if f.speaksOfData(n) {
		f.add(n, nil)
	}
}

func lastCall(s *syntax.Stmt) *syntax.CallExpr {
	call, _ := s.Cmd.(*syntax.CallExpr)
	return call
}

// deletesItsInput recognises xargs rm.
func deletesItsInput(args []string) bool {
	return len(args) > 1 && path.Base(args[0]) == "xargs" && slices.ContainsFunc(args[1:], func(a string) bool { return path.Base(a) == "rm" })
}

// speaksOfData reports whether a command names a data folder, or runs in one.
func (f *follower) speaksOfData(n syntax.Node) bool {
	if _, _, in := inData(f.dir + "/"); in {
		return true
	}
	found := false
	syntax.Walk(n, func(n syntax.Node) bool {
		if w, ok := n.(*syntax.Word); ok {
			if _, _, in := inData(text(w)); in {
				found = true
			}
		}
		return true
	})
	return found
}

func (f *follower) call(n *syntax.CallExpr) {
	args := words(n)
	if len(args) == 0 {
		return
	}
	if name := path.Base(args[0]); name == "sudo" || name == "command" {
		args = args[1:]
	}
	if len(args) == 0 {
		return
	}
	switch path.Base(args[0]) {
	case "cd", "pushd":
		if len(args) > 1 {
			f.dir = f.resolve(args[1])
		}
	case "rm":
		f.remove(n, args[1:])
	case "find":
		f.find(n, args[1:], false)
	}
}

// resolve names a path from where the script is.
func (f *follower) resolve(name string) string {
	if f.dir == "" || path.IsAbs(name) || strings.HasPrefix(name, unknown) {
		return name
	}
	return f.dir + "/" + name
}

func (f *follower) add(n syntax.Node, deletes func(item) bool) {
	from, to := int(n.Pos().Offset()), int(n.End().Offset())
	command := strings.Join(strings.Fields(strings.ReplaceAll(f.script.text[from:to], "\\\n", " ")), " ")
	f.cuts = append(f.cuts, Cut{
		File: f.file, Line: f.script.line + int(n.Pos().Line()) - 1, Command: command,
		Unclear: deletes == nil, deletes: deletes,
	})
}

// words are a command's words, quotes taken off.
func words(call *syntax.CallExpr) (out []string) {
	if call == nil {
		return nil
	}
	for _, w := range call.Args {
		for _, word := range braces(w) {
			out = append(out, text(word))
		}
	}
	return out
}

// text is what a word says; what only a run would tell is unknown.
func text(w *syntax.Word) string {
	var b strings.Builder
	var parts func([]syntax.WordPart, bool)
	parts = func(all []syntax.WordPart, quoted bool) {
		for _, p := range all {
			switch p := p.(type) {
			case *syntax.Lit:
				b.WriteString(unescaped(p.Value, quoted))
			case *syntax.SglQuoted:
				b.WriteString(p.Value)
			case *syntax.DblQuoted:
				parts(p.Parts, true)
			case *syntax.ExtGlob:
				b.WriteString(p.Op.String() + p.Pattern.Value + ")")
			default:
				b.WriteString(unknown)
			}
		}
	}
	parts(w.Parts, false)
	return b.String()
}

// unescaped takes off the backslashes that quote one letter.
func unescaped(s string, quoted bool) string {
	if quoted {
		return s
	}
	return strings.NewReplacer("\\\n", "", `\`, "").Replace(s)
}
