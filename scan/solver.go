package scan

import (
	"slices"
	"strconv"

	"github.com/coldcut/coldcut/internal/python"
)

// solver answers what an expression can evaluate to, on demand and backwards:
// from the place that asks, through the bindings of its names, to the constants
// that they come from. It ignores the order of statements and the paths through
// them, and so sees every value that any order or path could give.
//
// Questions run in circles (a parameter handed on to the function's own
// recursion). A question asked while it is being answered gets what is known so
// far; the first question of the circle is then asked again until nothing in the
// circle grows, and only then are the circle's answers final. Asked again, a
// question is worked out anew only where an answer that it rests on has grown.
type solver struct {
	prog *program
	memo map[any]*entry
	// open holds the entries that were answered and are not final yet.
	open []*entry
	// asking is the entry that is being worked out.
	asking *entry
	// depth counts the questions that wait for an answer; steps those that the
	// question from outside led to, and again those that were worked out anew;
	// growth the answers that grew.
	depth, steps, again, growth int
	// low is the least depth of a waiting question that the current answer leans on.
	low int
	// cuts counts the answers that a bound cut short.
	cuts int
	// kin and below hold the relatives and subclasses of classes, where final.
	kin   map[*scope]kin
	below map[*scope][]*scope
}

// entry is one question's answer so far.
type entry struct {
	vals   set
	work   func() set
	deps   []dependency // what it asked when it was last worked out
	grewAt int          // the solver's growth when vals last grew
	worked bool         // at least once
	active bool         // waits, at depth
	fresh  bool         // answered in this turn of its circle, leaning on the question at low
	done   bool
	depth  int
	low    int
}

// dependency is an answer that another rests on, as it was at that growth.
type dependency struct {
	on   *entry
	seen int
}

// A question is bounded: by the length of the chain that it starts, by the number
// of questions that it leads to, and by how often their circles are worked out
// anew. Past any of these, the answer is unknown.
const (
	deepest   = 1000
	mostSteps = 20000
	mostAgain = 5 * mostSteps
)

var (
	tooLong = unsure("the way to its value is too long to follow")
	tooMany = unsure("the ways to its value are too many to follow")
)

// nothing is the low of an answer that leans on no waiting question.
const nothing = deepest + 1

// never is the growth at which nothing was seen: what is known of such an answer is
// not all that there is.
const never = -1

func newSolver(p *program) *solver {
	return &solver{
		prog: p, memo: map[any]*entry{}, low: nothing,
		kin: map[*scope]kin{}, below: map[*scope][]*scope{},
	}
}

// values returns everything that e can evaluate to in s.
func (s *solver) values(e python.Expr, in *scope) set {
	s.steps, s.again = 0, 0
	return s.expr(e, in)
}

// bound returns everything that is ever bound to a name.
func (s *solver) bound(b *binding) set {
	s.steps, s.again = 0, 0
	return s.binding(b)
}

// answer looks the question up, or works it out.
func (s *solver) answer(question any, work func() set) set {
	e := s.memo[question]
	if e == nil {
		e = &entry{work: work}
		s.memo[question] = e
	}
	return s.ask(e)
}

// ask brings an answer up to date, for the question that is being worked out.
func (s *solver) ask(e *entry) set {
	if e.done {
		return e.vals
	}
	vals, seen := e.vals, never
	if cut := s.update(e); cut != nil {
		s.cuts++
		vals = vals.join(*cut)
	} else {
		vals, seen = e.vals, s.growth
	}
	if s.asking != nil && !e.done {
		s.asking.deps = append(s.asking.deps, dependency{e, seen})
	}
	return vals
}

// update brings an answer up to date, or tells which bound forbids it.
func (s *solver) update(e *entry) (cut *value) {
	switch {
	case e.done:
	case e.active:
		s.low = min(s.low, e.depth)
	case e.fresh:
		s.low = min(s.low, e.low)
	case s.depth >= deepest && e.worked:
		s.grow(e, set{tooLong}) // others rest on it
	case s.depth >= deepest:
		return &tooLong
	case s.steps >= mostSteps && !e.worked:
		return &tooMany
	default:
		s.workOut(e)
	}
	return nil
}

// settled runs work, and reports whether every answer that it asked for is final.
func (s *solver) settled(work func()) bool {
	low, cuts := s.low, s.cuts
	s.low = nothing
	work()
	final := s.low == nothing && s.cuts == cuts
	s.low = min(s.low, low)
	return final
}

// workOut answers a question, with the whole circle that it starts, if it does.
func (s *solver) workOut(e *entry) {
	before, start := s.low, len(s.open)
	e.active, e.depth = true, s.depth
	s.depth++
	s.open = append(s.open, e)
	for {
		grown := s.growth
		s.low = nothing
		if !e.worked || s.outdated(e) {
			s.work(e)
		}
		if s.low != e.depth || s.growth == grown {
			break
		}
		s.stale(start + 1)
	}
	s.depth--
	e.active = false
	if s.low >= e.depth {
		s.settle(start)
		s.low = before
		return
	}
	e.fresh, e.low = true, s.low
	s.low = min(s.low, before)
}

