package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/artifact"
)

// Bytecode is what the pass bytecode is to make.
type Bytecode struct {
	// Pythons are the language versions to compile for, none where they are not known:
	// then the bytecode that is there is kept valid, and no more.
	Pythons []string `json:"pythons"`
	// From says who named them: "--python", or what in the package is of that version.
	From string `json:"from,omitempty"`
	// Evidence says that nobody named the version: the package holds what only that
	// version takes.
	Evidence bool `json:"evidence,omitempty"`
	// StripSource puts bytecode in the place of sources.
	StripSource bool `json:"strip_source,omitempty"`
}

// compile decides for which Pythons the package is compiled. What pip compiled tells
// the Python that pip ran in, which is weaker evidence than a module that no other
// Python loads: enough to add bytecode by, which another Python ignores, and not enough
// to take anything away by.
func (p *planner) compile() {
	if !slices.Contains(p.plan.Passes, BytecodePass) {
		return
	}
	p.plan.Warnings = append(p.plan.Warnings, p.contradicted()...)
	b := &Bytecode{StripSource: p.opts.StripSource}
	b.Pythons, b.From = p.targets()
	if len(b.Pythons) == 0 {
		b.Pythons, b.From = p.compiledBy()
	}
	b.Evidence = len(b.Pythons) > len(p.opts.Pythons)
	p.plan.Bytecode = b
}

// contradicted warns where the package is built for another Python than was named.
func (p *planner) contradicted() []string {
	versions, file := p.built()
	if len(p.opts.Pythons) == 0 || len(versions) == 0 || slices.Contains(p.opts.Pythons, versions[0]) {
		return nil
	}
	return []string{fmt.Sprintf("%s is for Python %s, and the package for %s (%s), which does not load it", file, versions[0], strings.Join(p.opts.Pythons, ", "), p.opts.PythonsFrom)}
}

// Evidence is what a package itself tells of the Python that runs it, and by which of
// its files: an extension module, a layer's folder, or what pip compiled. Where these
// disagree there is none.
func Evidence(pkg *artifact.Artifact) (pythons []string, file string) {
	p := &planner{pkg: pkg}
	if pythons, file = p.targets(); len(pythons) > 0 {
		return pythons, file
	}
	return p.compiledBy()
}

// saveBytecode leaves out the passes that change many sources, where the package comes
// with bytecode that could last and nothing here compiles it anew: what they gain is
// less than what it costs to compile those at every cold start.
func (p *planner) saveBytecode() {
	if len(p.opts.Only) > 0 || !p.opts.NoCompiler || !slices.Contains(p.plan.Passes, BytecodePass) {
		return
	}
	if found, _ := p.compiledBy(); len(found) == 0 {
		return
	}
	changing := func(pass string) bool { return pass == TunePass || pass == ImportsPass }
	if slices.ContainsFunc(p.plan.Passes, changing) {
		p.plan.Passes = slices.DeleteFunc(p.plan.Passes, changing)
		p.plan.Warnings = append(p.plan.Warnings, "imports are not deferred: nothing here compiles what that changes, and the package would lose bytecode that it has; --python names a Python that is installed")
	}
}

// compiledBy is the one Python whose bytecode the package holds.
func (p *planner) compiledBy() (versions []string, evidence string) {
	found := map[string]string{}
	for _, f := range p.pkg.Files() {
		if m := compiledFor().FindStringSubmatch(f.Path); m != nil && found[m[1]+"."+m[2]] == "" {
			found[m[1]+"."+m[2]] = f.Path
		}
	}
	return only(found)
}
