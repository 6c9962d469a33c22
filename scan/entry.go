package scan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Entry is a place where the program begins.
type Entry struct {
	// Handler names a module, or a function in one: "app.handler", "src/app.handler",
	// "pkg.app:handler", "app".
	Handler string `json:"handler"`
	// From says in words where the handler was named, such as "--entry".
	From string `json:"from"`
	// Pos is the place in the file that names it, where one does.
	Pos Pos `json:"pos,omitzero"`
	// Need says what it means that the entry is not in the package.
	Need Need `json:"need,omitempty"`
	// File is the module's file; [Scan] fills it in.
	File string `json:"file"`
}

// Need says what it means that an entry is not in the package.
type Need string

// The needs. Only a person's word is worth an error.
const (
	Needed   Need = ""         // [Scan] fails with an [EntryError]
	Expected Need = "expected" // the whole package is scanned, and a note says why
	Optional Need = "optional" // the entry is one of another package
)

// EntryError says that an entry is not in the package.
type EntryError struct {
	Entry  Entry
	Reason string
	// Similar are handlers that are in the package and are spelt much like it.
	Similar []string
}

func (e *EntryError) Error() string {
	return fmt.Sprintf("the entry %s (%s) is not in the package: %s", e.Entry.Handler, e.Entry.From, e.Reason)
}

// limit leaves only those files in the program that run when the entries do.
func (p *program) limit(opts Options) error {
	if len(opts.Entries) == 0 {
		return nil
	}
	g, err := newGraph(p)
	if err != nil {
		return err
	}
	for _, e := range opts.Entries {
		nodes, reason := g.entry(e.Handler)
		switch {
		case reason == "":
			e.File = nodes[0].name
			p.entries = append(p.entries, e)
			g.reachAll(nodes)
		case e.Need == Needed:
			return &EntryError{Entry: e, Reason: reason, Similar: g.similar(e.Handler)}
		case e.Need == Expected:
			p.entries = nil
			p.notes = append(p.notes, Note{e.Pos, fmt.Sprintf(
				"the handler %s is not in the package (%s): everything in it is scanned", e.Handler, reason)})
			return nil
		}
	}
	for _, s := range opts.Strings {
		g.mention(s)
	}
	if err := g.run(); err != nil {
		return err
	}
	p.notes = append(p.notes, g.notes...)
	p.keep(g)
	p.graph = g
	return nil
}

// keep drops what the graph did not reach.
func (p *program) keep(g *graph) {
	reached := func(f *file) bool { return f.family || g.of[f].reached }
	p.skipped = len(p.files)
	p.files = slices.DeleteFunc(p.files, func(f *file) bool { return !reached(f) })
	p.skipped -= len(p.files)
	p.modules = map[moduleOf]*file{}
	for _, f := range p.files {
		p.name(f)
	}
	p.opaque = slices.DeleteFunc(p.opaque, func(o opaqueFile) bool {
		if n := g.opaque[o.name]; n != nil {
			return !n.reached
		}
		return o.origin != "" && !g.touched[o.origin] // an archive is no module
	})
	p.size = 0
	for _, f := range p.files {
		p.size += f.size
	}
}

// entry finds the modules that a handler names, or says why there are none. A
// handler that several folders hold is in all of them.
func (g *graph) entry(handler string) (nodes []*node, reason string) {
	dotted, attr := splitHandler(handler)
	if attr == "" {
		if nodes = g.modules(dotted); len(nodes) > 0 {
			return nodes, ""
		}
		i := strings.LastIndexByte(dotted, '.')
		if i < 0 {
			return nil, fmt.Sprintf("there is no module %s", dotted)
		}
		dotted, attr = dotted[:i], dotted[i+1:]
	}
	nodes = g.modules(dotted)
	if len(nodes) == 0 {
		return nil, fmt.Sprintf("there is no module %s", dotted)
	}
	nodes = slices.DeleteFunc(nodes, func(n *node) bool { return !n.mayDefine(attr) })
	if len(nodes) == 0 {
		return nil, fmt.Sprintf("the module %s has no %s", dotted, attr)
	}
	return nodes, ""
}

// splitHandler turns a handler into a dotted name, and an attribute where a colon
// tells it from the module.
func splitHandler(handler string) (dotted, attr string) {
	dotted, attr, _ = strings.Cut(strings.TrimPrefix(handler, "./"), ":")
	dotted = strings.TrimSuffix(dotted, ".py")
	attr, _, _ = strings.Cut(attr, ".")
	return strings.Trim(strings.ReplaceAll(dotted, "/", "."), "."), attr
}

// modules finds the modules of that name where Python would look for them, or else
// in any folder of the function's own code.
func (g *graph) modules(dotted string) []*node {
	var own, found []*node
	for _, m := range g.index[hashWord(dotted)] {
		switch {
		case m.node.full[m.at:] != dotted || m.node.file == nil && m.node.native == "":
		case m.isRoot:
			found = append(found, m.node)
		case m.node.origin == "" && !m.node.family():
			own = append(own, m.node)
		}
	}
	if found == nil {
		found = own
	}
	slices.SortFunc(found, func(a, b *node) int { return strings.Compare(a.name, b.name) })
	return found
}

// mayDefine reports whether the module may have an attribute of that name.
func (n *node) mayDefine(attr string) bool {
	return n.file == nil || n.file.broken != nil || n.file.names(attr, "__getattr__", "globals", "setattr") ||
		slices.ContainsFunc(n.file.edges.imports, func(name string) bool { return strings.HasSuffix(name, "*") })
}

// similar lists the handlers of the function's own modules that a person may have meant.
func (g *graph) similar(handler string) []string {
	dotted, attr := splitHandler(handler)
	if i := strings.LastIndexByte(dotted, '.'); attr == "" && i >= 0 {
		dotted, attr = dotted[:i], dotted[i+1:]
	}
	type candidate struct {
		name     string
		distance int
	}
	var all []candidate
	for _, n := range g.nodes {
		if n.file == nil || n.origin != "" || n.file.family {
			continue
		}
		d := distance(dotted, n.file.module)
		for i := range len(n.file.module) {
			if n.file.module[i] == '.' {
				d = min(d, 1+distance(dotted, n.file.module[i+1:]))
			}
		}
		if d <= max(2, len(dotted)/3) {
			for _, name := range handlersOf(n.file, attr) {
				all = append(all, candidate{n.file.module + "." + name, d + distance(attr, name)})
			}
		}
	}
	slices.SortFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), strings.Compare(a.name, b.name))
	})
	var names []string
	for _, c := range all[:min(3, len(all))] {
		names = append(names, c.name)
	}
	return names
}

// handlersOf lists names by which handlers go, and the one asked for, as far as they
// stand in the file.
func handlersOf(f *file, attr string) []string {
	var names []string
	for _, name := range []string{attr, "handler", "lambda_handler", "main", "app"} {
		if name != "" && f.names(name) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// distance is how many letters to insert, delete or exchange make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
