package plan

import (
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
	return nil
}

// sourceOf is the content of a file, none if it is not there.
func (p *planner) sourceOf(file string) ([]byte, error) {
	if _, there := p.pkg.Lookup(file); !there {
		return nil, nil
	}
	return p.pkg.ReadFile(file)
}
