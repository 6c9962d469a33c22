package plan

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"sync"

	"github.com/coldcut/coldcut/internal/boto"
)

// HelpMark begins what the pass help adds to botocore/client.py.
const HelpMark = "# Added by coldcut: "

// baseClient is the class that the help is added to, in botocore/client.py.
var baseClient = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^class BaseClient\b`) })

// help decides whether errors tell what was removed. It comes after all decisions
// that it depends on.
func (p *planner) help() error {
	if !slices.Contains(p.plan.Passes, HelpPass) || !p.removes() {
		return nil
	}
	for _, in := range p.installed {
		if in.Botocore == "" {
			continue
		}
		if err := p.helpIn(in); err != nil {
			return err
		}
	}
	return nil
}

// removes reports whether anything goes that a program could ask for.
func (p *planner) removes() bool {
	return slices.ContainsFunc(p.plan.Decisions, func(d Decision) bool {
		dropped := d.Pass == ServicesPass && d.Action == Drop
		return slices.Contains(p.plan.Passes, d.Pass) && (dropped || d.Kind == Model && d.Rule == "operations")
	})
}

func (p *planner) helpIn(in *boto.Installation) error {
	file := path.Join(in.Root, "botocore/client.py")
	d := Decision{Item: Item{Kind: Files, Name: path.Join(in.Root, "help"), Paths: []string{file}}, Pass: HelpPass}
	source, err := p.sourceOf(file)
	if err != nil {
		return err
	}
	if !baseClient().Match(source) {
		d.Rule, d.Why = "sourceless", file+" has no class BaseClient to read, so errors do not tell what was removed"
		p.decide(d)
		if _, compiled := p.pkg.Lookup(file + "c"); compiled || source != nil { // what lacks both runs nothing
			p.plan.Warnings = append(p.plan.Warnings, d.Why)
		}
		return nil
	}
	d.Action, d.Rule, d.Why = Rewrite, "help", "errors say what was removed, and how to keep it"
	p.decide(d)
	if bytes.Contains(source, []byte(HelpMark)) {
		return nil // and the bytecode, if there is any, was made of that
	}
	return p.warnOfBytecode(p.bytecodeOf(file), "help is added to its source", "--no-help")
}

// sourceOf is the content of a file, none if it is not there.
func (p *planner) sourceOf(file string) ([]byte, error) {
	if _, there := p.pkg.Lookup(file); !there {
		return nil, nil
	}
	return p.pkg.ReadFile(file)
}

// warnOfBytecode warns of bytecode that Python takes by the hash of its source, or
// unchecked (PEP 552): that works from a read-only folder too, and a source without
// it is compiled at every start. Bytecode that goes by the source's time is stale
// in a written package anyway. The pass bytecode compiles the source anew.
func (p *planner) warnOfBytecode(files []string, why, without string) error {
	if slices.Contains(p.plan.Passes, BytecodePass) {
		return nil
	}
	for _, file := range files {
		data, err := p.pkg.ReadFile(file)
		if err != nil {
			return err
		}
		if len(data) > 4 && data[4]&1 != 0 {
			p.plan.Warnings = append(p.plan.Warnings, file+" goes, since "+why+": the pass bytecode compiles it, or give "+without)
		}
	}
	return nil
}
