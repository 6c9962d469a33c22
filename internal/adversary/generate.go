// Package adversary writes programs that use boto3 in ways that no person would,
// runs them to see what they really use, and holds the scan to it.
//
// A program is a few flows: the name of a service is made, carried about, given to
// a maker, and the client is carried about until an operation of it is called. The
// ways to do each are templates in idioms.txt, and they nest.
package adversary

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/internal/boto"
)

// Program is a package with a module app that Python can import.
type Program struct {
	Seed  uint64
	Files map[string]string
	// Idioms are the templates that it is made of.
	Idioms []string
}

// what a value is, as the flags of idioms.txt have it.
const (
	isString   = "string"
	isClient   = "client"
	isResource = "resource"
	isOther    = "other"
)

// generator writes one program.
type generator struct {
	*rand.Rand
	modules []*module
	names   map[string]bool
	used    []string
	// budget is how many idioms the flow may still have, beyond the plainest ways:
	// one that the scan does not follow hides what it makes of the others.
	budget int
	// once tells that the flow has an idiom that must not stand in itself.
	once bool
	// service is what the flow is about, decoys what it is not.
	service *boto.Service
	decoys  []*boto.Service
}

// module is one file. Those of a lib belong to an installed distribution.
type module struct {
	name, path, lib string
	imports, lines  []string
}

// scope is a place to write statements at.
type scope struct {
	mod    *module
	indent string
}

func (s scope) emit(line string) { s.mod.lines = append(s.mod.lines, s.indent+line) }

// step does one thing to a value and returns the expression for the next, which
// holds at the scope that it returns.
type step struct {
	do func(at scope, e string, inner []step) (scope, string, int)
	// outermost steps leave the scope that they are in.
	outermost bool
}

// Generate writes the program of a seed, with services of the catalog.
func Generate(seed uint64, catalog []*boto.Service) *Program {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 0)), names: map[string]bool{"app": true}}
	app := &module{name: "app", path: "app.py"}
	g.modules = append(g.modules, app)
	for range 1 + g.few(0.25, 2) {
		g.once, g.budget = false, 1+g.few(0.5, 5)
		g.service = pick(g, catalog)
		g.decoys = []*boto.Service{pick(g, catalog), pick(g, catalog)}
		g.flow(app)
	}
	return g.program(seed)
}

func pick[T any](g *generator, from []T) T { return from[g.IntN(len(from))] }

// few is how often in a row a chance comes, bounded.
func (g *generator) few(chance float64, most int) int {
	n := 0
	for n < most && g.Float64() < chance {
		n++
	}
	return n
}

// flow writes one use of a service into app, or into modules that app imports.
func (g *generator) flow(app *module) {
	at := scope{mod: app}
	if g.Float64() < 0.4 {
		at.mod = g.module(g.Float64() < 0.3)
	}
	g.decoy(at)
	if at.mod == app && g.Float64() < 0.3 {
		f := g.fresh("f")
		at.emit("def " + f + "(event=None, context=None):")
		inner := scope{mod: app, indent: "    "}
		_, e := g.run(inner, g.steps(), g.text(inner, g.service.Name), true)
		inner.emit("return " + e)
		at.emit(f + "()")
		return
	}
	to, e := g.run(at, g.steps(), g.text(at, g.service.Name), false)
	to.emit(e)
	if to.mod != app {
		app.lines = append(app.lines, "import "+to.mod.name)
	}
}

// steps are what a flow does to the string that names its service.
func (g *generator) steps() []step {
	asResource := g.service.Resource != nil && g.Float64() < 0.6
	var all []step
	all = g.carries(all, isString)
	all = append(all, g.make(asResource))
	if asResource {
		all = g.carries(all, isResource)
		return append(all, g.operate("act"))
	}
	all = g.carries(all, isClient)
	return append(all, g.operate("operate"))
}

func (g *generator) carries(to []step, what string) []step {
	for range 3 {
		if g.spend(0.08) {
			to = append(to, g.move())
		}
		if g.spend(0.3) {
			to = append(to, g.carry(what))
		}
	}
	return to
}

// spend decides for an idiom, as far as the budget allows.
func (g *generator) spend(chance float64) bool {
	if g.budget == 0 || g.Float64() >= chance {
		return false
	}
	g.budget--
	return true
}

