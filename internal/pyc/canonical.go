package pyc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// flagRef marks an object that later ones may refer to.
const flagRef = 0x80

// maxDepth is how deep marshal itself nests.
const maxDepth = 2000

// object is one object of marshalled code.
type object struct {
	kind     byte
	payload  []byte    // what follows the kind
	children []*object // and follows the payload
	sealed   []byte    // what follows the children: the first line of code before its last ones
	split    int       // how many children come before that
	read     bool      // to its end: nothing that marshal writes refers to itself
	uses     int
	index    int // in the canonical form, once it is written; -1 before
}

// Canonical brings marshalled code into one form. What marshal writes depends on the
// history of the process: an object that is referred to from anywhere else, such as a
// name that another module has too, is marked as if something later referred to it,
// and the order of a set follows the addresses of what is in it. Here nothing is marked
// but what is referred to, sets are sorted, and equal strings are one: whether the name
// of a class and the constant in it are, depends on which was interned before. Loaded,
// all forms are equal.
//
// The language version says how code is laid out; one that is not known is an error.
func Canonical(language string, code []byte) ([]byte, error) {
	layout, ok := layouts[language]
	if !ok {
		return nil, fmt.Errorf("the bytecode of Python %s is not known", language)
	}
	r := &reader{data: code, layout: layout, texts: map[string]*object{}}
	root, err := r.object(0)
	if err == nil && len(r.data) > 0 {
		err = errTrailing
	}
	if err != nil {
		return nil, fmt.Errorf("bytecode: %w", err)
	}
	root.count()
	w := &writer{out: make([]byte, 0, len(code))}
	w.object(root)
	return w.out, nil
}

// layout is how a code object is written: numbers, objects, a number (the first line),
// objects. Source: Python/marshal.c, w_complex_object.
type layout struct{ numbers, before, after int }

var (
	layout37  = layout{5, 8, 1}
	layout38  = layout{6, 8, 1} // with the number of positional-only parameters
	layout311 = layout{5, 8, 2} // without the number of locals, with the table of exceptions
	layouts   = map[string]layout{
		"3.7": layout37, "3.8": layout38, "3.9": layout38, "3.10": layout38,
		"3.11": layout311, "3.12": layout311, "3.13": layout311, "3.14": layout311, "3.15": layout311,
	}
)

var (
	errTrailing = errors.New("something follows the code")
	errShort    = errors.New("it is cut off")
	errDeep     = errors.New("it is nested too deeply")
	errRef      = errors.New("it refers to what it does not hold")
)

type reader struct {
	data   []byte
	layout layout
	refs   []*object
	// texts are the strings by kind and content.
	texts map[string]*object
}

// interned are the kinds of strings, and what an interned one of the same form is.
var interned = map[byte]byte{'z': 'Z', 'Z': 'Z', 'a': 'A', 'A': 'A', 'u': 't', 't': 't'}

// merged is the string that stands for all that are equal. It is interned if one is.
func (r *reader) merged(o *object) *object {
	kind := interned[o.kind]
	if kind == 0 {
		return o
	}
	key := string(kind) + string(o.payload)
	first, known := r.texts[key]
	if !known {
		r.texts[key] = o
		return o
	}
	if o.kind == kind {
		first.kind = kind
	}
	return first
}

func (r *reader) take(n int) ([]byte, error) {
	if n < 0 || n > len(r.data) {
		return nil, errShort
	}
	out := r.data[:n]
	r.data = r.data[n:]
	return out, nil
}

func (r *reader) number() (int, error) {
	b, err := r.take(4)
	if err != nil {
		return 0, err
	}
	return int(int32(binary.LittleEndian.Uint32(b))), nil
}

