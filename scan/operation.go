package scan

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/coldcut/coldcut/internal/boto"
)

// meaning is one thing that a name can mean for one service.
type meaning struct {
	service, operation string
	how                string
}

// called is an operation of a service.
type called struct{ service, operation string }

// operations finds the operations of the services in use. A name that stands
// for an operation anywhere in the sources, as an identifier or as a string,
// makes it possible for every service in use; data flow makes it certain.
func (f *finder) operations(ctx context.Context) error {
	own, err := selfCallsOf(f.prog.files)
	if err != nil {
		return err
	}
	words, err := f.vocabulary(own)
	if err != nil {
		return err
	}
	if err := f.byName(); err != nil {
		return err
	}
	sorted := slices.Sorted(maps.Keys(words))
	for _, visit := range []func(string, []meaning){f.calls, f.word} {
		for _, w := range sorted {
			if err := ctx.Err(); err != nil {
				return err
			}
			visit(w, words[w])
		}
	}
	if err := f.lazyLoads(own); err != nil {
		return err
	}
	if err := f.unasked(own); err != nil {
		return err
	}
	f.credentials(own)
	f.wholeServices()
	return nil
}

// wholeServices keeps every operation of the services that are asked for one by
// a name that is not known.
func (f *finder) wholeServices() {
	for _, name := range slices.Sorted(maps.Keys(f.anyOp)) {
		var services []string
		if s, ok := f.known(name); ok {
			services = []string{s}
		} else if name == "" {
			services = slices.Sorted(maps.Keys(f.result.Services))
		}
		for _, s := range services {
			for _, r := range f.anyOp[name] {
				f.use(s, AllOperations, Possible, r.unit.pos(r.expr), r.unit.file.origin, r.unit.source(r.expr)+" asks for an operation that is not known")
			}
		}
	}
	for s, operations := range f.result.Services {
		if slices.Contains(operations, AllOperations) {
			f.result.Services[s] = []string{AllOperations}
		}
	}
}

// vocabulary maps every name by which a service in use may be asked for an
// operation to what it means.
func (f *finder) vocabulary(own *selfCalls) (map[string][]meaning, error) {
	words := map[string][]meaning{}
	for _, name := range slices.Sorted(maps.Keys(f.result.Services)) {
		s, err := f.catalog.Service(name)
		if err != nil {
			return nil, err
		}
		for _, o := range s.Operations {
			words[o.Method] = append(words[o.Method], meaning{name, o.Name, "method"})
			if o.Name != o.Method {
				words[o.Name] = append(words[o.Name], meaning{name, o.Name, "operation name"})
			}
		}
		for _, w := range s.Waiters {
			words[w.Method] = append(words[w.Method], meaning{name, w.Operation, "waiter"})
			if w.Name != w.Method {
				words[w.Name] = append(words[w.Name], meaning{name, w.Operation, "waiter"})
			}
		}
		for helper, calls := range own.Helpers {
			if helper == autoload {
				continue
			}
			for _, op := range s.Named(calls...) {
				words[helper] = append(words[helper], meaning{name, op, "boto calls it for that"})
			}
		}
		addResource(words, name, s.Resource)
	}
	return words, nil
}

func addResource(words map[string][]meaning, service string, r *boto.Resource) {
	if r == nil {
		return
	}
	for _, n := range slices.Sorted(maps.Keys(r.Names)) {
		for _, op := range r.Names[n] {
			words[n] = append(words[n], meaning{service, op, "resource"})
		}
	}
}

// ByItself is how a [Use] says that botocore may call the operation on any client,
// whatever the sources say.
const ByItself = "botocore calls it by itself"

// unasked adds the operations that botocore may call on any client.
func (f *finder) unasked(own *selfCalls) error {
	f.result.Own = slices.Sorted(maps.Keys(own.Always))
	for _, name := range slices.Sorted(maps.Keys(f.result.Services)) {
		s, err := f.catalog.Service(name)
		if err != nil {
			return err
		}
		at := f.firstMaker(name)
		for _, op := range s.Named(f.result.Own...) {
			f.use(name, op, Possible, at.Pos, at.Origin, ByItself)
		}
		for _, op := range s.Discovery {
			f.use(name, op, Possible, at.Pos, at.Origin, "botocore finds the service's endpoints with it")
		}
	}
	return nil
}