// run does the steps. One that opens a scope does some of the next ones in there.
func (g *generator) run(at scope, steps []step, e string, inside bool) (scope, string) {
	for len(steps) > 0 {
		first := steps[0]
		steps = steps[1:]
		if first.outermost && (inside || at.indent != "") {
			continue
		}
		var done int
		at, e, done = first.do(at, e, steps)
		steps = steps[done:]
	}
	return at, e
}

// choose draws an idiom that fits.
func (g *generator) choose(kind, what string, at scope) *idiom {
	for {
		i := pick(g, idioms[kind])
		if !g.fits(i, what, at) {
			continue
		}
		if i.has("once") {
			g.once = true
		}
		g.used = append(g.used, kind+": "+i.name)
		return i
	}
}

func (g *generator) fits(i *idiom, what string, at scope) bool {
	switch {
	case i.has(isString) && what != isString,
		i.has("module") && at.indent != "",
		i.has("once") && g.once,
		i.has("paginator") && len(g.service.Paginators) == 0,
		i.has("waiter") && len(g.service.Waiters) == 0:
		return false
	}
	return true
}

func (g *generator) carry(what string) step {
	return step{do: func(at scope, e string, next []step) (scope, string, int) {
		a := application{g: g, idiom: g.choose("carry", what, at), value: e, inner: next}
		return a.apply(at)
	}}
}

func (g *generator) move() step {
	return step{outermost: true, do: func(at scope, e string, _ []step) (scope, string, int) {
		a := application{g: g, idiom: g.choose("move", isOther, at), value: e}
		return a.apply(at)
	}}
}

// make calls a maker, which is carried about itself.
func (g *generator) make(asResource bool) step {
	kind := "maker"
	if asResource {
		kind = "resource"
	}
	return step{do: func(at scope, e string, _ []step) (scope, string, int) {
		maker := application{g: g, idiom: idioms[kind][0]}
		if g.spend(0.4) {
			maker.idiom = g.choose(kind, isOther, at)
		}
		_, f, _ := maker.apply(at)
		for range 2 {
			if g.spend(0.2) {
				_, f = g.run(at, []step{g.carry(isOther)}, f, true)
			}
		}
		if !g.spend(0.3) {
			return at, f + "(" + e + ")", 0
		}
		call := application{g: g, idiom: g.choose("make", isOther, at), value: e, maker: f}
		return call.apply(at)
	}}
}

func (g *generator) operate(kind string) step {
	return step{do: func(at scope, e string, _ []step) (scope, string, int) {
		a := application{g: g, idiom: idioms[kind][0], value: e}
		if g.spend(0.6) {
			a.idiom = g.choose(kind, isClient, at)
		}
		return a.apply(at)
	}}
}

// text writes an expression for a string, simple or not.
func (g *generator) text(at scope, s string) string {
	if !g.spend(0.25) || len(s) < 2 {
		return quote(s)
	}
	a := application{g: g, idiom: g.choose("string", isString, at), literal: s}
	_, e, _ := a.apply(at)
	return e
}

func quote(s string) string { return `"` + s + `"` }

// application is one use of an idiom.
type application struct {
	g     *generator
	idiom *idiom
	// value is the expression that it is used on, literal the string that it makes,
	// maker the function that it calls.
	value, literal, maker string
	// inner are the steps that may be done inside, done how many were.
	inner []step
	done  int
	names map[string]string
	// here is where it begins; operation, waiter and action are what it calls.
	here           *module
	operation      boto.Operation
	waiter, action string
}

var (
	placeholder = regexp.MustCompile(`\$[A-Za-z]|%[xymnkj]\b|%[xymnkj]_`)
	inside      = regexp.MustCompile(`<<(.*?)>>`)
	operation   = regexp.MustCompile(`OPERATION\((\w+)\)`)
	moduleOf    = regexp.MustCompile(`^#(file|lib) (\$[a-z])$`)
	hoistable   = regexp.MustCompile(`^(import|from) `)
)