// outdated brings what an answer rests on up to date, and reports whether any of
// it has grown since.
func (s *solver) outdated(e *entry) bool {
	for _, d := range e.deps {
		if cut := s.update(d.on); cut == nil && d.on.grewAt > d.seen {
			return true
		}
	}
	return false
}

func (s *solver) work(e *entry) {
	switch {
	case !e.worked:
		s.steps++
	case s.again >= mostAgain:
		s.grow(e, set{tooMany})
		return
	default:
		s.again++
	}
	asker := s.asking
	s.asking, e.worked, e.deps = e, true, e.deps[:0]
	found := e.work()
	s.asking = asker
	s.grow(e, found)
}

func (s *solver) grow(e *entry, found set) {
	if grown := e.vals.join(found...); !grown.same(e.vals) {
		s.growth++
		e.vals, e.grewAt = slices.Clip(grown), s.growth
	}
}

// stale has the circle's questions answered anew.
func (s *solver) stale(from int) {
	for _, e := range s.open[from:] {
		e.fresh = false
	}
	s.open = s.open[:from]
}

// settle marks everything answered since as final.
func (s *solver) settle(from int) {
	for _, e := range s.open[from:] {
		e.done, e.work, e.deps = true, nil, nil
	}
	s.open = s.open[:from]
}

// expr evaluates one expression.
func (s *solver) expr(e python.Expr, in *scope) set {
	switch e := e.(type) {
	case nil:
		return set{unsure("it has no value in the sources")}
	case *python.Str:
		return set{{kind: text, text: e.Value}}
	case *python.Num, *python.Singleton, *python.Compare, *python.UnaryOp:
		return set{{kind: plain}}
	case *python.Bytes:
		return set{unsure("it is made from bytes, which the scan does not follow")}
	}
	if known := s.memo[e]; known != nil {
		return s.ask(known)
	}
	return s.answer(e, func() set { return s.compound(e, in) })
}

func (s *solver) compound(e python.Expr, in *scope) set {
	switch e := e.(type) {
	case *python.Name:
		return s.name(e, in)
	case *python.Attribute:
		return s.attribute(e, in)
	case *python.Call:
		return s.call(e, in)
	case *python.JoinedStr:
		return s.joined(e, in)
	case *python.BinOp:
		return s.binary(e, in)
	case *python.BoolOp:
		var out set
		for _, v := range e.Values {
			out = out.join(s.expr(v, in)...)
		}
		return out
	case *python.IfExp:
		return s.expr(e.Body, in).join(s.expr(e.Else, in)...)
	case *python.Await:
		return s.expr(e.Value, in)
	case *python.NamedExpr:
		return s.expr(e.Value, in)
	case *python.Subscript:
		return s.subscript(e, in)
	case *python.Dict, *python.DictComp:
		return set{{kind: mapping, expr: e, scope: in}}
	case *python.List, *python.Tuple, *python.Set, *python.ListComp, *python.SetComp, *python.GeneratorExp:
		return set{{kind: sequence, expr: e, scope: in}}
	case *python.Lambda:
		return set{{kind: funcVal, scope: in.unit.inner[e]}}
	}
	return set{unsure("it is computed in a way that the scan does not follow")}
}

// name evaluates a name: its binding, a star import, or a builtin.
func (s *solver) name(e *python.Name, in *scope) set {
	if b := in.lookup(e.ID); b != nil {
		return s.binding(b)
	}
	var out set
	for _, m := range in.top().stars {
		if v, ok := s.member(m, e.ID, in.unit.file); ok {
			out = out.join(v...)
		}
	}
	if out == nil {
		out = set{{kind: global, text: "builtins." + e.ID}}
	}
	return out
}

// member evaluates a name of a module that from imports; !ok where that module lacks it.
func (s *solver) member(dotted, name string, from *file) (set, bool) {
	return s.memberOf(dotted, name, from, map[*file]bool{})
}

// memberOf follows star imports, each module once.
func (s *solver) memberOf(dotted, name string, from *file, seen map[*file]bool) (set, bool) {
	f := s.prog.resolve(dotted, from)
	if f == nil {
		if isBoto(dotted) && exportedByBoto(name) {
			return set{{kind: global, text: dotted + "." + name}}, true
		}
		return nil, false
	}
	return s.memberIn(f, name, seen)
}

