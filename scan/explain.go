package scan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/internal/python"
)

// Explanation says why a service, or one of its operations, is kept.
type Explanation struct {
	Service string `json:"service"`
	// Operation is an API name, or empty where the service as a whole is asked for.
	Operation string `json:"operation"`
	Kept      bool   `json:"kept"`
	// Shape tells of the shape that has the name that was asked for. Where no
	// operation has that name, Kept, Chains and Uses speak of the operation at which
	// the shape's way begins, or of nothing.
	Shape *boto.ShapeWay `json:"shape,omitempty"`
	// Chains lead to the uses with the best evidence, certain ones first.
	Chains []Chain `json:"chains,omitempty"`
	// Uses counts the uses that there are; Chains may be fewer.
	Uses int `json:"uses"`
	// Considered are the places where a name of what is not kept stands all the
	// same, and why they do not count.
	Considered []Step `json:"considered,omitempty"`
	// Credentials is where botocore asks the service for credentials by itself.
	Credentials *Pos `json:"credentials,omitempty"`
}

// Chain leads from where the program begins to one use, and then from what is
// used back to where it was made.
type Chain struct {
	Certainty Certainty `json:"certainty"`
	// Reached are the steps from the entry to the use, the use last.
	Reached []Step `json:"reached"`
	// Made are the steps from the use's client back to the service's name.
	Made []Step `json:"made,omitempty"`
}

// Step is one line of a chain.
type Step struct {
	Pos
	Text string `json:"text"`
}

// mostChains bounds how many uses are explained in full.
const mostChains = 3

// Explain scans as [Scan] does and says why name, SERVICE, SERVICE:OPERATION or
// SERVICE:SHAPE, is kept, or that nothing reaches it. It returns the scan's result
// too, to which amend, if there is one, adds what else is known first. The errors are
// those of Scan and of [boto.Resolve].
func Explain(ctx context.Context, pkg *artifact.Artifact, opts Options, name string, amend func(*Result)) (*Explanation, *Result, error) {
	f, err := newFinder(ctx, pkg, opts)
	if err != nil {
		return nil, nil, err
	}
	x := &explainer{finder: f}
	e := &x.out
	e.Service, e.Operation, err = boto.Resolve(f.catalog, name)
	var shape *boto.UnknownOperationError // or of a shape
	if errors.As(err, &shape) {
		e.Service = shape.Service
	} else if err != nil {
		return nil, nil, err
	}
	result, runErr := f.run(ctx, opts.Declarations)
	if runErr != nil {
		return nil, nil, runErr
	}
	if amend != nil {
		amend(result)
	}
	_, asked, _ := strings.Cut(name, ":")
	if shapeErr := x.shape(asked); shapeErr != nil {
		return nil, nil, shapeErr
	}
	if err != nil && e.Shape == nil {
		return nil, nil, err
	}
	if err := x.explain(); err != nil {
		return nil, nil, err
	}
	return e, result, f.prog.err
}

// shape looks for a shape of that name. Of one that an operation leads to, and where
// none has its name, the operation is explained as well.
func (x *explainer) shape(name string) error {
	e := &x.out
	operations, used := x.result.Services[e.Service]
	kept := boto.Kept{Operations: operations, ClientsOnly: slices.Contains(x.result.ClientsOnly, e.Service)}
	for _, in := range x.installed {
		way, err := in.Shape(e.Service, name, kept)
		if err != nil {
			return err
		}
		if way == nil {
			continue
		}
		if !used {
			way.Kept, way.Way = false, nil
		}
		if e.Shape = way; e.Operation == "" && way.Way != nil && way.Way[0].Kind == "operation" {
			e.Operation = way.Way[0].Name
		}
		return nil
	}
	return nil
}

// explainer walks from uses to where they come from.
type explainer struct {
	*finder
	out Explanation
}

