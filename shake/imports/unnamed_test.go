package imports

import (
	"slices"
	"testing"
)

func TestUnnamed(t *testing.T) {
	base := map[string]string{
		"boto/__init__.py":     "from boto import used\n",
		"boto/used.py":         "import importlib\n",
		"boto/alone.py":        "from boto import helper\n",
		"boto/helper.py":       "",
		"boto/pkg/__init__.py": "",
		"boto/pkg/alonely.py":  "from boto.alone import x\n",
	}
	for _, tt := range []struct {
		name    string
		sources map[string]string // beside base
		outside string
		want    []string
	}{
		{"who is named only by those that go, goes", nil, "", []string{"boto/alone.py", "boto/helper.py", "boto/pkg/alonely.py"}},
		{"a string is enough", map[string]string{"boto/used.py": "importlib.import_module('.' + 'alonely', 'boto.pkg')"}, "", nil},
		{"so is a comment", map[string]string{"boto/used.py": "# helper\n"}, "", []string{"boto/alone.py", "boto/pkg/alonely.py"}},
		{"a part of a word is not", map[string]string{"boto/used.py": "helpers = alonely2 = 1\n"}, "", []string{"boto/alone.py", "boto/helper.py", "boto/pkg/alonely.py"}},
		{"what is named outside stays, with what it names", nil, "alone", []string{"boto/pkg/alonely.py"}},
		{"a source that cannot be read names", map[string]string{"boto/used.py": "def alonely(\n"}, "", nil},
		{"names of no ASCII letters are names", map[string]string{"boto/used.py": "éalone = 1\n", "boto/é.py": ""}, "", []string{"boto/alone.py", "boto/helper.py", "boto/pkg/alonely.py", "boto/é.py"}},
		{"one of a family that was deferred stays", map[string]string{"boto/used.py": string(mark) + "\n"}, "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sources := map[string][]byte{}
			for _, files := range []map[string]string{base, tt.sources} {
				for p, text := range files {
					sources[p] = []byte(text)
				}
			}
			asked := false
			got, err := Unnamed(sources, func([]string) (map[string]bool, error) {
				asked = true
				return map[string]bool{tt.outside: true}, nil
			})
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("Unnamed: %q, %v, want %q", got, err, tt.want)
			}
			if asked != (len(tt.want) > 0) {
				t.Errorf("asked who else names them: %v", asked)
			}
		})
	}
}