func (s *solver) memberIn(f *file, name string, seen map[*file]bool) (set, bool) {
	if seen[f] {
		return nil, false
	}
	seen[f] = true
	u := s.prog.unit(f)
	if u == nil {
		return set{unsure("%s, which has it, does not parse", f.name)}, true
	}
	if b := u.module.names[name]; b != nil {
		return s.binding(b), true
	}
	if sub := s.prog.resolve(f.module+"."+name, f); sub != nil {
		return set{{kind: module, file: sub}}, true
	}
	for _, m := range u.module.stars {
		if v, ok := s.memberOf(m, name, f, seen); ok {
			return v, true
		}
	}
	return nil, false
}

// binding joins everything that is ever bound to a name.
func (s *solver) binding(b *binding) set {
	if known := s.memo[b]; known != nil {
		return s.ask(known)
	}
	return s.answer(b, func() set {
		var out set
		for i := range b.defs {
			if out.full() {
				return out
			}
			out = out.join(s.definition(b, &b.defs[i])...)
		}
		if b.scope.kind == moduleScope {
			out = out.join(s.writtenOutside(b)...)
		}
		return withAdditions(out, b.name, b.scope, b.scope.unit.file)
	})
}

// writtenOutside evaluates what other code writes to a name of a module: by an
// attribute of the module, or through globals().
func (s *solver) writtenOutside(b *binding) set {
	u := b.scope.unit
	out := s.assignedFrom(b.name, nil, u.file)
	if len(u.stores[itemsOf("globals")]) > 0 {
		out = out.join(unsure("%s writes to its names through globals()", u.file.name))
	}
	return out
}

// withAdditions notes that a container may grow elsewhere: one that is bound to
// a name in a scope, or, where that is nil, to an attribute. Only files that can
// reach the file where it is bound can write into it.
func withAdditions(vals set, name string, in *scope, from *file) set {
	if holds(vals) {
		return vals.join(value{kind: additions, text: name, scope: in, file: from})
	}
	return vals
}

func (s *solver) definition(b *binding, d *def) set {
	switch d.kind {
	case assigned:
		return s.unpack(s.expr(d.value, d.scope), d.path)
	case iterated:
		return s.unpack(s.elements(s.expr(d.value, d.scope)), d.path)
	case entered:
		return s.unpack(s.entered(s.expr(d.value, d.scope)), d.path)
	case augmented:
		return s.augmented(d)
	case parameter:
		return s.parameter(b, d)
	case function:
		if isProperty(d.scope.fn) {
			return s.returned(d.scope)
		}
		return set{{kind: funcVal, scope: d.scope}}
	case class:
		return set{{kind: classVal, scope: d.scope}}
	case imported:
		return s.imported(d)
	}
	return s.opaque(b, d)
}

// opaque is a name that an except clause, a pattern or a constructor binds. A
// field with a default counts only in a class for which something writes a
// constructor: one with a decorator or a base.
func (s *solver) opaque(b *binding, d *def) set {
	if d.node != nil && b.scope.class != nil && len(b.scope.class.Decorators)+len(b.scope.class.Bases) == 0 {
		return nil
	}
	return set{unsure("%s is given its value by code that the scan does not follow", b.name)}
}

// augmented is name += value: a container grows, a string becomes another.
func (s *solver) augmented(d *def) set {
	vals := s.expr(d.value, d.scope)
	if !vals.any(text) && !vals.any(unknown) {
		return vals
	}
	return set{unsure("it is changed in place at %s", d.scope.unit.pos(d.value))}
}

// imported evaluates an import statement's name.
func (s *solver) imported(d *def) set {
	if d.name == "" {
		return s.moduleValue(d.module, d.scope.unit.file)
	}
	if f := s.prog.resolve(d.module, d.scope.unit.file); f != nil {
		if v, ok := s.memberIn(f, d.name, map[*file]bool{}); ok {
			return v
		}
		return set{unsure("%s has no %s that the scan can see", f.name, d.name)}
	}
	return s.moduleValue(d.module+"."+d.name, d.scope.unit.file)
}

func (s *solver) moduleValue(dotted string, from *file) set {
	if f := s.prog.resolve(dotted, from); f != nil {
		return set{{kind: module, file: f}}
	}
	return set{globalNamed(dotted)}
}

// unpack follows the places of a tuple target, from the end where negative.
func (s *solver) unpack(vals set, at []int) set {
	for _, i := range at {
		vals = s.place(vals, i)
	}
	return vals
}

func (s *solver) place(vals set, i int) set {
	var out set
	for _, v := range vals {
		elts, exact := displayed(v.expr)
		switch {
		case v.kind == plain:
		case v.kind == answer || v.kind == unknown:
			out = out.join(v)
		case v.kind == additions:
			out = out.join(s.additions(v, view{})...)
		case v.kind == rest:
			out = out.join(s.restAt(v, i)...)
		case v.kind == row:
			out = out.join(s.column(v, i)...)
		case v.kind != sequence:
			out = out.join(unsure("it is unpacked from something that the scan does not follow"))
		case !exact:
			out = out.join(s.elements(set{v})...)
		default:
			if i < 0 {
				i += len(elts)
			}
			if i >= 0 && i < len(elts) {
				out = out.join(s.expr(elts[i], v.scope)...)
			}
		}
	}
	return out
}

