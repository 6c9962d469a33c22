package plan

import (
	"path"
	"regexp"
	"slices"
	"sync"

	"github.com/coldcut/coldcut/internal/boto"
)

// tunable finds the files that the pass tune may have something to do in. It looks
// closer: these are only the words that there must be.
var tunable = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\bgetfullargspec\(\w+\)\[2\]|\n[ \t]+for \w+, *\w+ in [^\n]*(?:\.items\(\)|iteritems\()[^\n]*:[^\n]*\n(?:[^\n]*\n){1,20}?[^\n]*\.index\(` +
		`|\n[ \t]+(?:self\.)?\w+ = [a-z]\w*\.[a-z]\w*\.[A-Z]\w+Session\(|\[[A-Z]\w*\.\w+\(\*\*\w+\) for \w+ in \w+\]` +
		`|\n[ \t]+\w+ = re\.compile\(\s*r[^\n]*\bA-Z[^\n]*,\s*re\.I`)
})

// tunedPackages are the packages that start whenever boto3 does.
var tunedPackages = []string{"boto3", "botocore", "s3transfer", "aiobotocore"}

// tune decides which sources the pass tune reads.
func (p *planner) tune() error {
	if !slices.Contains(p.plan.Passes, TunePass) {
		return nil
	}
	for _, in := range p.installed {
		if in.Botocore == "" {
			continue
		}
		if err := p.tuneIn(in); err != nil {
			return err
		}
	}
	return nil
}

func (p *planner) tuneIn(in *boto.Installation) error {
	d := Decision{
		Item: Item{Kind: Files, Name: path.Join(in.Root, "tune")}, Action: Rewrite, Pass: TunePass,
		Rule: "tune", Why: "what is worked out at every start is worked out with less, to the same end",
	}
	for _, name := range tunedPackages {
		for _, f := range p.pkg.Under(path.Join(in.Root, name)) {
			if path.Ext(f.Path) != ".py" || !f.Mode.IsRegular() {
				continue
			}
			source, err := p.pkg.ReadFile(f.Path)
			if err != nil {
				return err
			}
			if !tunable().Match(source) {
				continue
			}
			d.Paths = append(d.Paths, f.Path)
		}
	}
	if len(d.Paths) > 0 {
		p.decide(d)
	}
	return nil
}