// apply writes the idiom's lines and returns its result, with the scope at which
// that holds and the number of inner steps that were done.
func (a *application) apply(at scope) (scope, string, int) {
	a.names, a.here = map[string]string{}, at.mod
	a.called()
	home := at
	for _, line := range a.idiom.lines {
		if m := moduleOf.FindStringSubmatch(line); m != nil {
			mod := a.g.module(m[1] == "lib")
			a.names[m[2]] = mod.name
			at = scope{mod: mod}
			continue
		}
		switch line {
		case "#here":
			at = home
		case "#next":
			at = scope{mod: a.g.module(a.g.Float64() < 0.2)}
			home = at
		default:
			a.line(at, line)
		}
	}
	return home, a.expand(home, a.idiom.result), a.done
}

// line writes one line, after what the steps that are done inside it need.
func (a *application) line(at scope, line string) {
	text := strings.TrimLeft(line, " ")
	at.indent += line[:len(line)-len(text)]
	text = a.expand(at, text)
	if hoistable.MatchString(text) && !strings.HasPrefix(line, " ") && a.idiom.kind != "move" && at.indent != "" {
		if !slices.Contains(at.mod.imports, text) {
			at.mod.imports = append(at.mod.imports, text)
		}
		return
	}
	at.emit(text)
}

// expand fills the placeholders of a line or a result.
func (a *application) expand(at scope, text string) string {
	text = placeholder.ReplaceAllStringFunc(text, a.name)
	text = operation.ReplaceAllStringFunc(text, func(m string) string {
		return a.operationName(at, operation.FindStringSubmatch(m)[1])
	})
	text = a.constants().Replace(text)
	return inside.ReplaceAllStringFunc(text, func(m string) string {
		return a.inside(at, strings.TrimSuffix(strings.TrimPrefix(m, "<<"), ">>"))
	})
}

// inside does some of the steps to come on an expression.
func (a *application) inside(at scope, e string) string {
	a.done = a.g.IntN(len(a.inner) + 1)
	_, e = a.g.run(at, a.inner[:a.done], e, true)
	return e
}

// operationName is an expression for the name of the operation that is called.
func (a *application) operationName(at scope, which string) string {
	name := map[string]string{"METHOD": a.operation.Method, "NAME": a.operation.Name, "WAITER": a.waiter, "ACTION": a.action}[which]
	e := a.g.text(at, name)
	for range a.g.few(0.2, 1) {
		_, e = a.g.run(at, []step{a.g.carry(isString)}, e, true)
	}
	return e
}

// called draws what is called on the client or resource.
func (a *application) called() {
	g := a.g
	a.operation = pick(g, g.service.Operations)
	if a.idiom.has("paginator") {
		name := pick(g, g.service.Paginators)
		i := slices.IndexFunc(g.service.Operations, func(o boto.Operation) bool { return o.Name == name })
		a.operation = g.service.Operations[max(i, 0)]
	}
	if len(g.service.Waiters) > 0 {
		a.waiter = pick(g, g.service.Waiters).Method
	}
	if a.idiom.kind == "act" {
		a.action = pick(g, actionsOf(g.service))
	}
}

