package scan

import (
	"slices"

	"github.com/coldcut/coldcut/internal/python"
)

// withAdditions notes that a container may grow elsewhere: one that is bound to
// a name in a scope, or, where that is nil, to an attribute. Only files that can
// reach the file where it is bound can write into it.
func withAdditions(vals set, name string, in *scope, from *file) set {
	if holds(vals) {
		return vals.join(value{kind: additions, text: name, scope: in, file: from})
	}
	return vals
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
