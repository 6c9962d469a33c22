package scan

import (
	"slices"

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

// knownCallers returns the calls of a function that the sources show.
func (s *solver) knownCallers(f *scope) []caller {
	s.steps, s.again = 0, 0
	calls, _ := s.callers(f)
	return calls
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

func tooCommon(name string) value {
	return unsure("%s is a name in more code than the scan follows", name)
}
