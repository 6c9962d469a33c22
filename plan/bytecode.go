package plan

import (
	"encoding/binary"
	"fmt"
	"io"
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
	// InPlace says that the files of the package keep their times, and may be edited.
	InPlace bool `json:"in_place,omitempty"`
}

// compile decides for which Pythons the package is compiled. What pip compiled tells
// the Python that pip ran in, which is weaker evidence than a module that no other
// Python loads: enough to add bytecode by, which another Python ignores, and not enough
// to take anything away by.
func (p *planner) compile() error {
	if !slices.Contains(p.plan.Passes, BytecodePass) {
		return p.staleBytecode()
	}
	p.plan.Warnings = append(p.plan.Warnings, p.contradicted()...)
	b := &Bytecode{StripSource: p.opts.StripSource, InPlace: p.opts.InPlace}
	b.Pythons, b.From = p.targets()
	if len(b.Pythons) == 0 {
		b.Pythons, b.From = p.compiledBy()
	}
	b.Evidence = len(b.Pythons) > len(p.opts.Pythons)
	p.plan.Bytecode = b
	return nil
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

// staleBytecode warns, where the pass bytecode is left out, of bytecode that Python
// checks by the time of its source: nothing that is written keeps its time, so that the
// package would be the same wherever it is made, and what is stale Python compiles
// again at every cold start.
func (p *planner) staleBytecode() error {
	if p.opts.InPlace {
		return nil
	}
	var gone []string
	for _, d := range p.plan.Decisions {
		if d.Action == Drop && slices.Contains(p.plan.Passes, d.Pass) {
			gone = append(gone, d.Paths...)
		}
	}
	stale := 0
	for _, f := range p.pkg.Files() {
		m := compiledFor().FindStringSubmatch(f.Path)
		if m == nil || slices.ContainsFunc(gone, func(dir string) bool { return f.Path == dir || strings.HasPrefix(f.Path, dir+"/") }) {
			continue
		}
		byTime, err := p.checkedByTime(f.Path, m[1]+"."+m[2])
		if err != nil {
			return err
		}
		if byTime {
			stale++
		}
	}
	if stale > 0 {
		p.plan.Warnings = append(p.plan.Warnings, fmt.Sprintf("bytecode in %d files is checked by the times of its sources, which are not kept, and goes stale: the pass bytecode keeps it valid", stale))
	}
	return nil
}

// checkedByTime reads the header of bytecode. Before 3.7 all of it is checked so;
// since then flags say by what (PEP 552).
func (p *planner) checkedByTime(file, language string) (bool, error) {
	if language == "3.6" {
		return true, nil
	}
	r, err := p.pkg.Reader(file)
	if err != nil {
		return false, err
	}
	defer func() { _ = r.Close() }() // of no more interest
	var head [8]byte                 // the magic number and the flags
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return false, nil //nolint:nilerr // what is as short as that is no bytecode
	}
	return binary.LittleEndian.Uint32(head[4:]) == 0, nil
}
