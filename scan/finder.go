package scan

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/internal/python"
)

// finder asks the solver at every place that may concern AWS and collects the result.
type finder struct {
	prog    *program
	solver  *solver
	catalog boto.Catalog
	// installed are the botos in the package.
	installed []*boto.Installation
	services  map[string]bool // every name that the catalog knows, aliases resolved by service()
	names     map[string]purpose
	result    *Result
	seen      map[*python.Call]bool
	// asResource are the services for which a resource may be made.
	asResource map[string]bool
	// makings and asClient count, for each service, the places that make something of
	// it, and those of them that make a client.
	makings, asClient map[string]int
	makes             map[string]bool // groups that make a client or a resource
	certain           map[called]bool // operations that the data flow shows
	// anyOp are the services of which any operation may be called, with the calls
	// whose operation is not known; "" means all services.
	anyOp map[string][]*site
}

func (f *finder) run(ctx context.Context, declarations []Declaration) (*Result, error) {
	f.result = &Result{
		Catalog: f.catalog.Source(), Files: len(f.prog.files), Bytes: f.prog.size,
		Services: map[string][]string{}, Versions: map[string][]string{}, Inner: map[string]Pos{},
	}
	f.services = map[string]bool{}
	for _, s := range f.catalog.Services() {
		f.services[s] = true
	}
	f.seen, f.anyOp, f.asResource, f.makes = map[*python.Call]bool{}, map[string][]*site{}, map[string]bool{}, map[string]bool{}
	f.certain, f.makings, f.asClient = map[called]bool{}, map[string]int{}, map[string]int{}
	f.names = maps.Clone(makers)
	f.brokenFiles()
	f.opaqueFiles()
	f.makers()
	f.dynamic()
	f.nameless()
	f.commands()
	f.sources()
	f.profiles()
	f.result.Docutils = f.prog.docutilsAside
	f.within()
	if err := f.settle(declarations); err != nil {
		return nil, err
	}
	f.result.Entries, f.result.Skipped = f.prog.entries, f.prog.skipped
	if f.prog.graph != nil {
		f.result.Distributions = f.prog.graph.distributions()
	}
	f.result.Notes = append(f.result.Notes, f.prog.notes...)
	if err := f.operations(ctx); err != nil {
		return nil, err
	}
	f.versions()
	f.result.ClientsOnly = f.clientsOnly()
	f.result.Sort()
	return f.result, f.prog.err
}

// brokenFiles reports the files that do not parse. The function's own keep
// everything; an installed one keeps what it names, and everything if it names boto.
func (f *finder) brokenFiles() {
	for _, file := range f.prog.files {
		if file.broken == nil || file.family {
			continue
		}
		at := Pos{File: file.name, Line: file.broken.Line, Column: file.broken.Column}
		if file.origin == "" || file.names(botoNames...) {
			f.unresolved(at, file.origin, "the file does not parse as Python 3: %s", file.broken.Message)
			continue
		}
		f.note(at, "the file does not parse as Python 3 (%s): every service that it names is kept", file.broken.Message)
		for s := range f.services {
			if file.names(s) {
				f.use(s, "", Possible, at, file.origin, "named in a file that does not parse")
			}
		}
	}
}

// opaqueFiles reports code that cannot be read at all and that mentions boto.
func (f *finder) opaqueFiles() {
	for _, o := range f.prog.opaque {
		f.unresolved(Pos{File: o.name, Line: 1, Column: 1}, o.origin, "%s", o.why)
	}
}

func (file *file) names(words ...string) bool {
	for _, w := range words {
		if file.words.has(hashWord(w)) {
			return true
		}
	}
	return false
}

// filesOf lists the files in which a maker's name counts: those that know boto,
// for a name like __call__ that says nothing by itself.
func (f *finder) filesOf(maker string) []*file {
	if makers[maker] == forAlias {
		return f.botoFiles(maker)
	}
	return f.prog.filesWith(maker)
}

// makers visits every reference to a maker, by its own name or by one that it
// is given, until no new name turns up.
func (f *finder) makers() {
	for todo := slices.Sorted(maps.Keys(f.names)); len(todo) > 0; {
		var found []string
		for _, name := range todo {
			for _, u := range f.prog.unitsOf(f.filesOf(name)) {
				found = append(found, f.reference(u, name)...)
			}
		}
		todo = nil
		for _, alias := range found {
			if _, known := f.names[alias]; !known {
				f.names[alias] = forAlias
				todo = append(todo, alias)
			}
		}
	}
}

