package boto

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// naming is how one version of botocore turns "GetItem" into "get_item"
// (botocore/__init__.py, xform_name). The algorithm changed over the years and
// its exceptions grow with every release, so they are read from the package.
type naming struct {
	// exceptions is _xform_cache as the source fills it, for the separator "_".
	exceptions map[string]string
	// plural is the least number of capitals before a final s that makes a
	// plural acronym ("ARNs"): 3 up to botocore 1.20, then 2.
	plural int
	// numbers says that digits after a letter are split off (before 1.11).
	numbers bool
	// partial are the pairs of _partial_renames in their order (before 1.11).
	partial []entry
}

// The pass imports writes the line in another way.
var pluralPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^(?:.*")?_special_case_transform(?: *= *|", lambda: \( *)(?:\([^()]*\(\) or re if [^()]* else )?re\)?\.compile\(r?['"]\[A-Z\]\{(\d),\}s\$['"]\)`)
})

// readNaming reads the rules from the source of botocore/__init__.py. Without
// a source they are those of the newest botocore known.
func readNaming(source []byte) (*naming, error) {
	if len(source) == 0 {
		return Index().naming(), nil
	}
	m := pluralPattern().FindSubmatch(source)
	if m == nil {
		return nil, errors.New("cannot read how xform_name splits plural acronyms")
	}
	n := &naming{exceptions: map[string]string{}}
	n.plural, _ = strconv.Atoi(string(m[1])) // one digit
	n.numbers = strings.Contains(string(source), "\n_number_cap_regex = ")
	cached, err := dict(source, "_xform_cache")
	if err != nil {
		return nil, err
	}
	for _, e := range cached {
		if len(e.key) == 2 && e.key[1] == "_" {
			n.exceptions[e.key[0]] = e.value
		}
	}
	n.partial, err = dict(source, "_partial_renames")
	return n, err
}

// method returns the Python name for an API name.
func (n *naming) method(name string) string {
	if strings.Contains(name, "_") {
		return name
	}
	if s, ok := n.exceptions[name]; ok {
		return s
	}
	s := endCap(n.number(firstCap(n.acronym(name))))
	s = strings.ToLower(s)
	for _, e := range n.partial {
		s = strings.ReplaceAll(s, e.key[0], e.value)
	}
	return s
}

// acronym splits off what _special_case_transform, [A-Z]{n,}s$, matches.
func (n *naming) acronym(s string) string {
	if !strings.HasSuffix(s, "s") {
		return s
	}
	start := len(s) - 1
	for start > 0 && upper(s[start-1]) {
		start--
	}
	if len(s)-1-start < n.plural {
		return s
	}
	return s[:start] + "_" + strings.ToLower(s[start:])
}

// firstCap is _first_cap_regex: (.)([A-Z][a-z]+) becomes \1_\2.
func firstCap(s string) string {
	var b strings.Builder
	b.Grow(len(s) + 8)
	for i := 0; i < len(s); {
		b.WriteByte(s[i])
		i++
		if i+1 < len(s) && upper(s[i]) && lower(s[i+1]) {
			b.WriteByte('_')
			b.WriteByte(s[i])
			for i++; i < len(s) && lower(s[i]); i++ {
				b.WriteByte(s[i])
			}
		}
	}
	return b.String()
}

// endCap is _end_cap_regex: ([a-z0-9])([A-Z]) becomes \1_\2.
func endCap(s string) string {
	return split(s, func(c byte) bool { return lower(c) || digit(c) }, upper)
}

// number is _number_cap_regex: ([a-z])([0-9]+) becomes \1_\2.
func (n *naming) number(s string) string {
	if !n.numbers {
		return s
	}
	return split(s, lower, digit)
}

// split puts an underscore between each neighbours left and right.
func split(s string, left, right func(byte) bool) string {
	var b strings.Builder
	b.Grow(len(s) + 8)
	for i := range len(s) {
		if i > 0 && left(s[i-1]) && right(s[i]) {
			b.WriteByte('_')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func upper(c byte) bool { return 'A' <= c && c <= 'Z' }
func lower(c byte) bool { return 'a' <= c && c <= 'z' }
func digit(c byte) bool { return '0' <= c && c <= '9' }