// object reads one object.
func (r *reader) object(depth int) (*object, error) {
	head, err := r.take(1)
	if err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, errDeep
	}
	kind := head[0] &^ flagRef
	if kind == 'r' {
		n, err := r.number()
		if err != nil || n < 0 || n >= len(r.refs) || !r.refs[n].read {
			return nil, errors.Join(err, errRef)
		}
		return r.refs[n], nil
	}
	o := &object{kind: kind, index: -1}
	at := len(r.refs)
	if head[0]&flagRef != 0 {
		r.refs = append(r.refs, o) // containers are numbered before what they hold
	}
	err = r.body(o, depth)
	o.read = true
	if o = r.merged(o); head[0]&flagRef != 0 {
		r.refs[at] = o
	}
	return o, err
}

// body reads what follows the kind.
func (r *reader) body(o *object, depth int) (err error) {
	start := r.data
	var n int
	switch o.kind {
	case '0', 'N', 'F', 'T', 'S', '.': // NULL, None, False, True, StopIteration, Ellipsis
	case 'i':
		_, err = r.take(4)
	case 'I', 'g':
		_, err = r.take(8)
	case 'y':
		_, err = r.take(16)
	case 'l':
		if n, err = r.number(); err == nil {
			_, err = r.take(2 * max(n, -n))
		}
	case 's', 't', 'u', 'a', 'A':
		if n, err = r.number(); err == nil {
			_, err = r.take(n)
		}
	case 'z', 'Z':
		if n, err = r.byte(); err == nil {
			_, err = r.take(n)
		}
	default:
		return r.compound(o, depth)
	}
	o.payload = start[:len(start)-len(r.data)]
	return err
}

func (r *reader) byte() (int, error) {
	b, err := r.take(1)
	if err != nil {
		return 0, err
	}
	return int(b[0]), nil
}

// compound reads an object that is made of others.
func (r *reader) compound(o *object, depth int) (err error) {
	start := r.data
	var n int
	switch o.kind {
	case ')':
		n, err = r.byte()
	case '(', '>', '<', '[':
		n, err = r.number()
	case ':': // a slice, since 3.14
		n = 3
	case 'c':
		_, err = r.take(4 * r.layout.numbers)
		n = r.layout.before
	default:
		return fmt.Errorf("it holds an object of the unknown kind %q", o.kind)
	}
	if err != nil || n < 0 || n > len(r.data) {
		return errors.Join(err, errShort)
	}
	o.payload = start[:len(start)-len(r.data)]
	if err := r.children(o, n, depth); err != nil || o.kind != 'c' {
		return err
	}
	o.split = n
	if o.sealed, err = r.take(4); err != nil {
		return err
	}
	return r.children(o, r.layout.after, depth)
}

func (r *reader) children(o *object, n, depth int) error {
	for range n {
		child, err := r.object(depth + 1)
		if err != nil {
			return err
		}
		o.children = append(o.children, child)
	}
	return nil
}

// count counts how often each object is used, and sorts sets on the way.
func (o *object) count() {
	if o.uses++; o.uses > 1 {
		return
	}
	for _, c := range o.children {
		c.count()
	}
	if o.kind == '>' || o.kind == '<' {
		slices.SortStableFunc(o.children, func(a, b *object) int { return bytes.Compare(a.plain(nil), b.plain(nil)) })
	}
}

// plain is an object written without references: what it is, not where it is. Sets
// hold constants, which are small.
func (o *object) plain(out []byte) []byte {
	out = append(append(out, o.kind), o.payload...)
	for _, c := range o.children {
		out = c.plain(out)
	}
	return out
}

type writer struct {
	out  []byte
	refs int
}

func (w *writer) object(o *object) {
	if o.index >= 0 {
		w.out = binary.LittleEndian.AppendUint32(append(w.out, 'r'), uint32(o.index))
		return
	}
	kind := o.kind
	if o.uses > 1 {
		kind |= flagRef
		o.index = w.refs
		w.refs++
	}
	w.out = append(append(w.out, kind), o.payload...)
	for i, c := range o.children {
		if i == o.split && o.kind == 'c' {
			w.out = append(w.out, o.sealed...)
		}
		w.object(c)
	}
}