func (x *explainer) explain() error {
	e := &x.out
	operations, kept := x.result.Services[e.Service]
	e.Kept = kept && (e.Operation == "" || slices.Contains(operations, e.Operation) || slices.Contains(operations, AllOperations))
	if at, ok := x.result.Inner[e.Service]; ok {
		e.Credentials = &at
	}
	if !e.Kept {
		return x.consider()
	}
	uses := x.evidence()
	e.Uses = len(uses)
	for _, u := range uses[:min(len(uses), mostChains)] {
		e.Chains = append(e.Chains, x.chain(u))
	}
	return nil
}

// evidence lists the uses that keep what is asked for, the best first. An
// operation of a service that is kept whole is kept by what asks for any.
func (x *explainer) evidence() []Use {
	var uses []Use
	for _, u := range x.result.Uses {
		if u.Service == x.out.Service && (u.Operation == x.out.Operation || x.out.Operation != "" && u.Operation == AllOperations) {
			uses = append(uses, u)
		}
	}
	slices.SortStableFunc(uses, func(a, b Use) int {
		return cmp.Or(cmp.Compare(a.Certainty, b.Certainty), cmp.Compare(a.Origin, b.Origin))
	})
	return uses
}

// chain explains one use. Where its client is not known, the first place that
// makes one of the service stands for it.
func (x *explainer) chain(u Use) Chain {
	c := Chain{Certainty: u.Certainty}
	r := x.siteAt(u.Pos)
	last := Step{u.Pos, u.Via}
	if u.Certainty == Possible {
		last.Text += ", which cannot be ruled out"
	}
	if r == nil {
		c.Reached = []Step{last}
	} else {
		c.Reached = append(x.reached(r), last)
	}
	t := &tracer{solver: x.solver, seen: map[any]bool{}}
	switch {
	case r != nil && u.Certainty == Certain && u.Operation != "":
		t.expr(asked(r), r.scope, func(v value) bool { return x.isOf(v, u.Service) })
	case r != nil && r.call != nil && u.Operation == "":
		t.argument(r.call, r.scope, x.isName(u.Service))
	}
	if maker := x.firstMaker(u.Service); len(t.steps) == 0 && u.Operation != "" && maker.Pos != u.Pos && maker.Service != "" {
		t.steps = []Step{{maker.Pos, maker.Via}}
	}
	c.Made = t.steps
	return c
}

// isOf reports whether a value is a client or resource of a service.
func (x *explainer) isOf(v value, service string) bool {
	if v.kind != client && v.kind != resource {
		return false
	}
	s, _ := x.known(v.text)
	return s == service
}

// isName reports whether a value is a name of a service.
func (x *explainer) isName(service string) func(value) bool {
	return func(v value) bool {
		s, _ := x.known(v.text)
		return v.kind == text && s == service
	}
}

// asked is what a use's operation is asked of.
func asked(r *site) python.Expr {
	if of := receiver(r.expr); of != nil {
		return of
	}
	if r.call != nil && lastName(r.call.Func) == "getattr" && len(r.call.Args) > 0 {
		return r.call.Args[0]
	}
	if r.call != nil {
		return receiver(r.call.Func)
	}
	return nil
}

// siteAt finds the call or reference that begins at a place; of several the longest.
func (x *explainer) siteAt(at Pos) *site {
	var found *site
	for _, file := range x.prog.files {
		if file.name != at.File {
			continue
		}
		u := x.prog.unit(file)
		if u == nil {
			continue
		}
		for _, sites := range u.refs {
			for _, r := range sites {
				if u.pos(r.expr) == at && (found == nil || longer(r.expr, found.expr)) {
					found = r
				}
			}
		}
		for _, c := range u.calls {
			if u.pos(c.call) == at && (found == nil || found.call == nil) {
				found = c
			}
		}
	}
	return found
}

func longer(a, b python.Expr) bool { return a.Bounds().End > b.Bounds().End }

// mostCallers bounds the functions that are looked at on the way to the entry.
const mostCallers = 500

