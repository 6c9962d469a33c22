package scan

import (
	_ "embed" // the calls of the newest boto3
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/internal/python"
)

// selfCalls are the operations that boto3 and its kin call without being asked
// for them by name: upload_file puts objects and parts, batch_writer writes
// batches, a redirect asks for the bucket's region. They are read from the boto
// family's own sources, as the client methods or API names that stand there.
type selfCalls struct {
	// Always may be called on any client, whatever the program asks for; each
	// with its place.
	Always map[string]string `json:"always"`
	// Helpers maps a name that a program uses to what it may lead to.
	Helpers map[string][]string `json:"helpers"`
	// clients are the services for which botocore makes clients by itself, to
	// get credentials, with the place that does.
	clients map[string]Pos
}

//go:embed selfcalls.json
var newestSelfCalls []byte

// selfCallsOfNewest are those of the boto3 that was newest when coldcut was
// built, for sources that come without one.
var selfCallsOfNewest = sync.OnceValue(func() *selfCalls {
	calls := &selfCalls{}
	if err := json.Unmarshal(newestSelfCalls, calls); err != nil {
		panic("scan: selfcalls.json is broken: " + err.Error())
	}
	return calls
})

// WriteSelfCalls writes what the boto3 in pkg calls by itself, as this package
// embeds it of the newest.
func WriteSelfCalls(w io.Writer, pkg *artifact.Artifact) error {
	installed, err := boto.Find(pkg)
	if err != nil {
		return err
	}
	p := &program{modules: map[moduleOf]*file{}}
	if err := p.add(pkg, "", installed); err != nil {
		return err
	}
	calls, err := readSelfCalls(p.files)
	if err != nil {
		return err
	}
	calls.clean(boto.CatalogOf(installed))
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(calls)
}

// clean leaves out what is not an operation of any service, and the places:
// lines move with every release.
func (c *selfCalls) clean(catalog boto.Catalog) {
	known := map[string]bool{}
	for _, name := range catalog.Services() {
		if s, err := catalog.Service(name); err == nil {
			for _, o := range s.Operations {
				known[o.Name], known[o.Method] = true, true
			}
		}
	}
	for name := range c.Always {
		if c.Always[name] = ""; !known[name] {
			delete(c.Always, name)
		}
	}
	for name, calls := range c.Helpers {
		c.Helpers[name] = slices.DeleteFunc(calls, func(call string) bool { return !known[call] })
		if len(c.Helpers[name]) == 0 {
			delete(c.Helpers, name)
		}
	}
}

// selfCallsOf reads the sources of the boto family. What a program is run with
// that lacks boto3 or botocore is not known; it counts as the newest.
func selfCallsOf(files []*file) (*selfCalls, error) {
	calls, err := readSelfCalls(files)
	if err != nil {
		return nil, err
	}
	has := func(module string) bool {
		return slices.ContainsFunc(files, func(f *file) bool { return f.family && f.module == module })
	}
	if !has("boto3") || !has("botocore") {
		calls.merge(selfCallsOfNewest())
	}
	return calls, nil
}

// merge adds what is not there yet.
func (c *selfCalls) merge(other *selfCalls) {
	for name, place := range other.Always {
		if _, have := c.Always[name]; !have {
			c.Always[name] = place
		}
	}
	for name, calls := range other.Helpers {
		all := append(slices.Clone(c.Helpers[name]), calls...)
		slices.Sort(all)
		c.Helpers[name] = slices.Compact(all)
	}
}

// readSelfCalls reads the boto family's sources. Botocore's own calls count
// always, but for those in functions that it gives to clients under a name;
// calls of the others count where a name leads to them.
func readSelfCalls(files []*file) (*selfCalls, error) {
	r := &selfReader{parts: map[string]*part{}, exposed: map[string][]string{}, aliases: map[string]string{}, clients: map[string]Pos{}}
	for _, f := range files {
		if !f.family || strings.Contains(f.module, ".docs") || strings.Contains(f.module, ".vendored") {
			continue
		}
		u, err := f.load() // not kept: nothing else asks for these
		if err != nil {
			return nil, err
		}
		if u != nil {
			r.read(u)
		}
	}
	return r.calls(), nil
}