// displayed returns the elements of a tuple or list display without stars.
func displayed(e python.Expr) (elts []python.Expr, exact bool) {
	switch e := e.(type) {
	case *python.Tuple:
		elts = e.Elts
	case *python.List:
		elts = e.Elts
	default:
		return nil, false
	}
	for _, x := range elts {
		if _, starred := x.(*python.Starred); starred {
			return nil, false
		}
	}
	return elts, true
}

// elements returns what iterating over any of vals gives.
func (s *solver) elements(vals set) set {
	var out set
	for _, v := range vals {
		out = out.join(s.elementsOf(v)...)
	}
	return out
}

func (s *solver) elementsOf(v value) set {
	switch v.kind {
	case sequence:
		return s.members(v, false)
	case mapping:
		return s.keys(v)
	case additions:
		return s.additions(v, view{keys: true})
	case rest:
		return s.restElements(v, false)
	case answer, resource: // a collection gives resources
		return set{v}
	case plain:
		return nil
	case unknown:
		return set{v}
	}
	return set{unsure("it comes from a loop over something that the scan does not follow")}
}

// members evaluates the elements of a display or comprehension; of a mapping, its values.
func (s *solver) members(v value, values bool) set {
	type question struct {
		of     value
		values bool
	}
	return s.answer(question{v, values}, func() set { return s.membersOf(v, values) })
}

func (s *solver) membersOf(v value, values bool) set {
	var out set
	switch e := v.expr.(type) {
	case *python.List:
		out = s.all(e.Elts, v.scope)
	case *python.Tuple:
		out = s.all(e.Elts, v.scope)
	case *python.Set:
		out = s.all(e.Elts, v.scope)
	case *python.ListComp:
		out = s.expr(e.Elt, v.scope.unit.inner[e])
	case *python.SetComp:
		out = s.expr(e.Elt, v.scope.unit.inner[e])
	case *python.GeneratorExp:
		out = s.expr(e.Elt, v.scope.unit.inner[e])
	case *python.Dict:
		out = s.dictValues(e, v.scope)
	case *python.DictComp:
		out = s.expr(e.Value, v.scope.unit.inner[e])
	case *python.Call:
		out = s.callElements(e, v.scope, values)
	case nil: // a generator function's
		for _, y := range v.scope.yields {
			out = out.join(s.expr(y, v.scope)...)
		}
		for _, d := range v.scope.delegates {
			out = out.join(s.elements(s.expr(d, v.scope))...)
		}
	}
	return out
}

func (s *solver) all(elts []python.Expr, in *scope) set {
	var out set
	for _, e := range elts {
		if out.full() {
			break
		}
		if star, ok := e.(*python.Starred); ok {
			out = out.join(s.elements(s.expr(star.Value, in))...)
			continue
		}
		out = out.join(s.expr(e, in)...)
	}
	return out
}

func (s *solver) dictValues(e *python.Dict, in *scope) set {
	var out set
	for i, k := range e.Keys {
		if out.full() {
			break
		}
		if k == nil {
			out = out.join(s.valuesOf(s.expr(e.Values[i], in))...)
			continue
		}
		out = out.join(s.expr(e.Values[i], in)...)
	}
	return out
}

// keys evaluates the keys of a mapping.
func (s *solver) keys(v value) set {
	type question struct{ keysOf value }
	return s.answer(question{v}, func() set { return s.keysOf(v) })
}

func (s *solver) keysOf(v value) set {
	switch e := v.expr.(type) {
	case *python.Dict:
		var out set
		for i, k := range e.Keys {
			if out.full() {
				break
			}
			if k == nil {
				out = out.join(s.elements(s.expr(e.Values[i], v.scope))...)
				continue
			}
			out = out.join(s.expr(k, v.scope)...)
		}
		return out
	case *python.DictComp:
		return s.expr(e.Key, v.scope.unit.inner[e])
	case *python.Call: // dict(...)
		out := s.keywordNames(e, v.scope)
		for _, a := range e.Args {
			out = out.join(s.elements(s.expr(a, v.scope))...)
		}
		return out
	}
	return set{unsure("the scan does not follow how the dictionary is made")}
}