// reached leads from where the program begins to the function that a site is in:
// the shortest way along calls. Where nothing in the sources calls a function, it
// is taken to run.
func (x *explainer) reached(r *site) []Step {
	type visit struct {
		in   *scope
		from *visit
		call *site
	}
	begin := &visit{in: r.scope.function()}
	end, seen := begin, map[*scope]bool{begin.in: true}
	for queue := []*visit{begin}; len(queue) > 0 && len(seen) < mostCallers; queue = queue[1:] {
		v := queue[0]
		if end = v; v.in == nil || x.isEntry(v.in) {
			break
		}
		for _, c := range x.callersOf(v.in) {
			if g := c.site.scope.function(); !seen[g] {
				seen[g] = true
				queue = append(queue, &visit{in: g, from: v, call: c.site})
			}
		}
	}
	at := cmp.Or(end.call, r)
	steps := append(x.imported(at.unit.file), x.beginning(end.in, at)...)
	for v := end; v.call != nil; v = v.from {
		u := v.call.unit
		steps = append(steps, Step{u.pos(v.call.call), nameOf(v.in, u) + " calls " + u.source(v.call.call)})
	}
	return steps
}

// isEntry reports whether a function is one of the program's entries.
func (x *explainer) isEntry(f *scope) bool {
	return f.fn != nil && f.parent.kind == moduleScope && slices.ContainsFunc(x.prog.entries, func(e Entry) bool {
		return e.File == f.unit.file.name && strings.HasSuffix(e.Handler, f.fn.Name)
	})
}

// imported leads from the entry to a file, import by import.
func (x *explainer) imported(to *file) (steps []Step) {
	if x.prog.graph == nil {
		return nil
	}
	n := x.prog.graph.of[to]
	for ; n != nil && n.by != nil; n = n.by {
		if n.by.file == nil {
			continue
		}
		steps = append(steps, Step{x.importOf(n.by.file, n), n.by.file.module + " imports " + n.full})
	}
	for _, e := range x.prog.entries {
		if n != nil && n.file != nil && e.File == n.file.name {
			steps = append(steps, Step{Pos{e.File, 1, 1}, "the entry " + e.Handler + ", named by " + e.From})
			break
		}
	}
	slices.Reverse(steps)
	return steps
}

// importOf is the place in a file that reaches a module: an import statement, or
// a string that names it; else the file's first line.
func (x *explainer) importOf(by *file, n *node) Pos {
	at := Pos{by.name, 1, 1}
	u := x.prog.unit(by)
	if u == nil {
		return at
	}
	reaches := func(dotted string) bool {
		return dotted != "" && (dotted == n.full || strings.HasSuffix(n.full, "."+dotted) || strings.HasPrefix(dotted+".", n.full+"."))
	}
	found := false
	python.InspectAll(u.parsed.Body, func(m python.Node) bool {
		if found {
			return false
		}
		switch m := m.(type) {
		case *python.Import:
			found = slices.ContainsFunc(m.Names, func(a python.Alias) bool { return reaches(a.Name) })
		case *python.ImportFrom:
			base := u.absolute(m.Module, m.Level)
			found = reaches(base) || slices.ContainsFunc(m.Names, func(a python.Alias) bool { return reaches(base + "." + a.Name) })
		case *python.Str:
			found = strings.Contains(m.Value, ".") && reaches(m.Value)
		}
		if found {
			at = u.pos(m)
		}
		return !found
	})
	return at
}

// callersOf are the calls of a function; those of a lambda or a comprehension are
// where it stands.
func (x *explainer) callersOf(f *scope) []caller {
	if f.fn == nil {
		return nil
	}
	return x.solver.knownCallers(f)
}

// beginning is the step at which calls begin: an import, or a function that
// nothing in the sources calls.
func (x *explainer) beginning(f *scope, at *site) []Step {
	u := at.unit
	switch {
	case f == nil && x.prog.graph != nil:
		return nil // imported says it
	case f == nil:
		return []Step{{Pos{u.file.name, 1, 1}, "runs when " + u.file.module + " is imported"}}
	case f.fn == nil:
		return []Step{{f.unit.pos(at.expr), "in a lambda: it counts as run"}}
	case x.isEntry(f):
		return []Step{{f.unit.pos(f.fn), nameOf(f, f.unit) + " begins"}}
	}
	return []Step{{f.unit.pos(f.fn), nameOf(f, f.unit) + " begins; nothing in the sources calls it: it counts as run"}}
}