// reference handles every reference to one name in one unit and returns the
// names that are surely bound to a maker.
func (f *finder) reference(u *unit, name string) (aliases []string) {
	for _, alias := range u.importedAs[name] {
		b := u.module.names[alias]
		switch {
		case b == nil || f.isMaker(f.solver.bound(b)):
			aliases = append(aliases, alias)
		case doubtful(f.solver.bound(b)):
			f.aliasHere(u, alias)
		}
	}
	for _, r := range u.refs[name] {
		switch r.role {
		case asCallee:
			f.made(r.call, r.scope)
		case asReceiver, asType:
		default:
			if f.knowsBoto(u.file) || f.isMaker(f.solver.values(r.expr, r.scope)) {
				aliases = append(aliases, f.escape(r)...)
			}
		}
	}
	return aliases
}

// knowsBoto reports whether what looks like a maker in a file may be one: installed
// code that never names boto is only handed those that the data flow shows.
func (f *finder) knowsBoto(file *file) bool { return file.origin == "" || f.prog.aware[file.group] }

// doubtful reports whether a value may be a maker that the sources do not show: it is
// unknown, or comes from a module that is not among them.
func doubtful(vals set) bool {
	return slices.ContainsFunc(vals, func(v value) bool {
		return v.kind == unknown || v.kind == global && !isBoto(v.text)
	})
}

func (f *finder) isMaker(vals set) bool {
	return slices.ContainsFunc(vals, func(v value) bool { return v.kind == global && makerOf(v.text) != 0 })
}

// escape handles a maker that is used as a value: bound to a name it is called
// by that name too; handed on in any other way, its calls cannot be seen. What
// may be one, as x.client of an unknown x, is followed within its file.
func (f *finder) escape(r *site) []string {
	vals := f.solver.values(r.expr, r.scope)
	names := namesOf(r.unit.assignedTo[r.expr])
	switch {
	case r.role == asArgument && f.partial(r, vals):
	case f.isMaker(vals) && names != nil && !f.intercepted(r):
		return names
	case f.isMaker(vals):
		f.unresolved(r.unit.pos(r.expr), r.unit.file.origin,
			"%s is handed on as a value, so the services it is called with cannot be seen", r.unit.source(r.expr))
	case names == nil && f.ofAnyModule(r):
		f.unresolved(r.unit.pos(r.expr), r.unit.file.origin,
			"%s is handed on as a value, and the module may be boto3", r.unit.source(r.expr))
	case doubtful(vals):
		for _, alias := range names {
			f.aliasHere(r.unit, alias)
		}
		if r.role == asArgument && receiver(r.expr) != nil {
			f.beside(r)
		}
		if of := r.scope.function(); of != nil && of.fn != nil && isProperty(of.fn) && slices.Contains(of.returns, r.expr) {
			f.aliasHere(r.unit, of.fn.Name)
		}
	}
	return nil
}

// ofAnyModule reports whether a reference is a maker's name on a module that could be
// any.
func (f *finder) ofAnyModule(r *site) bool {
	of := receiver(r.expr)
	return of != nil && makers[lastName(r.expr)] != 0 && f.solver.values(of, r.scope).has(anyModule)
}

// intercepted reports whether a class has code that runs where r is assigned to one of
// its attributes: that may keep it under another name.
func (f *finder) intercepted(r *site) bool {
	return slices.ContainsFunc(r.unit.assignedTo[r.expr], func(t python.Expr) bool {
		of := receiver(t)
		return of != nil && slices.ContainsFunc(f.solver.values(of, r.scope), func(v value) bool {
			return v.kind == instance && f.solver.intercepts(v.scope, lastName(t))
		})
	})
}

// intercepts reports whether a class has a __setattr__, a property or a descriptor
// for an attribute.
func (s *solver) intercepts(c *scope, attr string) bool {
	family, _ := s.relatives(c)
	return slices.ContainsFunc(family, func(k *scope) bool {
		if k.names["__setattr__"] != nil {
			return true
		}
		b := k.names[attr]
		return b != nil && slices.ContainsFunc(b.defs, func(d def) bool {
			return d.kind == function || d.kind == assigned && s.expr(d.value, d.scope).any(instance)
		})
	})
}