// valuesOf returns the values that any of the mappings or sequences hold.
func (s *solver) valuesOf(vals set) set {
	var out set
	for _, v := range vals {
		switch v.kind {
		case mapping, sequence:
			out = out.join(s.members(v, true)...)
		case additions:
			out = out.join(s.additions(v, view{})...)
		case rest:
			out = out.join(s.restElements(v, true)...)
		case answer:
			out = out.join(v)
		case plain:
		case unknown:
			out = out.join(v)
		default:
			out = out.join(unsure("it is looked up in something that the scan does not follow"))
		}
	}
	return out
}

// additions evaluates everything that is written into a container: by append and
// its kin, by x[...] =, under another name, or by a function that is given it.
func (s *solver) additions(v value, w view) set {
	type question struct {
		of value
		view
	}
	return s.answer(question{v, w}, func() set {
		units, all := s.growers(v)
		var out set
		if !all {
			out = out.join(tooCommon(v.text))
		}
		for _, u := range units {
			if out.full() {
				break
			}
			for _, st := range u.stores[itemsOf(v.text)] {
				if grows(st.base, st.scope, v) {
					out = out.join(s.written(st, w)...)
				}
			}
			for _, r := range u.refs[v.text] {
				if grows(r.expr, r.scope, v) {
					out = out.join(s.sharedAt(r, w)...)
				}
			}
			for _, alias := range u.importedAs[v.text] {
				out = out.join(s.additions(value{kind: additions, text: alias, scope: u.module, file: u.file}, w)...)
			}
		}
		return out
	})
}

// view is what a question asks of the writes into a container: the values under one
// key where that is given, the keys too where a loop would give them.
type view struct {
	keys bool
	key  string
}

// written evaluates one write into a container.
func (s *solver) written(st store, w view) set {
	if st.key == nil || st.opaque || st.spread {
		if w.key != "" && st.spread && !st.opaque {
			return s.entry(st.value, st.scope, w.key)
		}
		return s.stored(st)
	}
	key := s.expr(st.key, st.scope)
	if w.key != "" && !s.mayEqual(key, set{{kind: text, text: w.key}}) {
		return nil
	}
	switch {
	case !w.keys:
		return s.stored(st)
	case len(key) > 0 && key.count(text) == len(key):
		return key // of a dictionary: no list has such a place
	}
	return s.stored(st).join(key...)
}

// sharedAt evaluates what is written into a container by whoever shares it from a
// reference on: under the name that it is assigned to, or what r hands it to. Other
// names of installed code are followed in their own file only: in a large library
// they lead everywhere.
func (s *solver) sharedAt(r *site, w view) set {
	var out set
	switch r.role {
	case asArgument:
		return s.addedBy(r, w)
	case asValue:
		if r.unit.file.origin != "" {
			return s.sharedInFile(r, w)
		}
		for _, t := range r.unit.assignedTo[r.expr] {
			out = out.join(s.additions(target(t, r), w)...)
		}
		if f := r.scope.function(); f != nil && f.fn != nil && slices.Contains(f.returns, r.expr) {
			out = out.join(s.addedToResult(f, w)...)
		}
		out = out.join(s.addedWithin(r)...)
	}
	return out
}

// addedWithin tells of writes into what a display holds, where the container at r is
// held by one: to the target of a loop over it, or into an item of its name.
func (s *solver) addedWithin(r *site) set {
	u := r.unit
	display := u.heldBy[r.expr]
	if display == nil {
		return nil
	}
	names := namesOf(u.assignedTo[display])
	for _, t := range u.loops[display] {
		python.Inspect(t, func(n python.Node) bool {
			if e, ok := n.(python.Expr); ok && lastName(e) != "" {
				names = append(names, lastName(e))
			}
			return true
		})
	}
	for _, name := range names {
		for _, st := range u.stores[itemsOf(name)] {
			if st.opaque || len(u.loops[display]) > 0 {
				return set{unsure("it is in another container, into which is written at %s", u.pos(st.base))}
			}
		}
	}
	return nil
}

// sharedInFile evaluates what one file writes into a container under the names that
// it is assigned to or returned by.
func (s *solver) sharedInFile(r *site, w view) set {
	var out set
	names := namesOf(r.unit.assignedTo[r.expr])
	if f := r.scope.function(); f != nil && f.fn != nil && slices.Contains(f.returns, r.expr) {
		names = append(names, f.fn.Name)
		for _, call := range r.unit.refs[f.fn.Name] {
			if call.role == asCallee {
				names = append(names, namesOf(r.unit.assignedTo[call.call])...)
			}
		}
		if f.parent.kind == moduleScope {
			out = out.join(s.addedToResult(f, w)...)
		}
	}
	for _, name := range names {
		for _, st := range r.unit.stores[itemsOf(name)] {
			out = out.join(s.written(st, w)...)
		}
	}
	return out.join(s.addedWithin(r)...)
}

