package verify

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// boto is a real boto3 to cut and damage.
type boto struct {
	python    *pyrun.Interpreter
	installed string
	fat       string
}

func install(t *testing.T, python string, requirements ...string) *boto {
	t.Helper()
	p := pyruntest.Need(t, python)
	b := &boto{python: p, installed: pyruntest.Install(t, p, requirements...)}
	b.fat = b.write(t)
	return b
}

// write makes a package with these damages.
func (b *boto) write(t *testing.T, damages ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "package")
	script := filepath.Join("testdata", "damage.py")
	if _, _, err := b.python.Run(t.Context(), pyrun.Command{Isolated: true, Args: append([]string{script, b.installed, dir}, damages...)}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// compare holds a package to the undamaged one.
func (b *boto) compare(t *testing.T, slim string, opts Options) *Verdict {
	t.Helper()
	opts.Python = b.python.Language()
	v, err := Compare(t.Context(), open(t, b.fat), open(t, slim), opts)
	if err != nil {
		t.Fatal(err)
	}
	if v.Cases != v.Same+v.Differs+v.NotExercised || len(v.Differences) != v.Differs || len(v.Gaps) != v.NotExercised {
		t.Errorf("%d cases are %d, %d and %d; %d differences and %d gaps are listed",
			v.Cases, v.Same, v.Differs, v.NotExercised, len(v.Differences), len(v.Gaps))
	}
	return v
}

func open(t *testing.T, dir string) *artifact.Artifact {
	t.Helper()
	a, err := artifact.Open(dir, artifact.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

// damage is a line of testdata/damages.txt.
type damage struct {
	name, shows string
	alone       bool // or it would hide all others
	service     string
}

const nowhere = "nowhere"

// damages reads the table. damage.py reads the changes in it.
func damages(t *testing.T, choose func(damage) bool) []damage {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "damages.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var all []damage
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		if len(f) == 0 || f[0] == "#" || f[0] == "+" {
			continue
		}
		if len(f) < 5 {
			t.Fatalf("damages.txt: %q names no case", line)
		}
		name, alone := strings.CutPrefix(f[0], "!")
		service, _, _ := strings.Cut(f[1], "/")
		d := damage{name, strings.Join(f[4:], " "), alone, service}
		if choose(d) {
			all = append(all, d)
		}
	}
	return all
}

// apart shares damages among packages, so that none hides another: no two of one
// package show in the same operation.
func apart(damages []damage) (packages [][]damage) {
	var taken []map[string]bool
	for _, d := range damages {
		parts := strings.SplitN(d.shows, ":", 3)
		where := parts[0] + ":" + parts[1]
		i := slices.IndexFunc(taken, func(t map[string]bool) bool { return !t[where] })
		if i < 0 {
			i = len(taken)
			taken, packages = append(taken, map[string]bool{}), append(packages, nil)
		}
		taken[i][where] = true
		packages[i] = append(packages[i], d)
	}
	return packages
}

func TestCompare(t *testing.T) {
	t.Parallel()
	b := install(t, "3.13", "boto3")
	t.Run("damaged", b.testDamaged)
	t.Run("damaged alone", b.testDamagedAlone)
	t.Run("harmless", b.testHarmless)
	t.Run("only", b.testOnly)
	t.Run("missing", b.testMissing)
	t.Run("clients only", b.testClientsOnly)
	t.Run("memory", b.testMemory)
	t.Run("zip", b.testZip)
	t.Run("interrupted", b.testInterrupted)
}

// few is how many damages are worth a comparison of everything: fewer are tried
// in their own cases.
const few = 6

// testDamaged proves that the proof can fail: each damage is seen where it is.
func (b *boto) testDamaged(t *testing.T) {
	t.Parallel()
	together := damages(t, func(d damage) bool { return !d.alone && d.shows != nowhere })
	for _, some := range apart(together) {
		if len(some) >= few {
			b.testTogether(t, some)
			continue
		}
		for _, d := range some {
			b.testAlone(t, d)
		}
	}
}

func (b *boto) testTogether(t *testing.T, some []damage) {
	var names, services []string
	for _, d := range some {
		names = append(names, d.name)
		service, _, _ := strings.Cut(d.shows, ":")
		services = append(services, service)
	}
	v := b.compare(t, b.write(t, names...), Options{Services: services})
	for _, d := range some {
		if !differs(v, d.shows) {
			t.Errorf("%s: %s does not differ", d.name, d.shows)
		}
	}
	for _, diff := range v.Differences {
		if !slices.ContainsFunc(some, func(d damage) bool { return near(d.shows, diff.Case) }) {
			t.Errorf("%s differs, and nothing is damaged there\n%.300q", diff.Case, diff.Parts())
		}
	}
	for _, g := range v.Gaps {
		if g.Reason == "" || strings.Contains(g.Reason, "cannot be made") {
			t.Errorf("%s: %q", g.Case, g.Reason)
		}
	}
}

// testAlone looks at nothing but the case, where there is one.
func (b *boto) testAlone(t *testing.T, d damage) {
	opts := Options{Services: []string{cmp.Or(d.service, "sqs")}}
	if only, err := ParseCase(d.shows); err == nil && !strings.HasSuffix(d.shows, "*") {
		opts = Options{Only: only}
	}
	if v := b.compare(t, b.write(t, d.name), opts); !differs(v, d.shows) {
		t.Errorf("%s: %s does not differ\n%s", d.name, d.shows, all(v))
	}
}

// testDamagedAlone tries those that would hide all others.
func (b *boto) testDamagedAlone(t *testing.T) {
	t.Parallel()
	b.testAlone(t, damage{"source", "::import", true, ""}) // a file that is none of the models
	for _, d := range damages(t, func(d damage) bool { return d.alone }) {
		b.testAlone(t, d)
	}
}

// testHarmless proves that what differs is not just any byte.
func (b *boto) testHarmless(t *testing.T) {
	t.Parallel()
	var names, services []string
	for _, d := range damages(t, func(d damage) bool { return d.shows == nowhere }) {
		names, services = append(names, d.name), append(services, d.service)
	}
	if v := b.compare(t, b.write(t, names...), Options{Services: services}); v.Differs > 0 || v.Same < 500 {
		t.Errorf("%q: %d the same; %s", names, v.Same, first(v))
	}
}

// near reports whether a difference may come from the damage that a case shows.
func near(damage string, c Case) bool {
	if c.Operation == "" || strings.HasSuffix(damage, ":"+c.Case) { // an error of several operations
		return strings.HasPrefix(damage, c.Service+":")
	}
	return strings.HasPrefix(damage, c.Service+":"+c.Operation+":")
}

// testDamagedAlone tries those that would hide all others.
// TestDamages holds the table to what the issue of its name asks for: distinct
// kinds of damage, each with its case.
func TestDamages(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range damages(t, func(damage) bool { return true }) {
		if seen[d.name] {
			t.Errorf("%s is there twice", d.name)
		}
		if d.shows != nowhere {
			seen[d.name] = true
			if _, err := ParseCase(d.shows); err != nil {
				t.Errorf("%s: %v", d.name, err)
			}
		}
	}
	if len(seen) < 45 {
		t.Errorf("%d kinds", len(seen))
	}
}

// TestOld does the same in the article's boto3, whose endpoints come from a table.
func TestOld(t *testing.T) {
	t.Parallel()
	b := install(t, "3.7", "boto3==1.9.233", "botocore==1.12.233")
	if v := b.compare(t, b.write(t), Options{}); v.Differs > 0 || v.Same < 500 {
		t.Errorf("%d the same, %d different: %s", v.Same, v.Differs, first(v))
	}
	v := b.compare(t, b.write(t, "hostname", "input_member", "signing_region"), Options{Services: []string{"sns", "sqs", "sts"}})
	for _, want := range []string{
		"sns:ListTopics:endpoint/plain/eu-west-2", "sqs:SendMessage:request/member/DelaySeconds", "sts:GetCallerIdentity:endpoint/plain/aws-global",
	} {
		if !differs(v, want) {
			t.Errorf("%s does not differ\n%s", want, all(v))
		}
	}
}

// testOnly holds one case alone to what it is among the others.
func (b *boto) testOnly(t *testing.T) {
	t.Parallel()
	slim := b.write(t, "authtype")
	all := b.compare(t, slim, Options{Services: []string{"sso"}, Seed: 7})
	only, err := ParseCase("sso:GetRoleCredentials:request/required")
	if err != nil {
		t.Fatal(err)
	}
	one := b.compare(t, slim, Options{Only: only, Seed: 7})
	if one.Differs != 1 {
		t.Fatalf("%+v", one)
	}
	i := slices.IndexFunc(all.Differences, func(d Difference) bool { return d.Case == only })
	if i < 0 || string(all.Differences[i].Fat) != string(one.Differences[0].Fat) {
		t.Errorf("alone it is\n%s", one.Differences[0].Fat)
	}
}

// testMissing tells what was dropped from what is missing.
func (b *boto) testMissing(t *testing.T) {
	t.Parallel()
	slim := b.write(t, "operation")
	if err := os.RemoveAll(filepath.Join(slim, "botocore", "data", "kinesis")); err != nil {
		t.Fatal(err)
	}
	opts := Options{Services: []string{"sns", "kinesis"}}
	if v := b.compare(t, slim, opts); v.Differs > 0 || len(v.Services) != 1 || len(v.Services["sns"]) != 1 {
		t.Errorf("%v: %s", v.Services, first(v))
	}
	opts.Keep = map[string][]string{"sns": {"*"}, "kinesis": {"SubscribeToShard"}}
	v := b.compare(t, slim, opts)
	for _, want := range []string{"sns::operations", "kinesis::operations", "sns:ListTopics:resource/service/collection/topics/all"} {
		if !differs(v, want) {
			t.Errorf("%s does not differ\n%s", want, all(v))
		}
	}
	for _, d := range v.Differences {
		if d.Operation != "" && d.Operation != "ListTopics" {
			t.Errorf("%s differs, and was not dropped", d.Case)
		}
	}
}

// testClientsOnly: resources that were meant to go must fail as boto3 says, and any
// others must be there.
func (b *boto) testClientsOnly(t *testing.T) {
	t.Parallel()
	slim := b.write(t)
	if err := os.RemoveAll(filepath.Join(slim, "boto3", "data", "sns")); err != nil {
		t.Fatal(err)
	}
	opts := Options{Services: []string{"sns"}}
	if v := b.compare(t, slim, opts); !differs(v, "::available resources") || !differs(v, "sns::resource/service/names") {
		t.Errorf("resources are missing: %s", first(v))
	}
	opts.ClientsOnly = []string{"sns"}
	less := b.compare(t, slim, opts)
	if less.Differs > 0 || less.Same < 100 {
		t.Errorf("%d the same: %s", less.Same, first(less))
	}
	if v := b.compare(t, b.write(t), opts); v.Differs > 0 || v.Same < less.Same+20 {
		t.Errorf("resources that stayed are not compared, %d the same: %s", v.Same, first(v))
	}
}

// testZip compares a layer, and an edited view of it that was never written.
func (b *boto) testZip(t *testing.T) {
	t.Parallel()
	fat := open(t, b.fat)
	source, err := fat.ReadFile("botocore/auth.py")
	if err != nil {
		t.Fatal(err)
	}
	edits := artifact.Edits{"botocore/auth.py": bytes.ReplaceAll(source, []byte("AWS4-HMAC-SHA256"), []byte("AWS5-HMAC-SHA256"))}
	zip := filepath.Join(t.TempDir(), "slim.zip")
	staged, err := artifact.Stage(t.Context(), fat.With(edits), zip, artifact.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := staged.Commit(); err != nil {
		t.Fatal(err)
	}
	only := Case{"sts", "GetCallerIdentity", "request/required"}
	if _, err := Compare(t.Context(), fat, fat, Options{Python: b.python.Language(), Only: Case{"sso", "GetRoleCredentials", "none"}}); err == nil {
		t.Error("a case that there is not is the same")
	}
	for _, slim := range []*artifact.Artifact{open(t, zip), fat.With(edits)} {
		v, err := Compare(t.Context(), fat, slim, Options{Python: b.python.Language(), Only: only})
		if err != nil {
			t.Fatal(err)
		}
		if v.Differs != 1 {
			t.Errorf("%s: %d differ", slim.Path(), v.Differs)
		}
	}
}

// testInterrupted ends while both sides are busy, and does end.
func (b *boto) testInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	fat := open(t, b.fat)
	if _, err := Compare(ctx, fat, fat, Options{Python: b.python.Language()}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func differs(v *Verdict, name string) bool {
	prefix, any := strings.CutSuffix(name, "*")
	return slices.ContainsFunc(v.Differences, func(d Difference) bool {
		return d.String() == name || any && strings.HasPrefix(d.String(), prefix)
	})
}

func first(v *Verdict) string {
	if len(v.Differences) == 0 {
		return "nothing"
	}
	d := v.Differences[0]
	return fmt.Sprintf("%s\n%s\n%s", d.Case, d.Fat, d.Slim)
}

func all(v *Verdict) string {
	var names []string
	for _, d := range v.Differences {
		names = append(names, d.String())
	}
	return strings.Join(names, "\n")
}
