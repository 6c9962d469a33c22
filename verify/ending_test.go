package verify

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// patience is more than an import takes on a busy machine.
const patience = 10 * time.Second

// endings are packages that do not answer in one case, and what is seen of that.
var endings = []struct{ damage, saw string }{
	{"parser_exits", `"Python ended: exit status 7"`},
	{"parser_leaves", `builtins.SystemExit`},
	{"parser_crashes", `signal: segmentation fault`},
	{"parser_loops", `"no answer within 10s"`},
	{"parser_recurses", `builtins.RecursionError`},
	{"parser_prints", `no answer but garbage`},
}

// unanswered is that case; all others must be as ever.
const unanswered = "sns:Publish:response/error/EndpointDisabledException"

func TestEndings(t *testing.T) {
	t.Parallel()
	b := install(t, "3.13", "boto3")
	for _, e := range endings {
		t.Run(e.damage, func(t *testing.T) {
			t.Parallel()
			b.testEnding(t, e.damage, e.saw)
		})
	}
	t.Run("import", b.testImportEnds)
	t.Run("always", b.testAlwaysEnds)
	t.Run("fat", b.testFatEnds)
	t.Run("making", b.testMakingEnds)
}

// testEnding: the case differs, says how Python ended, and the rest is the same.
func (b *boto) testEnding(t *testing.T, damage, saw string) {
	v := b.compare(t, b.write(t, damage), Options{Services: []string{"sns"}, Limit: patience})
	for _, d := range v.Differences {
		if d.String() != unanswered || !strings.Contains(string(d.Slim), saw) {
			t.Errorf("%s: %s", d.Case, d.Slim)
		}
		if strings.Contains(string(d.Slim), "coldcut-verify-") {
			t.Errorf("a path of this machine: %s", d.Slim)
		}
	}
	if v.Differs != 1 || v.Same < 100 {
		t.Errorf("%d differ, %d the same", v.Differs, v.Same)
	}
}

// testImportEnds: a package that cannot be imported differs in that, and nothing
// else can be asked of it.
func (b *boto) testImportEnds(t *testing.T) {
	t.Parallel()
	for damage, saw := range map[string]string{
		"import_exits": "exit status 7", "import_loops": "signers.py",
	} {
		slim := b.write(t, damage)
		v := b.compare(t, slim, Options{Limit: patience})
		if v.Differs != 1 || !differs(v, "::import") || !strings.Contains(string(v.Differences[0].Slim), saw) {
			t.Errorf("%s: %s", damage, first(v))
		}
		fat := open(t, slim)
		_, err := Compare(t.Context(), fat, fat, Options{Python: "3.13", Limit: patience})
		var none *ImportError
		if !errors.As(err, &none) || !strings.Contains(err.Error(), saw) {
			t.Errorf("%s: %v", damage, err)
		}
	}
}

// testAlwaysEnds: after a few times nothing more is tried, and all of it listed.
func (b *boto) testAlwaysEnds(t *testing.T) {
	t.Parallel()
	v := b.compare(t, b.write(t, "parser_always_exits"), Options{Services: []string{"sns"}})
	const jobs = 3 // the operations, the resources, the models from elsewhere
	if v.Differs != jobs*(mostEndsOfJob+1) {
		t.Errorf("%d differ", v.Differs)
	}
	given := 0
	for _, g := range v.Gaps {
		if strings.Contains(g.Reason, "ended Python 6 times before this") {
			given++
		}
	}
	if given < 100 {
		t.Errorf("%d are listed, of %d", given, v.Cases)
	}
}

// testFatEnds: what the fat package cannot do either is a gap, whatever the slim
// one does, and all else is compared.
func (b *boto) testFatEnds(t *testing.T) {
	t.Parallel()
	fat := open(t, b.write(t, "parser_exits"))
	for _, slim := range []string{b.fat, b.write(t, "parser_exits")} {
		v, err := Compare(t.Context(), fat, open(t, slim), Options{Python: "3.13", Services: []string{"sns"}})
		if err != nil {
			t.Fatal(err)
		}
		var gaps []string
		for _, g := range v.Gaps {
			if strings.Contains(g.Reason, "does not come to its end: Python ended: exit status 7") {
				gaps = append(gaps, g.String())
			}
		}
		if !slices.Equal(gaps, []string{unanswered}) || v.Differs > 0 || v.Same < 100 {
			t.Errorf("%v are gaps; %d differ, %d the same", gaps, v.Differs, v.Same)
		}
	}
}

// testMakingEnds: where no case can even be made, every operation is listed.
func (b *boto) testMakingEnds(t *testing.T) {
	t.Parallel()
	fat := open(t, b.write(t, "making_exits"))
	v, err := Compare(t.Context(), fat, open(t, b.fat), Options{Python: "3.13", Services: []string{"sns"}})
	if err != nil {
		t.Fatal(err)
	}
	var gaps []string
	for _, g := range v.Gaps {
		if g.Case.Case == "the rest" && strings.Contains(g.Reason, "exit status 7") {
			gaps = append(gaps, g.String())
		}
	}
	if want := []string{"sns::the rest", "sns:ListTopics:the rest", "sns:Publish:the rest"}; !slices.Equal(gaps, want) {
		t.Errorf("%v; %d differ, %d the same", gaps, v.Differs, v.Same)
	}
}

func TestLastWords(t *testing.T) {
	paths := strings.NewReplacer("/tmp/x", "PACKAGE")
	for _, c := range []struct{ said, want string }{
		{"", ""},
		{"\n", ""},
		{"a\nb\n", "a|b"},
		{strings.Repeat("x\n", 99) + "File /tmp/x/a.py\nKeyError: 1\n", "x|x|x|x|x|x|File PACKAGE/a.py|KeyError: 1"},
		{"noise\nThread 1 (most recent call first):\n  at 1\n" + strings.Repeat("  at n\n", 50), "Thread 1 (most recent call first):|  at 1" + strings.Repeat("|  at n", 6)},
		{strings.Repeat("y", mostWords) + "\nlast", strings.Repeat("y", mostWords-5) + "|last"},
	} {
		w := &lastWords{}
		for _, part := range strings.SplitAfter(c.said, "\n") {
			if n, err := w.Write([]byte(part)); n != len(part) || err != nil {
				t.Fatal(n, err)
			}
		}
		if got := strings.Join(w.lines(paths), "|"); got != c.want {
			t.Errorf("%q: %q", c.said, got)
		}
	}
}