// target is the container of that name or attribute.
func target(t python.Expr, r *site) value {
	v := value{kind: additions, text: lastName(t), file: r.unit.file}
	if n, ok := t.(*python.Name); ok {
		if b := r.scope.lookup(n.ID); b != nil {
			v.scope = b.scope
		}
	}
	return v
}

// addedToResult evaluates what is written into a container that f returns, by
// code of its own file or of those that call it by name.
func (s *solver) addedToResult(f *scope, w view) set {
	var out set
	units, _ := s.prog.having(f.fn.Name, f.unit.file)
	for _, u := range units {
		for _, r := range u.refs[f.fn.Name] {
			if r.role != asCallee {
				continue
			}
			for _, t := range u.assignedTo[r.call] {
				out = out.join(s.additions(target(t, r), w)...)
			}
		}
		for _, st := range u.stores[itemsOf(f.fn.Name)] { // f().append(x)
			out = out.join(s.stored(st)...)
		}
	}
	return out
}

// growers are the units that can write into a container: for a function's own
// name its file, for any other every file in which the name stands.
func (s *solver) growers(v value) (units []*unit, all bool) {
	if v.scope != nil && v.scope.kind != moduleScope && v.scope.kind != classScope {
		return []*unit{v.scope.unit}, true
	}
	return s.prog.having(v.text, v.file)
}

// grows reports whether a write into base can be one into the container.
func grows(base python.Expr, in *scope, v value) bool {
	n, ok := base.(*python.Name)
	if !ok {
		return v.scope == nil || v.scope.kind == moduleScope || v.scope.kind == classScope
	}
	b := in.lookup(n.ID)
	return b == nil || v.scope != nil && b.scope == v.scope || b.defs[0].kind == imported
}

func tooCommon(name string) value {
	return unsure("%s is a name in more code than the scan follows", name)
}

func (s *solver) stored(st store) set {
	if st.opaque {
		return set{unsure("it is written into in a way that the scan does not follow, in %s", st.scope.unit.file.name)}
	}
	vals := s.unpack(s.expr(st.value, st.scope), st.path)
	if st.spread {
		return s.elements(vals).join(s.valuesOf(vals)...)
	}
	return vals
}

// addedBy returns what functions and constructors of the sources write into a
// container that r hands them. Of code outside the sources it takes that it adds
// what else it is given, as heapq.heappush does.
func (s *solver) addedBy(r *site, w view) set {
	var out set
	for _, f := range s.expr(r.call.Func, r.scope) {
		switch {
		case f.kind == classVal:
			if b := f.scope.names["__init__"]; b != nil {
				for _, init := range s.binding(b) {
					out = out.join(s.addedIn(r, init, 1, w)...)
				}
			}
		case f.kind == funcVal:
			out = out.join(s.addedIn(r, f, selfIn(r.call, f.scope), w)...)
		default:
			out = out.join(s.besides(r)...)
		}
	}
	return out
}

// addedIn returns what one function writes into the parameter that r is given for;
// skip counts the parameters that the call does not write.
func (s *solver) addedIn(r *site, f value, skip int, w view) set {
	var out set
	if f.kind != funcVal || f.scope.fn == nil {
		return nil
	}
	for _, p := range allParams(f.scope.fn.Params) {
		if argumentAt(r.call, f.scope.fn.Params, p.Name, skip) == r.expr {
			out = out.join(s.additions(parameterOf(f.scope, p.Name), w)...)
			return out
		}
	}
	return s.addedByForwarding(f.scope, w)
}

func parameterOf(f *scope, name string) value {
	return value{kind: additions, text: name, scope: f, file: f.unit.file}
}

// addedByForwarding returns what the functions that f hands its *args or **kwargs on
// to write into any of their parameters.
func (s *solver) addedByForwarding(f *scope, w view) set {
	type question struct {
		forwarding *scope
		view
	}
	if f.fn.Params.VarArg == nil && f.fn.Params.KwArg == nil {
		return nil
	}
	return s.answer(question{f, w}, func() set {
		var out set
		for _, c := range f.unit.calls {
			if c.scope.function() != f || !forwards(c.call, f.fn.Params) {
				continue
			}
			for _, to := range s.expr(c.call.Func, c.scope) {
				if to.kind != funcVal || to.scope.fn == nil {
					continue
				}
				for _, p := range positional(to.scope.fn.Params) {
					out = out.join(s.additions(parameterOf(to.scope, p.Name), w)...)
				}
				out = out.join(s.addedByForwarding(to.scope, w)...)
			}
		}
		return out
	})
}

// forwards reports whether a call unpacks one of the parameters that take what is
// left over.
func forwards(c *python.Call, ps *python.Params) bool {
	for _, a := range c.Args {
		if star, ok := a.(*python.Starred); ok && isStar(ps, lastName(star.Value)) {
			return true
		}
	}
	return slices.ContainsFunc(c.Keywords, func(k python.Keyword) bool { return k.Name == "" && isStar(ps, lastName(k.Value)) })
}