// part is a function or class at the top of a module, known by MODULE.NAME.
type part struct {
	name string
	// core marks those of botocore and aiobotocore.
	core bool
	// uses are the parts that it names.
	uses map[string]bool
	// calls are the attributes that it reads of a client, with their places.
	calls map[string]string
	// methods are the public ones of a class.
	methods []string
}

// selfReader collects the parts.
type selfReader struct {
	parts map[string]*part
	// exposed maps a name that clients and resources have to the parts behind it.
	exposed map[string][]string
	// bases are the classes that resources are derived from.
	bases []string
	// aliases maps a former name of a client's method to its name.
	aliases map[string]string
	clients map[string]Pos
}

func (r *selfReader) read(u *unit) {
	top, _, _ := strings.Cut(u.file.module, ".")
	for _, c := range u.calls {
		r.makesClient(u, c.call)
	}
	for _, st := range u.parsed.Body {
		p := &part{core: top == "botocore" || top == "aiobotocore", uses: map[string]bool{}, calls: map[string]string{}}
		injected := false
		switch st := st.(type) {
		case *python.FunctionDef:
			p.name, injected = st.Name, !p.core
		case *python.ClassDef:
			p.name, p.methods = st.Name, publicMethods(st)
		}
		python.Inspect(st, func(n python.Node) bool {
			r.node(u, p, n, injected)
			return true
		})
		if p.name != "" {
			r.add(u.file.module+"."+p.name, p)
		}
	}
}

// add adds a part. Where there are several botos, as in layers, it may be any of theirs.
func (r *selfReader) add(dotted string, p *part) {
	known := r.parts[dotted]
	if known == nil {
		r.parts[dotted] = p
		return
	}
	maps.Copy(known.uses, p.uses)
	maps.Copy(known.calls, p.calls)
	known.methods = append(known.methods, p.methods...)
}

// makesClient notes the strings, any of which may be a service, in a call of
// what has "client" in its name (botocore/credentials.py, tokens.py).
func (r *selfReader) makesClient(u *unit, c *python.Call) {
	if !strings.HasPrefix(u.file.module, "botocore.") || !strings.Contains(strings.ToLower(lastName(c.Func)), "client") {
		return
	}
	for _, a := range c.Args {
		if lit, ok := a.(*python.Str); ok {
			if _, have := r.clients[lit.Value]; !have {
				r.clients[lit.Value] = u.pos(c)
			}
		}
	}
}

func publicMethods(c *python.ClassDef) (names []string) {
	for _, st := range c.Body {
		if m, ok := st.(*python.FunctionDef); ok && !strings.HasPrefix(m.Name, "_") {
			names = append(names, m.Name)
		}
	}
	return names
}

// node notes what one node says of the part that it stands in. In a function
// that becomes a client's method, self is a client.
func (r *selfReader) node(u *unit, p *part, n python.Node, injected bool) {
	switch n := n.(type) {
	case *python.Name:
		p.uses[meant(u, n)] = true
	case *python.Attribute:
		p.uses[meant(u, n)] = true
		of := strings.ToLower(lastName(n.Value))
		if strings.HasSuffix(of, "client") || injected && of == "self" {
			p.calls[n.Attr] = u.pos(n).String()
		}
	case *python.Call:
		r.call(u, p, n)
	case *python.Assign:
		r.assign(u, n)
	case *python.Tuple:
		r.alias(n)
	}
}

// alias notes ("getattr.mturk.list_hi_ts", ClientMethodAlias("list_hits")), by
// which botocore keeps the former name of a method (botocore/handlers.py).
func (r *selfReader) alias(t *python.Tuple) {
	if len(t.Elts) != 2 {
		return
	}
	event, ok := t.Elts[0].(*python.Str)
	handler, called := t.Elts[1].(*python.Call)
	if !ok || !called || len(handler.Args) != 1 || !strings.HasPrefix(event.Value, "getattr.") {
		return
	}
	if actual, ok := handler.Args[0].(*python.Str); ok {
		r.aliases[event.Value[strings.LastIndexByte(event.Value, '.')+1:]] = actual.Value
	}
}