// credentials notes the services that botocore asks for credentials.
func (f *finder) credentials(own *selfCalls) {
	for name, at := range own.clients {
		if f.services[name] {
			f.result.Inner[name] = at
		}
	}
}

// autoload is the method that a resource calls when one of its plain attributes
// is read before it was loaded (boto3/resources/factory.py).
const autoload = "load"

// lazyLoads adds the operations that loading a resource calls: those of its
// model, and of the loaders that boto3 injects.
func (f *finder) lazyLoads(own *selfCalls) error {
	for _, name := range slices.Sorted(maps.Keys(f.asResource)) {
		s, err := f.catalog.Service(name)
		if err != nil {
			return err
		}
		if !f.asResource[name] || s.Resource == nil {
			continue
		}
		at := f.firstMaker(name)
		for _, op := range append(slices.Clone(s.Resource.Load), s.Named(own.Helpers[autoload]...)...) {
			f.use(name, op, Possible, at.Pos, at.Origin, "a resource loads itself when an attribute is read")
		}
	}
	return nil
}

// firstMaker is the first place that makes something of the service.
func (f *finder) firstMaker(service string) Use {
	for _, u := range f.result.Uses {
		if u.Service == service && u.Operation == "" {
			return u
		}
	}
	return Use{}
}

// word finds one name in the sources, for the operations of which nothing is
// certain yet.
func (f *finder) word(w string, means []meaning) {
	means = slices.DeleteFunc(slices.Clone(means), func(m meaning) bool {
		return f.certain[called{m.service, m.operation}] || !f.applies(m)
	})
	if len(means) == 0 {
		return
	}
	files := f.prog.named(w)
	if len(files) == 0 {
		return
	}
	at, via := f.prog.mention(files[0], w)
	for _, m := range means {
		f.use(m.service, m.operation, Possible, at, files[0].origin, via+" ("+m.how+")")
	}
}

// applies reports whether a meaning can hold: a resource's names mean something
// only where a resource may be made.
func (f *finder) applies(m meaning) bool { return m.how != "resource" || f.asResource[m.service] }

// calls records the uses of a name on what is known to be a client or a resource.
// Only groups that make one are asked: elsewhere the name alone counts.
func (f *finder) calls(w string, means []meaning) {
	for _, file := range f.prog.named(w) {
		u := f.prog.units[file]
		if u == nil || !f.makes[file.group] {
			continue
		}
		for _, r := range u.refs[w] {
			if recv := receiver(r.expr); recv != nil {
				f.callsOn(r, f.solver.values(recv, r.scope), means)
			}
		}
	}
}

func (f *finder) callsOn(r *site, on set, means []meaning) {
	for _, v := range on {
		for _, m := range means {
			if service, _ := f.known(v.text); service == m.service && (v.kind == client && m.how == "method" || v.kind == resource && m.how == "resource") {
				f.certain[called{m.service, m.operation}] = true
				f.use(m.service, m.operation, Certain, r.unit.pos(r.expr), r.unit.file.origin, r.unit.source(r.expr))
			}
		}
	}
}

// named lists the files in which a word stands that can mean an operation, in the
// order in which their evidence counts: the function's own first.
func (p *program) named(word string) []*file {
	files := slices.DeleteFunc(p.naming(word), func(f *file) bool { return f.serves })
	slices.SortStableFunc(files, func(a, b *file) int {
		return cmp.Or(cmp.Compare(a.origin, b.origin), cmp.Compare(a.name, b.name))
	})
	return files
}

// mention is the first place where a word stands in a file, and what it is
// there. A file that nothing else needs is not kept for it.
func (p *program) mention(f *file, word string) (Pos, string) {
	u := p.units[f]
	if u == nil {
		var err error
		if u, err = f.load(); err != nil {
			p.fail(err)
		}
	}
	if u == nil {
		return Pos{File: f.name, Line: 1, Column: 1}, "the word " + word
	}
	return u.mention(word)
}