// besides returns what stands among the other arguments of the call that takes r: all
// of it where the callee has the name of one that fills containers, else the strings.
func (s *solver) besides(r *site) set {
	var out set
	for _, a := range r.call.Args {
		if a == r.expr {
			continue
		}
		if isMutator(lastName(r.call.Func)) {
			vals := s.expr(a, r.scope)
			out = out.join(vals...).join(s.elements(vals)...)
		} else if lit, ok := a.(*python.Str); ok {
			out = out.join(value{kind: text, text: lit.Value})
		}
	}
	return out
}

// entered evaluates what "with v as x" binds: clients, resources and sessions
// are their own context; a context manager of the sources hands out its yield.
func (s *solver) entered(vals set) set {
	var out set
	for _, v := range vals {
		switch {
		case v.kind == client || v.kind == resource || v.kind == session || v.kind == plain || v.kind == unknown || v.kind == answer:
			out = out.join(v)
		case v.kind == sequence && v.expr == nil:
			out = out.join(s.elements(set{v})...)
		default:
			out = out.join(unsure("it comes from a with statement that the scan does not follow"))
		}
	}
	return out
}

// joined evaluates an f-string.
func (s *solver) joined(e *python.JoinedStr, in *scope) set {
	out := set{{kind: text}}
	for _, part := range e.Values {
		var piece set
		switch p := part.(type) {
		case *python.FormattedValue:
			if p.Spec != nil || p.Conversion != 0 && p.Conversion != 's' {
				return set{formatted}
			}
			piece = s.expr(p.Value, in)
		default:
			piece = s.expr(part, in)
		}
		out = concat(out, piece)
	}
	return out
}

// binary follows + over strings and over containers.
func (s *solver) binary(e *python.BinOp, in *scope) set {
	left, right := s.expr(e.Left, in), s.expr(e.Right, in)
	if e.Op == python.Mod && left.any(text) {
		return s.percentOf(left, right)
	}
	if holds(left) || holds(right) {
		return left.join(right...)
	}
	if e.Op != python.Add {
		if left.without(plain) == nil && right.without(plain) == nil {
			return set{{kind: plain}}
		}
		return set{unsure("it is computed in a way that the scan does not follow")}
	}
	return concat(left, right)
}

// longestJoined bounds the strings that are put together: a few lines of code can
// double one until no memory holds it.
const longestJoined = 1 << 16

var tooLarge = unsure("it is put together to a string of more than %d bytes", longestJoined)

// holds reports whether a container is in the set; whatever operator joins two, the
// result holds nothing else.
func holds(s set) bool { return s.any(sequence) || s.any(mapping) || s.any(rest) }

// concat joins every string on the left with every one on the right.
func concat(left, right set) set {
	var out set
	for _, l := range left {
		for _, r := range right {
			switch {
			case l.kind == unknown:
				out = out.join(l)
			case r.kind == unknown:
				out = out.join(r)
			case l.kind == text && r.kind == text && len(l.text)+len(r.text) > longestJoined:
				out = out.join(tooLarge)
			case l.kind == text && r.kind == text:
				out = out.join(value{kind: text, text: l.text + r.text})
			case l.kind == text || r.kind == text:
				out = out.join(unsure("it is put together from parts that the scan does not follow"))
			default:
				out = out.join(value{kind: plain})
			}
		}
	}
	return out
}

// subscript evaluates x[i] as any of the values that x holds, or the one at a
// constant key that only a display writes.
func (s *solver) subscript(e *python.Subscript, in *scope) set {
	if of := viewOf(e.Value); of != nil {
		return s.viewed(of, e.Index, in)
	}
	if isNamespace(e.Value) {
		return s.ofNamespace(e.Index, in)
	}
	base := s.expr(e.Value, in)
	if _, slice := e.Index.(*python.Slice); slice && holds(base) && !base.any(text) {
		return base
	}
	at, index := place(e.Index)
	var out set
	for _, v := range base {
		switch v.kind {
		case mapping:
			out = out.join(s.item(v, s.expr(e.Index, in))...)
		case additions:
			out = out.join(s.additions(v, viewAt(s.expr(e.Index, in)))...)
		case rest, sequence:
			if index {
				out = out.join(s.place(set{v}, at)...)
			} else {
				out = out.join(s.item(v, s.expr(e.Index, in))...)
			}
		case answer:
			out = out.join(v)
		case global:
			out = out.join(s.ofGlobal(v.text, e.Index, in)...)
		case text:
			out = out.join(unsure("it is a part of a string"))
		default:
			out = out.join(s.valuesOf(set{v})...)
		}
	}
	return out
}