func namesOf(targets []python.Expr) []string {
	var names []string
	for _, t := range targets {
		names = append(names, lastName(t))
	}
	return names
}

// partial handles partial(maker, service): a call that is made later.
func (f *finder) partial(r *site, vals set) bool {
	c := r.call
	if name := lastName(c.Func); name != "partial" && name != "partialmethod" || len(c.Args) == 0 || c.Args[0] != r.expr {
		return false
	}
	later := &python.Call{Span: c.Span, Func: c.Args[0], Args: c.Args[1:], Keywords: c.Keywords}
	if _, ok := serviceArgument(later); !ok && !unpacks(later) {
		return false
	}
	what, certainty := f.purpose(vals, f.names[lastName(r.expr)])
	if what == 0 || what == forAll {
		return false
	}
	f.version(later, r.scope, f.service(later, r.scope, what, certainty))
	return true
}

// beside takes the services that are handed on together with what may be a maker,
// as in submit(session.client, "s3"), for what it is called with.
func (f *finder) beside(r *site) {
	for _, a := range r.call.Args {
		if a == r.expr {
			continue
		}
		vals := f.solver.values(a, r.scope)
		for _, v := range vals.join(f.solver.elements(vals)...) {
			if s, ok := f.known(v.text); ok && v.kind == text {
				f.use(s, "", Possible, r.unit.pos(r.call), r.unit.file.origin, r.unit.source(r.call))
			}
		}
	}
}

// aliasHere visits the calls in one file of a name that may stand for a maker.
func (f *finder) aliasHere(u *unit, alias string) {
	if _, known := f.names[alias]; known {
		return
	}
	for _, r := range u.refs[alias] {
		if r.role == asCallee {
			f.madeBy(r.call, r.scope, forAlias)
		}
	}
}

// made handles one call that may make a client, a resource or a model.
func (f *finder) made(c *python.Call, in *scope) {
	f.madeBy(c, in, f.names[lastName(c.Func)])
}

// madeBy handles a call whose callee, where it is not known, may have a purpose.
func (f *finder) madeBy(c *python.Call, in *scope, otherwise purpose) {
	if f.seen[c] {
		return
	}
	f.seen[c] = true
	what, certainty := f.maker(c, in, otherwise)
	if what == 0 {
		return
	}
	u := in.unit
	if what == forAll {
		f.unresolved(u.pos(c), u.file.origin, "%s lists every service there is", u.source(c.Func))
		return
	}
	f.version(c, in, f.service(c, in, what, certainty))
}

// maker tells what a call makes, and how sure that is.
func (f *finder) maker(c *python.Call, in *scope, otherwise purpose) (purpose, Certainty) {
	return f.purpose(f.solver.values(c.Func, in), otherwise)
}

// purpose tells what calling any of vals makes. A resource counts before a client,
// since it is one too; what may come from outside the sources has the purpose that
// its name suggests.
func (f *finder) purpose(vals set, otherwise purpose) (what purpose, certainty Certainty) {
	for _, v := range vals {
		if v.kind != global {
			continue
		}
		if p := makerOf(v.text); p != 0 && (what == 0 || p == forResource) {
			what, certainty = p, Certain
		}
	}
	if what == 0 && doubtful(vals) {
		what, certainty = otherwise, Possible
	}
	return what, certainty
}

// service resolves the service that a maker is given and returns those found.
func (f *finder) service(c *python.Call, in *scope, what purpose, certainty Certainty) []string {
	u := in.unit
	vals, given := f.given(c, in)
	if !given {
		if certainty == Certain && what != forModel {
			f.note(u.pos(c), "%s is called without a service", u.source(c.Func))
		}
		return nil
	}
	found, doubt := f.found(vals, certainty, u, c)
	for _, s := range found {
		f.use(s, "", certainty, u.pos(c), u.file.origin, u.source(c))
		f.makes[u.file.group] = true
		f.asResource[s] = f.asResource[s] || what == forResource || what == forAlias
		if what == forClient {
			f.asClient[s]++
		}
	}
	if doubt != "" && (what != forAlias || certainty == Certain || f.isAlias(lastName(c.Func))) && !(what == forClient && f.byOperations(c, in)) {
		f.unresolved(u.pos(c), u.file.origin, "the service of %s is not known: %s", u.source(c), doubt)
	}
	return found
}