func nameOf(f *scope, u *unit) string {
	switch {
	case f == nil:
		return u.file.module
	case f.fn == nil:
		return "a lambda"
	case f.parent.kind == classScope && f.parent.class != nil:
		return f.parent.class.Name + "." + f.fn.Name
	}
	return f.fn.Name
}

// consider lists where the names of what is not kept stand all the same.
func (x *explainer) consider() error {
	e := &x.out
	s, err := x.catalog.Service(e.Service)
	if err != nil {
		return err
	}
	_, used := x.result.Services[e.Service]
	if !used {
		x.considerWord(e.Service, "is given to nothing that makes a client")
	}
	if e.Operation == "" {
		return nil
	}
	why := "asks no client of " + e.Service + ", for none is made"
	if used {
		why = "means it for a resource, and none is made"
	}
	for _, o := range s.Operations {
		if o.Name == e.Operation {
			x.considerWord(o.Method, why)
			x.considerWord(o.Name, why)
		}
	}
	return nil
}

// mostConsidered bounds the places that are listed of one name.
const mostConsidered = 5

func (x *explainer) considerWord(word, why string) {
	for i, file := range x.prog.named(word) {
		if i == mostConsidered {
			return
		}
		at, _ := x.prog.mention(file, word)
		x.out.Considered = append(x.out.Considered, Step{at, strconv.Quote(word) + " stands here, but " + why})
	}
}

// tracer follows one value backwards, from an expression to where it begins.
type tracer struct {
	*solver
	steps []Step
	seen  map[any]bool
}

// mostTraced bounds the steps of one value's way.
const mostTraced = 30

func (t *tracer) step(u *unit, n python.Node, format string, args ...any) {
	s := Step{u.pos(n), fmt.Sprintf(format, args...)}
	if len(t.steps) < mostTraced && !slices.Contains(t.steps, s) {
		t.steps = append(t.steps, s)
	}
}

// has reports whether an expression can be the value that is followed.
func (t *tracer) has(e python.Expr, in *scope, want func(value) bool) bool {
	return e != nil && slices.ContainsFunc(t.values(e, in), want)
}

// expr goes on from an expression that can be the value.
func (t *tracer) expr(e python.Expr, in *scope, want func(value) bool) {
	if e == nil || t.seen[e] || len(t.steps) >= mostTraced {
		return
	}
	t.seen[e] = true
	switch e := e.(type) {
	case *python.Name:
		if b := in.lookup(e.ID); b != nil {
			t.binding(b, want)
		}
	case *python.Attribute:
		t.attribute(e, in, want)
	case *python.Call:
		t.call(e, in, want)
	case *python.Await:
		t.expr(e.Value, in, want)
	case *python.IfExp:
		t.first(in, want, e.Body, e.Else)
	case *python.BoolOp:
		t.first(in, want, e.Values...)
	}
}

// first goes on from the first expression that can be the value.
func (t *tracer) first(in *scope, want func(value) bool, among ...python.Expr) {
	for _, e := range among {
		if t.has(e, in, want) {
			t.expr(e, in, want)
			return
		}
	}
}

// binding goes on from what a name is given.
func (t *tracer) binding(b *binding, want func(value) bool) {
	if t.seen[b] {
		return
	}
	t.seen[b] = true
	u := b.scope.unit
	for i := range b.defs {
		d := &b.defs[i]
		switch {
		case d.kind == parameter:
			t.parameter(b, d, want)
		case d.kind == imported && d.name != "":
			if f := t.prog.resolve(d.module, u.file); f != nil {
				t.member(f, d.name, want)
			}
		case d.value == nil || d.kind == augmented:
		case d.kind == assigned && len(d.path) == 0:
			if t.has(d.value, d.scope, want) {
				t.step(d.scope.unit, d.value, "%s is %s", b.name, d.scope.unit.source(d.value))
				t.expr(d.value, d.scope, want)
			}
		default:
			t.step(d.scope.unit, d.value, "%s comes from %s", b.name, d.scope.unit.source(d.value))
		}
	}
}

