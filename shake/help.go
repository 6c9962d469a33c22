package shake

import (
	"bytes"
	"context"
	_ "embed" // what is added to the package
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/plan"
)

// helpHook is appended to botocore/client.py: the end of a file that every program
// with a client imports, so that no line of botocore's own moves, and nothing more
// is opened at import.
//
//go:embed help/hook.py
var helpHook []byte

// helpModule is botocore/_coldcut.py, which the hook imports at an error.
//
//go:embed help/coldcut.py
var helpModule []byte

// helpFallback is added to the hook where the runtime's botocore is to be asked.
//
//go:embed help/fallback.py
var helpFallback []byte

// helpEnd is the last line of the hook.
const helpEnd = "# End of what coldcut added.\n"

// help lets the errors that follow from the cut say so.
func help(_ context.Context, c *cut) error {
	items := c.plan.Rewritten(c.pass)
	if len(items) == 0 {
		return nil
	}
	was, err := boto.Find(c.fat)
	if err != nil {
		return err
	}
	is, err := boto.Find(c.fat.With(c.edits))
	if err != nil {
		return err
	}
	for _, item := range items {
		root := strings.TrimSuffix(strings.TrimSuffix(item.Paths[0], "botocore/client.py"), "/")
		fat, slim := in(was, root), in(is, root)
		if fat == nil || slim == nil {
			return fmt.Errorf("%s: there is no botocore", item.Name)
		}
		if err := c.helpIn(fat, slim, item); err != nil {
			return err
		}
	}
	return nil
}

// in is the installation in a folder.
func in(all []*boto.Installation, root string) *boto.Installation {
	for _, i := range all {
		if i.Root == root {
			return i
		}
	}
	return nil
}

// helpIn adds the help to one botocore.
func (c *cut) helpIn(fat, slim *boto.Installation, item plan.Item) error {
	client := item.Paths[0]
	data := path.Join(fat.DataDir(), "_coldcut.json")
	earlier, err := c.earlierLost(data, fat.Botocore)
	if err != nil {
		return err
	}
	lost, err := boto.NewLost(fat, slim, earlier)
	if err != nil || lost.Empty() {
		return err
	}
	source, err := c.source(client)
	if err != nil {
		return err
	}
	text, err := encodeLost(lost, fat.Botocore)
	if err != nil {
		return err
	}
	return errors.Join(
		c.writeSource(client, client, withHook(source, hookOf(c.plan))),
		c.writeSource(path.Join(path.Dir(client), "_coldcut.py"), client, helpModule),
		c.add(data, client, text),
	)
}

// source is a file as the passes before left it.
func (c *cut) source(name string) ([]byte, error) {
	if data, edited := c.edits[name]; edited {
		return data, nil
	}
	return c.fat.ReadFile(name)
}

// writeSource replaces or adds a source, and removes what Python would take for it:
// bytecode need not be checked against its source, and goes by a time or a hash
// where it is.
func (c *cut) writeSource(name, beside string, data []byte) error {
	if err := c.add(name, beside, data); err != nil {
		return err
	}
	if _, changed := c.edits[name]; !changed {
		return nil
	}
	c.removeBytecode(name)
	return nil
}

// removeSource removes a source, and the bytecode of it.
func (c *cut) removeSource(name string) {
	c.remove(name)
	c.removeBytecode(name)
}

// removeBytecode removes what was compiled of a source.
func (c *cut) removeBytecode(source string) {
	dir, base := path.Split(source)
	stem := strings.TrimSuffix(base, "py")
	for _, f := range slices.Concat(c.fat.Under(dir+"__pycache__"), c.fat.Under(path.Clean(dir))) {
		in, compiled := path.Split(f.Path)
		if (in == dir || in == dir+"__pycache__/") && strings.HasPrefix(compiled, stem) && (path.Ext(compiled) == ".pyc" || path.Ext(compiled) == ".pyo") {
			c.remove(f.Path)
		}
	}
}

// hookOf is the hook of a plan.
func hookOf(p *plan.Plan) []byte {
	if p.Fallback != plan.RuntimeFallback {
		return helpHook
	}
	body, _ := bytes.CutSuffix(helpHook, []byte(helpEnd))
	return slices.Concat(body, helpFallback, []byte(helpEnd))
}

// withHook appends the hook, or renews what an earlier cut appended.
func withHook(source, hook []byte) []byte {
	begin := bytes.Index(source, []byte("\n\n\n"+plan.HelpMark))
	if begin < 0 {
		return slices.Concat(bytes.TrimRight(source, "\n"), []byte("\n"), hook)
	}
	rest := source[begin:]
	_, after, _ := bytes.Cut(rest, []byte(helpEnd))
	return slices.Concat(source[:begin], []byte("\n"), hook, after)
}

// lostJSON is the form of botocore/data/_coldcut.json. Names are separated by
// blanks, which takes half of what lists would.
type lostJSON struct {
	Botocore   string                       `json:"botocore"`
	Services   string                       `json:"services"`
	Resources  string                       `json:"resources"`
	Operations map[string][]lostGroup       `json:"operations"`
	Waiters    map[string]map[string]string `json:"waiters"`
}

// lostGroup are the operations that are lost in the same API versions.
type lostGroup struct {
	Versions string `json:"versions"`
	Names    string `json:"names"`
}

func encodeLost(l *boto.Lost, botocore string) ([]byte, error) {
	names := func(set map[string]bool) string { return strings.Join(slices.Sorted(maps.Keys(set)), " ") }
	out := lostJSON{
		Botocore: botocore, Services: names(l.Services), Resources: names(l.Resources),
		Operations: map[string][]lostGroup{}, Waiters: map[string]map[string]string{},
	}
	for service, losses := range l.Within {
		groups := map[string]map[string]bool{}
		for operation, versions := range losses.Operations {
			key := strings.Join(versions, " ")
			if groups[key] == nil {
				groups[key] = map[string]bool{}
			}
			groups[key][operation] = true
		}
		for _, versions := range slices.Sorted(maps.Keys(groups)) {
			out.Operations[service] = append(out.Operations[service], lostGroup{versions, names(groups[versions])})
		}
		if len(losses.Waiters) > 0 {
			out.Waiters[service] = losses.Waiters
		}
	}
	text, err := json.Marshal(out)
	return append(text, '\n'), err
}

// earlierLost is what an earlier cut took of the same botocore; nil where there was
// none, or where the file is none of ours.
func (c *cut) earlierLost(file, botocore string) (*boto.Lost, error) {
	if _, there := c.fat.Lookup(file); !there {
		return nil, nil
	}
	text, err := c.fat.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var old lostJSON
	if json.Unmarshal(text, &old) != nil || old.Botocore != botocore {
		return nil, nil
	}
	set := func(names string) map[string]bool {
		all := map[string]bool{}
		for _, name := range strings.Fields(names) {
			all[name] = true
		}
		return all
	}
	l := &boto.Lost{Services: set(old.Services), Resources: set(old.Resources), Within: map[string]*boto.Losses{}}
	for service, groups := range old.Operations {
		losses := &boto.Losses{Operations: map[string][]string{}, Waiters: old.Waiters[service]}
		for _, g := range groups {
			for _, name := range strings.Fields(g.Names) {
				losses.Operations[name] = append(losses.Operations[name], versionsOf(g)...)
			}
		}
		l.Within[service] = losses
	}
	return l, nil
}

// versionsOf are a group's API versions. A model that does not name its own has "".
func versionsOf(g lostGroup) []string {
	if g.Versions == "" {
		return []string{""}
	}
	return strings.Fields(g.Versions)
}
