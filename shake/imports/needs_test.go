package imports

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
	"github.com/coldcut/coldcut/internal/python"
)

// required patterns with the characters that a text must have.
var requiredPatterns = map[string]string{
	`a:b`:             ":",
	`^\[(?:a|b)?:\]$`: ":[]",
	`:|;`:             "",
	`:;|;:`:           ":;",
	`a:?`:             "",
	`(:)?`:            "",
	`(:)+`:            ":",
	`(:)*;`:           ";",
	`(?::){2}`:        ":",
	`(?::){0,2}`:      "",
	`(?::){,2}-`:      "-",
	`(?::){1,}?`:      ":",
	`:{a}`:            ":{}",
	`:{`:              ":{",
	`:{,}`:            "",
	`:{}`:             ":{}",
	`[:]`:             "",
	`[^:]`:            "",
	`[]:]-`:           "-",
	`[\]:]-`:          "-",
	`(?=:)a`:          "",
	`(?!:)-`:          "-",
	`(?<=:)a`:         "",
	`(?<!:)a@`:        "@",
	`(?P<n>:)`:        ":",
	`(?P<n>:)(?P=n)`:  "",
	`(?i:a):`:         "",
	`(?x)a : b`:       "",
	`(?#:)a`:          "",
	`(a)(?(1):|;)`:    "",
	`\.\d\w`:          ".",
	`\x3a:`:           "",
	`\1:`:             "",
	`.:$`:             ":",
	`::|\|`:           "",
	`é:`:              ":",
	`(:`:              "",
	`:)`:              "",
	`:**`:             "",
	`a b`:             " ",
	"":                "",
	`|:`:              "",
	`(?:|:)`:          "",
	`:++`:             ":",
	`\-(?:\:[0-9]+)`:  "-:",
	`https?://[^/]+/`: "/:",
	`%25|%`:           "%",
}

func TestRequired(t *testing.T) {
	for pattern, want := range requiredPatterns {
		if got := required(pattern); got != want {
			t.Errorf("%s needs %q, want %q", pattern, got, want)
		}
	}
}

// lacking makes texts of the characters of each pattern, and asserts that it matches
// none that lacks one which it is said to need.
const lacking = `
import json, random, re, sys, warnings
warnings.simplefilter("ignore")
random.seed(1)
tried = 0
for pattern, needs in json.load(open(sys.argv[1])).items():
    try:
        made = re.compile(pattern)
    except re.error:
        continue
    for c in needs:
        letters = [x for x in set(pattern + "ab:;-.%/0 ") if x != c]
        for _ in range(500):
            text = "".join(random.choice(letters) for _ in range(random.randrange(8)))
            assert not made.search(text), (pattern, needs, text)
            tried += 1
assert tried > 5000, tried
`

func TestRequiredAgainstPython(t *testing.T) {
	all := map[string]string{}
	for pattern := range requiredPatterns {
		all[pattern] = required(pattern)
	}
	data, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "patterns.json")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"3.7", "3.13"} {
		_, _, err := pyruntest.Optional(t, version).Run(t.Context(), pyrun.Command{Isolated: true, NoSite: true, Args: []string{"-c", lacking, file}})
		if err != nil {
			t.Error(err)
		}
	}
}

// FuzzRequired holds that any pattern is read to an end.
func FuzzRequired(f *testing.F) {
	for pattern := range requiredPatterns {
		f.Add(pattern)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		for _, c := range required(pattern) {
			if c >= 0x80 || isWord(byte(c)) {
				t.Errorf("%q needs %q", pattern, c)
			}
		}
	})
}

func TestConstant(t *testing.T) {
	tests := []struct {
		source, want string
		ok           bool
	}{
		{`X = "a" + 'b' r"\c"`, `ab\c`, true},
		{"A = 'a'\nX = A + A", "aa", true},
		{"A = {'b': 'c'}\nX = '%(b)s%%' % A", "c%", true},
		{"X = '%(b)s' % {'b': 'c'}", "c", true},
		{"A = ['a', 'b']\nX = '|'.join([a + '-' for a in A])", "a-|b-", true},
		{"X = '{a}.{b}'.format(a='1', b='2')", "1.2", true},
		{"X = 'abcd'[1:-1]", "bc", true},
		{"X = 'abcd'[2:]", "cd", true},
		{"X = 'éa'[1:]", "a", true},

		{"X = 'abcd'[::2]", "", false},
		{"X = 'abcd'[5:]", "", false},
		{"X = 'abcd'[1]", "", false},
		{"A = 'a'\nA = 'b'\nX = A", "", false},
		{"X = A\nA = 'b'", "", false},
		{"if True:\n    A = 'b'\nX = A", "", false},
		{"A = 'a'\ndef f():\n    global A\nX = A", "", false},
		{"A = {'b': 'c'}\nA['b'] = 'd'\nX = '%(b)s' % A", "", false},
		{"A = {'b': 'c'}\nB = A\nX = '%(b)s' % A", "", false},
		{"A = ['a']\ndef f():\n    A.append('b')\nf()\nX = ''.join(A)", "", false},
		{"A = ['a']\nX = ''.join([a for a in A if a])", "", false},
		{"X = '%s' % 'a'", "", false},
		{"X = '%(b)d' % {'b': '1'}", "", false},
		{"X = '%(b)s' % {'c': '1'}", "", false},
		{"X = '{}'.format('a')", "", false},
		{"X = '{a!r}'.format(a='1')", "", false},
		{"X = '{{a}}'.format(a='1')", "", false},
		{"X = '}'.format(a='1')", "", false},
		{"X = f'{1}'", "", false},
		{"X = b'a'", "", false},
		{"X = 'a' * 2", "", false},
		{"from m import A\nX = A", "", false},
		{"X = str('a')", "", false},
		{"X = X + 'a'", "", false},
	}
	for _, test := range tests {
		m := newFamily(map[string][]byte{"m.py": []byte(test.source)}).modules["m"]
		last := m.file.Body[len(m.file.Body)-1]
		if a, ok := last.(*python.Assign); !ok || a.Targets[0].(*python.Name).ID != "X" {
			last = m.file.Body[0]
		}
		got, ok := m.text(last.(*python.Assign).Value)
		if got != test.want || ok != test.ok {
			t.Errorf("%s\nis %q, %v, want %q", test.source, got, ok, test.want)
		}
	}
}