// meant is the dotted name that a name at the top of a module, or an attribute
// of an imported module, stands for; empty for anything else.
func meant(u *unit, e python.Expr) string {
	switch e := e.(type) {
	case *python.Attribute:
		if of := meant(u, e.Value); of != "" {
			return of + "." + e.Attr
		}
	case *python.Name:
		b := u.module.names[e.ID]
		if b == nil {
			return ""
		}
		for _, d := range b.defs {
			switch {
			case d.kind == imported && d.name == "":
				return d.module
			case d.kind == imported:
				return d.module + "." + d.name
			}
		}
		return u.file.module + "." + e.ID
	}
	return ""
}

// call notes inject_attribute(attributes, "upload_file", upload_file),
// base_classes.insert(0, TableResource) and operation_model("CreateBucket").
func (r *selfReader) call(u *unit, p *part, c *python.Call) {
	name := ""
	for _, a := range c.Args {
		switch a := a.(type) {
		case *python.Str:
			name = a.Value
			if lastName(c.Func) == "operation_model" {
				p.calls[name] = u.pos(a).String()
			}
		case *python.Name:
			if name != "" {
				r.exposed[name] = append(r.exposed[name], meant(u, a))
			}
			if lastName(receiver(c.Func)) == "base_classes" {
				r.bases = append(r.bases, meant(u, a))
			}
		}
	}
}

// assign notes attributes["generate_presigned_post"] = generate_presigned_post.
func (r *selfReader) assign(u *unit, a *python.Assign) {
	for _, t := range a.Targets {
		item, ok := t.(*python.Subscript)
		if !ok {
			continue
		}
		if key, ok := item.Index.(*python.Str); ok {
			if _, named := a.Value.(*python.Name); named {
				r.exposed[key.Value] = append(r.exposed[key.Value], meant(u, a.Value))
			}
		}
	}
}

// calls follows every name to the parts that it can lead to.
func (r *selfReader) calls() *selfCalls {
	all := &selfCalls{Always: map[string]string{}, Helpers: map[string][]string{}, clients: r.clients}
	behind := map[string]bool{}
	for _, dotted := range r.exposed {
		for _, d := range dotted {
			behind[d] = true
		}
	}
	for dotted, p := range r.parts {
		switch {
		case !p.core:
			r.exposed[p.name] = append(r.exposed[p.name], dotted)
		case !behind[dotted]:
			maps.Copy(all.Always, p.calls)
		}
	}
	for _, base := range r.bases {
		if p := r.parts[base]; p != nil {
			for _, m := range p.methods {
				r.exposed[m] = append(r.exposed[m], base)
			}
		}
	}
	for name, dotted := range r.exposed {
		calls, seen := map[string]string{}, map[string]bool{}
		for _, d := range dotted {
			r.follow(d, calls, seen)
		}
		if len(calls) > 0 {
			all.Helpers[name] = slices.Sorted(maps.Keys(calls))
		}
	}
	for name, actual := range r.aliases {
		all.Helpers[name] = append(all.Helpers[name], actual)
		if place, called := all.Always[name]; called {
			all.Always[actual] = place
		}
	}
	return all
}

// follow adds what a part calls, and what the parts call that it names. Calls of
// botocore's own are in Always, but for a function's that is exposed itself.
func (r *selfReader) follow(dotted string, calls map[string]string, seen map[string]bool) {
	p := r.parts[dotted]
	if p == nil || seen[dotted] || p.core && len(seen) > 0 {
		return
	}
	seen[dotted] = true
	maps.Copy(calls, p.calls)
	for d := range p.uses {
		r.follow(d, calls, seen)
	}
}
