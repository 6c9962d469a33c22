package scan

import (
	"slices"

	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/internal/python"
)

// asks is one operation that a client of an unknown service is asked for.
type asks struct {
	at    *site
	means func(*boto.Service) []string
}

// byOperations finds the services that a client of an unknown service can be of,
// by what it is asked for: every service that has the operation. It needs to see
// everything that the client is asked for, so the client must not leave the
// function that makes it, and each thing asked for must be an operation.
// It reports whether all that holds.
func (f *finder) byOperations(c *python.Call, in *scope) bool {
	all, ok := f.everythingAsked(c, in)
	if !ok {
		return false
	}
	var uses []Use
	told := map[*site]bool{}
	for _, name := range f.catalog.Services() {
		s, err := f.catalog.Service(name)
		if err != nil {
			f.prog.fail(err)
			return false
		}
		for _, a := range all {
			for _, operation := range a.means(s) {
				told[a.at] = true
				uses = append(uses, Use{Service: name, Operation: operation, Pos: in.unit.pos(a.at.expr), Via: in.unit.source(a.at.expr)})
			}
		}
	}
	if len(told) < len(all) {
		return false
	}
	for _, u := range uses {
		f.use(u.Service, "", Possible, in.unit.pos(c), in.unit.file.origin, in.unit.source(c)+", asked for what "+u.Service+" has")
		f.use(u.Service, u.Operation, Possible, u.Pos, in.unit.file.origin, u.Via)
	}
	return true
}

// everythingAsked lists what a call's result is asked for; !ok where that cannot
// be seen: it is handed on, stored, captured in a way that is not followed, or
// asked for something that no rule speaks of.
func (f *finder) everythingAsked(c *python.Call, in *scope) (all []asks, ok bool) {
	u := in.unit
	if len(u.refs["locals"])+len(u.refs["vars"])+len(u.refs["globals"]) > 0 {
		return nil, false
	}
	read := u.attributesOf(c)
	for _, t := range u.assignedTo[c] {
		more, ok := u.readFromName(t, in)
		if !ok {
			return nil, false
		}
		read = append(read, more...)
	}
	for _, r := range read {
		a, ok := f.ask(r)
		if !ok {
			return nil, false
		}
		if a.means != nil {
			all = append(all, a)
		}
	}
	return all, len(all) > 0
}

// attributesOf lists the attributes that are read of exactly this expression.
func (u *unit) attributesOf(e python.Expr) (read []*site) {
	for _, rs := range u.refs {
		for _, r := range rs {
			if receiver(r.expr) == e {
				read = append(read, r)
			}
		}
	}
	slices.SortFunc(read, func(a, b *site) int { return int(a.expr.Bounds().End) - int(b.expr.Bounds().End) })
	return read
}

// readFromName lists the attributes that are read of a function's variable; !ok
// where it is used in any other way.
func (u *unit) readFromName(target python.Expr, in *scope) (read []*site, ok bool) {
	name, ok := target.(*python.Name)
	if !ok {
		return nil, false
	}
	b := in.lookup(name.ID)
	if b == nil || b.scope.kind != functionScope {
		return nil, false
	}
	for _, r := range u.refs[name.ID] {
		if _, isName := r.expr.(*python.Name); !isName || r.scope.lookup(name.ID) != b {
			continue
		}
		if r.role != asReceiver {
			return nil, false
		}
		read = append(read, u.attributesOf(r.expr)...)
	}
	return read, true
}

// ask tells what reading one attribute asks for; !ok where that is not known.
func (f *finder) ask(r *site) (a asks, ok bool) {
	attr := lastName(r.expr)
	a.at = r
	parameter, takes := takers[attr]
	switch {
	case attr == "exceptions" || attr == "close":
	case takes && r.role == asCallee:
		arg := argumentNamed(r.call, parameter)
		if arg == nil {
			return a, false
		}
		vals := f.solver.values(arg, r.scope)
		if len(vals) == 0 || vals.count(text) != len(vals) {
			return a, false
		}
		a.means = func(s *boto.Service) (operations []string) {
			for _, v := range vals {
				operations = append(operations, meanings(s, client, v.text)...)
			}
			return operations
		}
	default:
		a.means = func(s *boto.Service) []string { return s.Named(attr) }
	}
	return a, true
}