// member goes on from a module's name.
func (t *tracer) member(f *file, name string, want func(value) bool) {
	if u := t.prog.unit(f); u != nil && u.module.names[name] != nil {
		t.binding(u.module.names[name], want)
	}
}

// parameter goes on from a call that gives the value, or from the default.
func (t *tracer) parameter(b *binding, d *def, want func(value) bool) {
	f := b.scope
	if f.fn == nil {
		return
	}
	for _, c := range t.knownCallers(f) {
		arg := argumentAt(c.site.call, f.fn.Params, b.name, c.skip)
		if t.has(arg, c.site.scope, want) {
			t.step(c.site.unit, c.site.call, "%s of %s is given by %s", b.name, nameOf(f, f.unit), c.site.unit.source(c.site.call))
			t.expr(arg, c.site.scope, want)
			return
		}
	}
	if t.has(d.value, f.parent, want) {
		t.step(f.unit, d.value, "%s of %s is %s by default", b.name, nameOf(f, f.unit), f.unit.source(d.value))
		t.expr(d.value, f.parent, want)
	}
}

// attribute goes on from what an attribute of a module, class or object is given.
func (t *tracer) attribute(e *python.Attribute, in *scope, want func(value) bool) {
	for _, v := range t.values(e.Value, in) {
		switch v.kind {
		case module:
			t.member(v.file, e.Attr, want)
		case classVal, instance:
			t.attributeOf(v.scope, e.Attr, want)
		case client, resource: // meta.client, a sub-resource
			if want(v) {
				t.expr(e.Value, in, want)
				return
			}
		}
	}
}

func (t *tracer) attributeOf(c *scope, attr string, want func(value) bool) {
	family, _ := t.relatives(c)
	for _, k := range family {
		if b := k.names[attr]; b != nil {
			t.binding(b, want)
			for _, d := range b.defs {
				if d.kind == function {
					t.returns(d.scope, want)
				}
			}
		}
	}
	units, _ := t.prog.having(storesOf(attr), c.unit.file)
	for _, u := range units {
		for _, st := range u.stores[attr] {
			if st.target != nil && t.solver.reaches(st.target.Value, st.scope, family, c.unit.file) && t.has(st.value, st.scope, want) {
				t.step(u, st.target, "%s is %s", u.source(st.target), u.source(st.value))
				t.expr(st.value, st.scope, want)
				return
			}
		}
	}
}

// call goes on from what a call returns: from the function's own return, or, where
// it makes the client, from the service that it is given.
func (t *tracer) call(c *python.Call, in *scope, want func(value) bool) {
	for _, v := range t.values(c.Func, in) {
		switch v.kind {
		case funcVal:
			t.returns(v.scope, want)
			return
		case resource:
			if want(v) { // an action gives a resource
				t.expr(receiver(c.Func), in, want)
				return
			}
		}
	}
	if arg, ok := serviceArgument(c); ok && t.has(c, in, want) {
		if _, literal := arg.(*python.Str); !literal {
			t.step(in.unit, c, "made by %s", in.unit.source(c))
			t.expr(arg, in, func(v value) bool { return v.kind == text })
		}
	}
}

// argument goes on from the service that a maker is given.
func (t *tracer) argument(c *python.Call, in *scope, want func(value) bool) {
	if arg, ok := serviceArgument(c); ok {
		t.expr(arg, in, want)
	}
}

func (t *tracer) returns(f *scope, want func(value) bool) {
	for _, r := range f.returns {
		if t.has(r, f, want) {
			t.step(f.unit, r, "%s returns %s", nameOf(f, f.unit), f.unit.source(r))
			t.expr(r, f, want)
			return
		}
	}
}
