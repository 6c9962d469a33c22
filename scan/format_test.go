package scan

import (
	"strings"
	"testing"
)

func TestPieces(t *testing.T) {
	for _, c := range []struct {
		name   string
		read   func(string) ([]piece, bool)
		format string
		want   string // literals, and keys in angle brackets; "" where it is not followed
	}{
		{"percent place", percentPieces, "a%sb%s", "a<0>b<1>"},
		{"percent key", percentPieces, "a%(k)sb", "a<k>b"},
		{"percent itself", percentPieces, "a%%b", "a%b"},
		{"percent width", percentPieces, "a%2s", ""},
		{"percent number", percentPieces, "a%d", ""},
		{"percent at the end", percentPieces, "a%", ""},
		{"percent without a key", percentPieces, "a%()s", ""},
		{"percent unclosed", percentPieces, "a%(k", ""},
		{"format places", formatPieces, "a{}b{}", "a<0>b<1>"},
		{"format numbers", formatPieces, "{1}{0}", "<1><0>"},
		{"format name", formatPieces, "a{k}b", "a<k>b"},
		{"format braces", formatPieces, "{{{}}}", "{<0>}"},
		{"format width", formatPieces, "{:2}", ""},
		{"format conversion", formatPieces, "{!r}", ""},
		{"format attribute", formatPieces, "{.x}", ""},
		{"format item", formatPieces, "{0[k]}", ""},
		{"format unclosed", formatPieces, "a{", ""},
		{"format closed twice", formatPieces, "a}b", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			pieces, ok := c.read(c.format)
			var got strings.Builder
			for _, p := range pieces {
				if p.key != "" {
					p.literal = "<" + p.key + ">"
				}
				got.WriteString(p.literal)
			}
			if got.String() != c.want || ok != (c.want != "") {
				t.Errorf("%q is read as %q, %v; want %q", c.format, got.String(), ok, c.want)
			}
		})
	}
}