// actionsOf lists the names of a resource that are methods or collections.
func actionsOf(s *boto.Service) []string {
	var names []string
	for n := range s.Resource.Names {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// constants replaces what a line says of the string, the value and the decoys.
func (a *application) constants() *strings.Replacer {
	g, s := a.g, a.literal
	half := len(s) / 2
	decoy := pick(g, g.decoys)
	decoyOp := pick(g, decoy.Operations)
	return strings.NewReplacer(
		"RAWDECOY", decoy.Name, "DECOYOP", quote(decoyOp.Method), "DECOYNAME", decoyOp.Name, "DECOY", quote(decoy.Name),
		"RAWHEAD", s[:half], "RAWTAIL", s[half:], "RAWLIT", s, "HEAD", quote(s[:half]), "TAIL", quote(s[half:]), "LIT", quote(s),
		"UPPER", a.upper(), "REVERSED", quote(reversed(s)), "HEX", hex.EncodeToString([]byte(s)),
		"BASE64", base64.StdEncoding.EncodeToString([]byte(s)), "CODES", codes(s),
		"VALUE", a.value, "MAKER", a.maker, "HERE", a.here.name,
		"METHOD", a.operation.Method, "ACTION", a.action,
	)
}

// upper is a literal whose lower() is the string; one of a name with capitals is itself.
func (a *application) upper() string {
	if strings.ToLower(a.literal) != a.literal {
		return quote(a.literal) + " or " + quote(a.literal)
	}
	return quote(strings.ToUpper(a.literal))
}

func reversed(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

func codes(s string) string {
	var out []string
	for _, b := range []byte(s) {
		out = append(out, fmt.Sprint(b))
	}
	return strings.Join(out, ", ")
}

// common are the names of attributes, methods and keys: few, so that things share them.
var common = []string{"kind", "target", "service", "client", "handler", "conf", "table", "backend", "options", "source", "session", "resource", "make", "load", "create", "build"}

// words are what other names are made of.
var words = []string{"alpha", "bravo", "delta", "echo", "fox", "golf", "hotel", "india", "juliet", "kilo", "lima", "mike"}

// name is what a placeholder stands for in this application.
func (a *application) name(p string) string {
	suffix := ""
	if strings.HasSuffix(p, "_") {
		p, suffix = p[:len(p)-1], "_"
	}
	if n, ok := a.names[p]; ok {
		return n + suffix
	}
	var n string
	if p[0] == '$' {
		n = a.g.fresh(p[1:])
	} else {
		n = a.shared()
	}
	a.names[p] = n
	return n + suffix
}

// shared draws a common name that the application has not.
func (a *application) shared() string {
	for {
		n := pick(a.g, common)
		taken := false
		for _, other := range a.names {
			taken = taken || other == n
		}
		if !taken {
			return n
		}
	}
}

// fresh makes a name that the program has not, capitalized like the given one.
func (g *generator) fresh(like string) string {
	for n := 1; ; n++ {
		name := pick(g, words)
		if n > 3 {
			name += fmt.Sprint(n)
		}
		if like != strings.ToLower(like) {
			name = strings.ToUpper(name[:1]) + name[1:]
		}
		if !g.names[name] {
			g.names[name] = true
			return name
		}
	}
}

// module opens a new file.
func (g *generator) module(lib bool) *module {
	m := &module{name: g.fresh("m")}
	switch {
	case lib:
		m.lib = m.name
		if g.Float64() < 0.5 {
			m.name += "." + g.fresh("m")
		}
	case g.Float64() < 0.3:
		m.name += "." + g.fresh("m")
	}
	m.path = strings.ReplaceAll(m.name, ".", "/") + ".py"
	if lib && g.Float64() < 0.5 {
		m.imports = append(m.imports, "import botocore")
	}
	g.modules = append(g.modules, m)
	return m
}

// decoy names services and operations that are not used.
func (g *generator) decoy(at scope) {
	for range 1 + g.few(0.5, 2) {
		s := pick(g, g.decoys)
		op := pick(g, s.Operations)
		switch g.IntN(4) {
		case 0:
			at.emit(g.fresh("a") + " = " + quote(s.Name))
		case 1:
			at.emit(fmt.Sprintf("%s = {%q: %q}", g.fresh("a"), s.Name, op.Method))
		case 2:
			f := g.fresh("f")
			at.emit(fmt.Sprintf("def %s(%s=%q):", f, g.fresh("p"), s.Name))
			at.emit(fmt.Sprintf("    return %q", op.Name))
		case 3:
			at.emit(fmt.Sprintf("class %s:", g.fresh("A")))
			at.emit(fmt.Sprintf("    def %s(self):", op.Method))
			at.emit(fmt.Sprintf("        return %q", s.Name))
		}
	}
}

// program writes the files, with an __init__ for each package and a RECORD for
// each distribution.
func (g *generator) program(seed uint64) *Program {
	p := &Program{Seed: seed, Files: map[string]string{}, Idioms: g.used}
	records := map[string][]string{}
	for _, m := range g.modules {
		p.Files[m.path] = strings.Join(append(slices.Clone(m.imports), m.lines...), "\n") + "\n"
		files := []string{m.path}
		if pkg, _, nested := strings.Cut(m.path, "/"); nested {
			files = append(files, pkg+"/__init__.py")
			p.Files[pkg+"/__init__.py"] = ""
		}
		if m.lib != "" {
			records[m.lib] = files
		}
	}
	for lib, files := range records {
		info := lib + "-1.0.dist-info/"
		p.Files[info+"METADATA"] = "Metadata-Version: 2.1\nName: " + lib + "\nVersion: 1.0\n"
		p.Files[info+"RECORD"] = strings.Join(append(files, info+"METADATA", info+"RECORD"), ",,\n") + ",,\n"
	}
	return p
}
