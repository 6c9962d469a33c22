package adversary

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed idioms.txt
var grammar string

// idiom is one template of idioms.txt, which tells what they mean.
type idiom struct {
	kind, name string
	flags      []string
	lines      []string
	result     string
}

func (i *idiom) has(flag string) bool { return slices.Contains(i.flags, flag) }

// idioms are all templates, by kind.
var idioms = withFilled(parse(grammar))

// withFilled adds, for each template that carries a value in an empty list, one whose
// list holds something else first: the scan must not be content with that.
func withFilled(all map[string][]*idiom) map[string][]*idiom {
	for _, i := range all["carry"] {
		if i.result != "$a[0]" || !slices.Contains(i.lines, "$a = []") {
			continue
		}
		filled := *i
		filled.name += ", not empty"
		filled.result = "$a[-1]"
		filled.lines = slices.Clone(i.lines)
		filled.lines[slices.Index(i.lines, "$a = []")] = "$a = [DECOY]"
		all["carry"] = append(all["carry"], &filled)
	}
	return all
}

// parse reads the templates. That they are well formed is the tests' concern, so
// what cannot be read panics.
func parse(text string) map[string][]*idiom {
	all := map[string][]*idiom{}
	var at *idiom
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		switch header, isHeader := strings.CutPrefix(line, "== "); {
		case isHeader:
			at = parseHeader(header)
			all[at.kind] = append(all[at.kind], at)
		case at == nil || line == "":
		default:
			if result, ok := strings.CutPrefix(line, "=> "); ok {
				at.result = result
			} else {
				at.lines = append(at.lines, line)
			}
		}
	}
	return all
}

func parseHeader(header string) *idiom {
	kind, name, ok := strings.Cut(header, ": ")
	if !ok {
		panic(fmt.Sprintf("adversary: %q is no header", header))
	}
	i := &idiom{name: name}
	i.kind, kind, _ = strings.Cut(kind, " [")
	i.flags = strings.Fields(strings.TrimSuffix(kind, "]"))
	return i
}