// isAlias reports whether a name is surely bound to a maker somewhere.
func (f *finder) isAlias(name string) bool { return makers[name] == 0 && f.names[name] == forAlias }

// found sorts what a maker is given into services and the first reason for doubt.
func (f *finder) found(vals set, certainty Certainty, u *unit, c *python.Call) (services []string, doubt string) {
	for _, v := range vals {
		switch v.kind {
		case text:
			if s, ok := f.known(v.text); ok {
				services = append(services, s)
			} else if certainty == Certain {
				f.note(u.pos(c), "%s: %s has no service %q", u.source(c), f.catalog.Source(), v.text)
			}
		case unknown:
			doubt = cmp.Or(doubt, v.text)
		case answer:
			doubt = cmp.Or(doubt, "it is read from the answer of an AWS service")
		case plain:
		default:
			doubt = cmp.Or(doubt, "it is something that the scan does not follow")
		}
	}
	_, written := serviceArgument(c)
	if written && len(vals) == 0 || certainty == Certain && vals.without(plain) == nil {
		doubt = "nothing in the sources gives it a value"
	}
	return services, doubt
}

// given evaluates the service that a maker's call is given; !given where it has none.
func (f *finder) given(c *python.Call, in *scope) (set, bool) {
	if arg, ok := serviceArgument(c); ok {
		return f.solver.values(arg, in), true
	}
	if !unpacks(c) {
		return nil, false
	}
	vals := f.solver.argument(&site{unit: in.unit, scope: in, call: c}, 0)
	for _, k := range c.Keywords {
		if k.Name == "" {
			vals = vals.join(f.solver.entry(k.Value, in, "service_name")...)
		}
	}
	return vals, true
}

// known resolves a name or alias to a service of the catalog.
func (f *finder) known(name string) (string, bool) {
	name, _, _ = strings.Cut(name, "/") // as the Loader has it
	if s, ok := f.catalog.Alias(name); ok {
		return s, true
	}
	return name, f.services[name]
}

// version notes the API version that a maker is given.
func (f *finder) version(c *python.Call, in *scope, services []string) {
	for _, k := range c.Keywords {
		if k.Name != "api_version" {
			continue
		}
		for _, v := range f.solver.values(k.Value, in) {
			switch v.kind {
			case plain: // None
			case text:
				for _, s := range services {
					f.addVersion(s, v.text)
				}
			default:
				f.anyVersion(services)
			}
		}
	}
}

// anyVersion keeps every API version of the services; of all, where none was resolved.
func (f *finder) anyVersion(services []string) {
	if len(services) == 0 {
		services = []string{AllOperations}
	}
	f.result.AnyVersion = append(f.result.AnyVersion, services...)
}

func (f *finder) addVersion(service, version string) {
	if !slices.Contains(f.result.Versions[service], version) {
		f.result.Versions[service] = append(f.result.Versions[service], version)
	}
}

// botoFiles lists the files that were already loaded, since something in them
// led to a maker, the function's own and those that name boto, as far as the word
// stands in them.
func (f *finder) botoFiles(word string) []*file {
	return slices.DeleteFunc(f.prog.filesWith(word), func(file *file) bool { return !f.mayKnowBoto(file) })
}

func (f *finder) mayKnowBoto(file *file) bool {
	return f.prog.units[file] != nil || file.origin == "" || file.names(botoNames...)
}

// profiles notes where the function's own code names a profile: its credentials
// may then come from a service.
func (f *finder) profiles() {
	for _, u := range f.prog.unitsOf(f.prog.filesWith("profile_name")) {
		if u.file.origin != "" || f.result.Profile != nil {
			continue
		}
		for _, c := range u.calls {
			for _, k := range c.call.Keywords {
				if k.Name == "profile_name" && f.result.Profile == nil {
					at := u.pos(k.Value)
					f.result.Profile = &at
				}
			}
		}
	}
}