// isNamespace reports whether an expression is the dictionary of names around it.
func isNamespace(e python.Expr) bool {
	c, ok := e.(*python.Call)
	if !ok || len(c.Args) > 0 {
		return false
	}
	n, ok := c.Func.(*python.Name)
	return ok && (n.ID == "globals" || n.ID == "locals" || n.ID == "vars")
}

// ofNamespace evaluates globals()["name"].
func (s *solver) ofNamespace(name python.Expr, in *scope) set {
	var out set
	for _, n := range s.expr(name, in) {
		b := in.lookup(n.text)
		if n.kind != text || b == nil {
			out = out.join(unsure("it is a name that the scan does not follow"))
			continue
		}
		out = out.join(s.binding(b)...)
	}
	return out
}

// viewOf is x in vars(x) and x.__dict__; nil for anything else.
func viewOf(e python.Expr) python.Expr {
	switch e := e.(type) {
	case *python.Attribute:
		if e.Attr == "__dict__" {
			return e.Value
		}
	case *python.Call:
		if lastName(e.Func) == "vars" && len(e.Args) == 1 {
			return e.Args[0]
		}
	}
	return nil
}

// viewed evaluates vars(x)["name"]: x.name, without what only reading an attribute does.
func (s *solver) viewed(of, name python.Expr, in *scope) set {
	var out set
	for _, n := range s.expr(name, in) {
		if n.kind != text {
			out = out.join(unsure("it is read as an attribute by a name that the scan does not follow"))
			continue
		}
		for _, v := range s.expr(of, in) {
			out = out.join(s.attributeOf(v, n.text, in.unit.file)...)
		}
	}
	return out
}

// ofGlobal evaluates an item of what is outside the sources: sys.modules holds the
// modules of the sources and boto's.
func (s *solver) ofGlobal(dotted string, index python.Expr, in *scope) set {
	if dotted != "sys.modules" {
		return set{unsure("it is read from %s", dotted)}
	}
	if n, ok := index.(*python.Name); ok && n.ID == "__name__" {
		return set{{kind: module, file: in.unit.file}}
	}
	var out set
	for _, key := range s.expr(index, in) {
		if key.kind == text {
			out = out.join(s.moduleValue(key.text, in.unit.file)...)
		} else {
			out = out.join(unsure("it is read from sys.modules by a name that the scan does not follow"))
		}
	}
	return out
}

// place reads an index that is written as a number.
func place(e python.Expr) (int, bool) {
	n, ok := e.(*python.Num)
	if !ok {
		return 0, false
	}
	at, err := strconv.Atoi(n.Text)
	return at, err == nil
}

// viewAt asks for the values under the one key that is known.
func viewAt(keys set) view {
	if len(keys) == 1 && keys[0].kind == text {
		return view{key: keys[0].text}
	}
	return view{}
}

// item looks constant keys up in a display; any other key may be any value.
func (s *solver) item(v value, keys set) set {
	if v.kind == rest {
		return s.restItem(v, keys)
	}
	var out set
	d, ok := v.expr.(*python.Dict)
	if !ok {
		return s.itemOfCall(v, keys)
	}
	for i, k := range d.Keys {
		switch {
		case k == nil:
			out = out.join(s.spread(d.Values[i], v.scope, viewAt(keys).key)...)
		case s.mayEqual(s.expr(k, v.scope), keys):
			out = out.join(s.expr(d.Values[i], v.scope)...)
		}
	}
	return out
}

// spread evaluates what a dictionary that is spread in a display with ** holds under
// a key; under any, where the key is not known.
func (s *solver) spread(e python.Expr, in *scope, key string) set {
	type question struct {
		spread python.Expr
		key    string
	}
	return s.answer(question{e, key}, func() set {
		if key == "" {
			return s.valuesOf(s.expr(e, in))
		}
		return s.entry(e, in, key)
	})
}

// itemOfCall looks constant keys up in dict(key=value).
func (s *solver) itemOfCall(v value, keys set) set {
	type question struct {
		in  value
		key string
	}
	c, ok := v.expr.(*python.Call)
	key := viewAt(keys).key
	if !ok || v.kind != mapping || key == "" {
		return s.valuesOf(set{v})
	}
	return s.answer(question{v, key}, func() set {
		if e := keyword(c, key); e != nil {
			return s.expr(e, v.scope)
		}
		var out set
		for _, k := range c.Keywords {
			if k.Name == "" {
				out = out.join(s.entry(k.Value, v.scope, key)...)
			}
		}
		for _, a := range c.Args {
			out = out.join(s.entry(a, v.scope, key)...)
		}
		return out
	})
}

// mayEqual reports whether two sets can have a value in common.
func (s *solver) mayEqual(a, b set) bool {
	for _, v := range a {
		if v.kind != text || b.has(v) {
			return true
		}
	}
	for _, v := range b {
		if v.kind != text {
			return true
		}
	}
	return false
}
