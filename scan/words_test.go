package scan

import (
	"testing"

	"github.com/coldcut/coldcut/internal/python"
)

func TestWordsOfTree(t *testing.T) {
	f, err := python.Parse([]byte(`
import a.b as c
from d.e import f as g
@h
def i(j, *k, l=1, **m) -> n: o.p = "q-r"
s(t="u")
x.y, [z.w] = 1, [2]
setattr(o, "v", 1)
setattr(o, name, 1)
exec("...")
`))
	if err != nil {
		t.Fatal(err)
	}
	w := wordsOfTree(f)
	for _, word := range []string{
		"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q-r", "s", "t", "u",
		storesOf("p"), storesOf("y"), storesOf("w"), storesOf("v"), storesOf(""), evaluation,
	} {
		if !w.has(hashWord(word)) {
			t.Errorf("%q is missing", word)
		}
	}
	for _, word := range []string{"", "q", "r", "...x", storesOf("o")} {
		if w.has(hashWord(word)) {
			t.Errorf("%q is there", word)
		}
	}
}

func TestWordsOfText(t *testing.T) {
	w := wordsOfText([]byte("print 'sso-oidc', a.b.c, runtime.sagemaker é_1"))
	for _, word := range []string{"print", "sso-oidc", "sso", "oidc", "a", "b", "c", "a.b.c", "runtime.sagemaker", "é_1"} {
		if !w.has(hashWord(word)) {
			t.Errorf("%q is missing", word)
		}
	}
}

func TestReach(t *testing.T) {
	at := func(module, origin, group string, imports ...string) *file {
		return &file{module: module, origin: origin, group: group, imports: imports}
	}
	app, util := at("app", "", "app", "lib"), at("util", "", "util")
	lib, deep, other := at("lib", "lib", "lib", "deep"), at("deep.x", "deep", "deep"), at("other", "other", "other")
	files := []*file{app, util, lib, deep, other}
	p := &program{files: files, reach: reachOf(files)}
	for _, c := range []struct {
		from, of *file
		want     bool
	}{
		{app, app, true},
		{app, lib, true},
		{app, deep, true},
		{app, util, true}, // own code hands its things about
		{util, app, true},
		{lib, app, false},
		{deep, lib, false},
		{app, other, false},
		{util, lib, false},
	} {
		if got := p.reaches(c.from, c.of); got != c.want {
			t.Errorf("reaches(%s, %s) = %v", c.from.module, c.of.module, got)
		}
	}
}

func TestFollowed(t *testing.T) {
	boto := words{hashWord("boto3")}
	files := []*file{
		{group: "small", size: smallGroup},
		{group: "big", size: smallGroup + 1},
		{group: "aware", size: smallGroup + 1, words: boto},
		{group: "huge", size: largeGroup + 1, words: boto},
	}
	aware, follow := followed(files)
	for group, want := range map[string][2]bool{"small": {false, true}, "big": {false, false}, "aware": {true, true}, "huge": {true, false}} {
		if got := [2]bool{aware[group], follow[group]}; got != want {
			t.Errorf("%s: aware and followed %v, want %v", group, got, want)
		}
	}
}

func TestSetIsBounded(t *testing.T) {
	var s set
	for i := range mostTexts + 1 {
		s = s.add(value{kind: text, text: string(rune('a' + i))})
	}
	if len(s) != 1 || s[0] != overflow {
		t.Errorf("after too many strings: %v", s)
	}
	if s = s.add(value{kind: text, text: "one more"}); len(s) != 1 {
		t.Errorf("a string comes back: %v", s)
	}
	for i := range 2 * mostValues {
		s = s.add(value{kind: funcVal, scope: &scope{kind: scopeKind(i % 4)}})
		s = s.add(unsure("reason %d", i))
	}
	if len(s) > mostValues+mostDoubts || !s.has(overflow) {
		t.Errorf("%d values", len(s))
	}
}