// versions keeps, for each service in use, the API versions that stand in the
// sources as strings: botocore's Loader takes them in more ways than api_version=.
func (f *finder) versions() {
	if f.prog.mentions("api_versions") {
		f.result.AnyVersion = append(f.result.AnyVersion, AllOperations)
	}
	lister, ok := f.catalog.(interface{ Versions(string) []string })
	if !ok {
		return
	}
	for s := range f.result.Services {
		versions := lister.Versions(s)
		if len(versions) < 2 {
			continue
		}
		for _, v := range versions {
			if f.prog.mentions(v) {
				f.addVersion(s, v)
			}
		}
	}
}

func (f *finder) use(service, operation string, c Certainty, at Pos, origin, via string) {
	if operation == "" {
		f.makings[service]++
	}
	f.result.Uses = append(f.result.Uses, Use{Service: service, Operation: operation, Certainty: c, Pos: at, Via: via, Origin: origin})
	ops := f.result.Services[service]
	if operation != "" && !slices.Contains(ops, operation) {
		ops = append(ops, operation)
	}
	if ops == nil {
		ops = []string{}
	}
	f.result.Services[service] = ops
}

// resourceMachinery are the names by which sources make resources without boto3's
// sessions, or read their models (boto3/session.py, Session.resource).
var resourceMachinery = []string{"ResourceFactory", "load_from_definition", "resources-1"}

// clientsOnly are the services of which nothing makes a resource. One place that is
// not resolved may make one of any service, settled or not; what is declared, or
// named in code that cannot be read, may be used in either way.
func (f *finder) clientsOnly() (services []string) {
	if len(f.result.Unresolved)+len(f.result.Settled) > 0 || slices.ContainsFunc(resourceMachinery, f.prog.mentions) {
		return nil
	}
	for _, s := range slices.Sorted(maps.Keys(f.makings)) {
		if f.makings[s] == f.asClient[s] && !f.asResource[s] {
			services = append(services, s)
		}
	}
	return services
}

func (f *finder) unresolved(at Pos, origin, format string, args ...any) {
	f.result.Unresolved = append(f.result.Unresolved, Unresolved{Pos: at, Reason: fmt.Sprintf(format, args...), Origin: origin})
}

func (f *finder) note(at Pos, format string, args ...any) {
	f.result.Notes = append(f.result.Notes, Note{Pos: at, Message: fmt.Sprintf(format, args...)})
}

// Sort puts every list in the order in which people read it, own code first.
func (r *Result) Sort() {
	slices.SortFunc(r.Uses, func(a, b Use) int {
		return cmp.Or(cmp.Compare(a.Origin, b.Origin), comparePos(a.Pos, b.Pos), cmp.Compare(a.Service, b.Service), cmp.Compare(a.Operation, b.Operation),
			cmp.Compare(a.Certainty, b.Certainty), cmp.Compare(a.Via, b.Via))
	})
	r.Uses = slices.Compact(r.Uses)
	slices.SortFunc(r.Unresolved, func(a, b Unresolved) int {
		return cmp.Or(cmp.Compare(a.Origin, b.Origin), comparePos(a.Pos, b.Pos), cmp.Compare(a.Reason, b.Reason))
	})
	slices.SortFunc(r.Settled, func(a, b Unresolved) int {
		return cmp.Or(cmp.Compare(a.Origin, b.Origin), comparePos(a.Pos, b.Pos), cmp.Compare(a.Reason, b.Reason))
	})
	slices.SortFunc(r.Declarations, func(a, b Declaration) int {
		return cmp.Or(comparePos(a.Pos, b.Pos), cmp.Compare(a.Place, b.Place))
	})
	slices.SortFunc(r.Notes, func(a, b Note) int {
		return cmp.Or(comparePos(a.Pos, b.Pos), cmp.Compare(a.Message, b.Message))
	})
	r.Notes = slices.Compact(r.Notes)
	for s := range r.Services {
		slices.Sort(r.Services[s])
	}
	for s := range r.Versions {
		slices.Sort(r.Versions[s])
	}
	slices.Sort(r.AnyVersion)
	r.AnyVersion = slices.Compact(r.AnyVersion)
}

func comparePos(a, b Pos) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}
