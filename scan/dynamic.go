package scan

import (
	"slices"
	"strings"

	"github.com/coldcut/coldcut/internal/python"
)

// Makers that are reached without their name standing where they are called: by
// getattr, through a dictionary, or by source that is evaluated.

// dynamic reports attributes of boto3 and its sessions that are read by a name
// which is not known.
func (f *finder) dynamic() {
	for r := range f.references("getattr") {
		if r.role == asCallee && len(r.call.Args) > 1 {
			f.getattr(r)
		}
	}
	for _, how := range []string{"methodcaller", "attrgetter", "__getattribute__"} {
		for r := range f.references(how) {
			f.readByName(r, how)
		}
	}
	for _, how := range []string{"__func__", "__get__", "__wrapped__", "__code__"} {
		for r := range f.references(how) {
			f.unwrapped(r, how)
		}
	}
	for _, how := range []string{"__dict__", "vars"} {
		for r := range f.references(how) {
			f.viewed(r, how)
		}
	}
	for _, file := range f.prog.files {
		if u := f.prog.units[file]; u != nil {
			f.viewedItems(u)
		}
	}
}

// viewedItems handles vars(x)["name"] that is a maker, as what getattr reads.
func (f *finder) viewedItems(u *unit) {
	for _, r := range u.viewedItems {
		called := func(c *site) bool { return c.call.Func == r.expr }
		if !f.isMaker(f.solver.values(r.expr, r.scope)) || slices.ContainsFunc(u.nameless, called) {
			continue
		}
		for _, alias := range f.escape(r) {
			f.aliasHere(u, alias)
		}
	}
}

// readByName reports a maker that is read by its name in a string.
func (f *finder) readByName(r *site, how string) {
	if r.role != asCallee {
		return
	}
	for _, a := range r.call.Args {
		for _, v := range f.solver.values(a, r.scope) {
			if v.kind == text && f.names[v.text] != 0 {
				f.unresolved(r.unit.pos(r.call), r.unit.file.origin, "%s may read %s of boto3, so the services it is called with cannot be seen", how, v.text)
			}
		}
	}
}

// viewed reports boto3 and its sessions where they are read as dictionaries.
func (f *finder) viewed(r *site, how string) {
	of := receiver(r.expr)
	if r.role == asCallee && len(r.call.Args) == 1 {
		of = r.call.Args[0]
	}
	if of != nil && isBotoObject(f.solver.values(of, r.scope)) {
		f.unresolved(r.unit.pos(r.expr), r.unit.file.origin, "boto3 is read through %s, so what is taken from it cannot be seen", how)
	}
}

// unwrapped reports a maker that is called by way of what it is made of.
func (f *finder) unwrapped(r *site, how string) {
	if of := receiver(r.expr); of != nil && f.isMaker(f.solver.values(of, r.scope)) {
		f.unresolved(r.unit.pos(r.expr), r.unit.file.origin, "%s is taken of a maker of boto3, so the services it is called with cannot be seen", how)
	}
}

// isBotoObject reports whether a value may be the boto3 module or a session.
func isBotoObject(vals set) bool {
	return slices.ContainsFunc(vals, func(v value) bool {
		return v.kind == session || v.kind == global && (v.text == "boto3" || v.text == "aioboto3")
	})
}

// sources reports eval and exec of text that mentions boto, or that is not known.
func (f *finder) sources() {
	files := slices.DeleteFunc(f.prog.filesWith(evaluation), func(file *file) bool {
		return file.origin != "" && !file.boto // installed code counts by what it runs
	})
	for _, u := range f.prog.unitsOf(files) {
		for _, c := range u.calls {
			if isEvaluator(c.call.Func) && len(c.call.Args) > 0 {
				f.evaluated(c)
			}
		}
	}
}

func (f *finder) evaluated(r *site) {
	how := lastName(r.call.Func)
	for _, v := range f.solver.values(r.call.Args[0], r.scope) {
		switch {
		case v.kind == text && f.speaksOfBoto(v.text):
			f.unresolved(r.unit.pos(r.call), r.unit.file.origin, "%s runs source that mentions boto, or a maker of it", how)
		case v.kind == unknown && r.unit.file.origin == "":
			f.unresolved(r.unit.pos(r.call), r.unit.file.origin, "%s runs source that is not known: %s", how, v.text)
		}
	}
}

// speaksOfBoto reports whether a source names boto, or something that is bound to a
// maker elsewhere.
func (f *finder) speaksOfBoto(source string) bool {
	if slices.ContainsFunc(botoNames, func(n string) bool { return strings.Contains(source, n) }) {
		return true
	}
	words := wordsOfText([]byte(source))
	for name := range f.names {
		if f.isAlias(name) && words.has(hashWord(name)) {
			return true
		}
	}
	return false
}

func (f *finder) getattr(r *site) {
	named := f.solver.values(r.call.Args[1], r.scope)
	if !named.any(unknown) {
		f.gotten(r, named)
		return
	}
	for _, v := range f.solver.values(r.call.Args[0], r.scope) {
		switch {
		case isBotoObject(set{v}):
			f.unresolved(r.unit.pos(r.call), r.unit.file.origin,
				"%s reads an attribute of boto3 whose name is not known: %s", r.unit.source(r.call), doubt(named))
		}
	}
}

// gotten handles getattr(x, "client"): called at once it is nameless, bound to a name
// it is called by that; else its calls cannot be seen.
func (f *finder) gotten(r *site, named set) {
	maker := func(v value) bool { return v.kind == text && f.names[v.text] != 0 }
	called := func(c *site) bool { return c.call.Func == python.Expr(r.call) }
	if !slices.ContainsFunc(named, maker) || slices.ContainsFunc(r.unit.nameless, called) {
		return
	}
	for _, alias := range f.escape(&site{unit: r.unit, scope: r.scope, expr: r.call}) {
		f.aliasHere(r.unit, alias)
	}
	for _, v := range named {
		if v.kind == text && f.isAlias(v.text) && r.unit.assignedTo[r.call] == nil && doubtful(f.solver.values(r.call, r.scope)) {
			f.unresolved(r.unit.pos(r.call), r.unit.file.origin, "%s may read %s, which is a maker of boto3 elsewhere, so the services it is called with cannot be seen", r.unit.source(r.call), v.text)
		}
	}
}

func doubt(s set) string {
	for _, v := range s {
		if v.kind == unknown {
			return v.text
		}
	}
	return ""
}

// nameless visits the calls whose callee has no name, as in
// getattr(boto3, "client")("s3"): what may be a maker counts as one where the code
// around knows boto.
func (f *finder) nameless() {
	for _, file := range f.prog.files {
		u := f.prog.units[file]
		if u == nil || file.family {
			continue
		}
		var otherwise purpose
		if f.knowsBoto(file) {
			otherwise = forAlias
		}
		for _, c := range u.nameless {
			f.madeBy(c.call, c.scope, otherwise)
		}
	}
}
