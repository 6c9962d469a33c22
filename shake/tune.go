package shake

import (
	"bytes"
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/internal/python"
)

// tune rewrites places in boto3's own code whose result can be had with less work.
// What it looks for are forms of code, wherever they stand; where a version of
// botocore reads otherwise, it stays as it is. No line moves.
func tune(_ context.Context, c *cut) error {
	for _, item := range c.plan.Rewritten(c.pass) {
		for _, name := range item.Paths {
			if c.removed(name) {
				continue
			}
			source, err := c.source(name)
			if err != nil {
				return err
			}
			better := tuned(source, func(module string) []byte { return c.module(path.Dir(item.Name), module) })
			if bytes.Equal(better, source) {
				continue
			}
			if err := c.writeSource(name, name, better); err != nil {
				return err
			}
		}
	}
	return nil
}

// module is the source of a module, nil where there is none to read.
func (c *cut) module(root, name string) []byte {
	file := path.Join(root, strings.ReplaceAll(name, ".", "/")+".py")
	if c.removed(file) {
		return nil
	}
	source, err := c.source(file)
	if err != nil {
		return nil
	}
	return source
}

// substitution puts other text in the place of a piece of a source.
type substitution struct {
	python.Span
	text string
}

// tuned is the source with all rules applied; modules gives the sources of others. One
// that cannot be read as it stands is left alone.
func tuned(source []byte, modules func(name string) []byte) []byte {
	file, err := python.Parse(source)
	if err != nil || !bytes.Equal(file.Text, source) { // another encoding
		return source
	}
	t := &tuner{file: file, inspect: importsOnly(file, "inspect"), modules: modules}
	python.InspectAll(file.Body, t.visit)
	slices.SortFunc(t.found, func(a, b substitution) int { return cmp.Compare(a.Start, b.Start) })
	var out []byte
	from := uint32(0)
	for _, s := range t.found {
		if s.Start < from {
			continue // one inside the other: the outer one has its text
		}
		out = append(append(out, source[from:s.Start]...), s.text...)
		from = s.End
	}
	return append(append(out, source[from:]...), t.end...)
}

// tuner collects what can be substituted in a file.
type tuner struct {
	file *python.File
	// inspect says that the name inspect is the module, and nothing else, in the file.
	inspect bool
	modules func(name string) []byte
	found   []substitution
	end     string // what is added to the file
}

func (t *tuner) visit(n python.Node) bool {
	f, ok := n.(*python.FunctionDef)
	if !ok {
		return true
	}
	// Inside a function a lambda or comprehension sees all names that the code
	// around it sees, which is not so in a class.
	t.cased(f.Body)
	python.InspectAll(f.Body, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.Subscript:
			t.keywordsOf(n)
		case *python.For:
			t.searched(f, n)
		case *python.Assign:
			t.later(f, n)
		case *python.ListComp:
			t.each(n)
		case *python.ClassDef:
			return false
		}
		return true
	})
	return false
}

func (t *tuner) text(n python.Node) string {
	span := n.Bounds()
	return string(t.file.Text[span.Start:span.End])
}

// varKeywords is what inspect.getfullargspec(FUNC)[2] is, said by the code object where
// FUNC is a plain function or a method of one, which it is nearly always: botocore asks
// it of every handler that it registers, some 150 for one client. CPython's
// inspect._signature_from_function reads the name from the same place. What has
// attributes of its own may have a __signature__ among them, and is asked for as before.
//
// An object that can be called is told by its class's __call__, unless it or the class,
// which has no base, has something that inspect would look at before that. A handful of
// botocore's handlers are such objects, and nothing else of a client's start needs
// inspect, and the parser that it is for.
const varKeywords = `(lambda f: (f.__code__.co_varnames[f.__code__.co_argcount + f.__code__.co_kwonlyargcount + (f.__code__.co_flags >> 2 & 1)]` +
	` if f.__code__.co_flags & 8 else None) if type(f) is type(lambda: 0)` + lastWay + `inspect.getfullargspec(FUNC)[2])` +
	`(FUNC if type(FUNC) is type(lambda: 0) else FUNC.__func__ if type(FUNC) is type((lambda: 0).__get__(0))` +
	` else type(type(FUNC)) is type and type(FUNC).__mro__[1:] == type(0).__mro__[1:]` +
	` and {"__call__"} == {"__call__", "__class__", "__code__", "__eq__", "__get__", "__getattr__", "__getattribute__", "__signature__", "__text_signature__", "_partialmethod", "__partialmethod__"}` +
	`.intersection([*type(FUNC).__dict__, *getattr(FUNC, "__dict__", ())]) and type(FUNC).__dict__["__call__"] or FUNC)`

// lastWay stands before what is asked where the code object does not tell.
const lastWay = ` and not f.__dict__ else `

// keywordsOf substitutes inspect.getfullargspec(NAME)[2].
func (t *tuner) keywordsOf(s *python.Subscript) {
	index, ok := s.Index.(*python.Num)
	if !ok || index.Text != "2" || !t.inspect {
		return
	}
	call, ok := s.Value.(*python.Call)
	if !ok || len(call.Args) != 1 || len(call.Keywords) > 0 {
		return
	}
	asked, ok := call.Args[0].(*python.Name)
	if before := t.file.Text[:s.Bounds().Start]; bytes.HasSuffix(before, []byte(lastWay)) {
		return // it is in the place of another one
	}
	if !ok || dotted(call.Func) != "inspect.getfullargspec" || t.given("type")+t.given("getattr") > 0 {
		return
	}
	t.found = append(t.found, substitution{s.Span, strings.ReplaceAll(varKeywords, "FUNC", asked.ID)})
}

// searched narrows a loop that looks for each key of a table in a text down to the
// keys that the text holds. The loop is that of botocore's table of old names for
// events, which is searched for each handler that is registered,
//
//	for KEY, _ in TABLE.items():
//	    PARTS = TEXT.split('.')
//	    if '.' not in KEY:
//	        try:
//	            PARTS[PARTS.index(KEY)] = ...
//	        except ValueError:
//	            continue
//	    elif KEY in TEXT:
//	        ...
//	    else:
//	        continue
//
// A part of a text is in the text. So for a key that the text does not hold, index
// raises where it has no dot, and the other branch goes on to the next: such a turn
// does nothing.
func (t *tuner) searched(f *python.FunctionDef, loop *python.For) {
	key, value, ok := twoNames(loop.Target)
	if !ok || loop.Async || len(loop.Else) > 0 || len(loop.Body) < 2 || !isItems(loop.Iter) {
		return
	}
	s, ok := splitting(loop.Body[0])
	if !ok || !s.skips(loop.Body[1], key) {
		return
	}
	// What a turn leaves behind must not be read after the loop, and the text must be
	// the same in all of them.
	if bound(f.Body, s.text) || usedOutside(f, loop, key, value, s.parts) || slices.Contains([]string{key, value, s.parts}, s.text) {
		return
	}
	iter := t.text(loop.Iter)
	if strings.Contains(iter, "\n") {
		return
	}
	found := "[_item for _item in " + iter + " if _item[0] in " + s.text + "]"
	t.found = append(t.found, substitution{loop.Iter.Bounds(), found})
}
