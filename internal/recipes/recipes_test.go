package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/internal/project"
)

const root = "../.."

// TestPages holds each page to its example: what it shows of a file is in the file, and
// there are commands to run.
func TestPages(t *testing.T) {
	for _, r := range recipes {
		t.Run(r.name, func(t *testing.T) {
			text, err := r.page(root)
			if err != nil {
				t.Fatal(err)
			}
			all, err := blocks(text)
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range all {
				if b.file == "" {
					continue
				}
				if file := read(t, filepath.Join(r.example(root), b.file)); !strings.Contains(file, b.text) {
					t.Errorf("%s has no\n%s", b.file, b.text)
				}
			}
			script, err := r.script(root)
			if err != nil || !strings.Contains(script, "coldcut ") {
				t.Errorf("commands %q, %v", script, err)
			}
			if want := "examples/recipes/" + r.name + "\n"; !strings.Contains(text, want) {
				t.Errorf("it does not say where the example is: %s", want)
			}
		})
	}
}

// TestAllAreRecipes holds that no page and no example is left out of the runs, and that
// the overview has a result of each.
func TestAllAreRecipes(t *testing.T) {
	var names []string
	for _, r := range recipes {
		names = append(names, r.name)
	}
	slices.Sort(names)
	for pattern, besides := range map[string][]string{"docs/recipes/*.md": {"README", "check"}, "examples/recipes/*": nil} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		var there []string
		for _, f := range found {
			if name := strings.TrimSuffix(filepath.Base(f), ".md"); !slices.Contains(besides, name) {
				there = append(there, name)
			}
		}
		if !slices.Equal(there, names) {
			t.Errorf("%s: %q, want %q", pattern, there, names)
		}
	}
	_, results, _ := strings.Cut(read(t, filepath.Join(root, overview)), place.Begin)
	results, _, _ = strings.Cut(results, place.End)
	for _, name := range names {
		if !strings.Contains(results, "["+name+"]("+name+".md)") {
			t.Errorf("%s has no result of %s", overview, name)
		}
	}
}

// TestInitSendsHere holds coldcut init, in each example, to know the framework, to name
// the page, and to print commands that are on it.
func TestInitSendsHere(t *testing.T) {
	for name, framework := range map[string]string{
		"sam": project.SAM, "serverless": project.Serverless, "cdk": project.CDK, "terraform": project.Terraform,
		"chalice": project.Chalice, "zappa": project.Zappa, "docker": project.Docker,
	} {
		p := project.Look(filepath.Join(root, "examples", "recipes", name))
		a := p.Advice()
		if p.Framework() != framework || a.More != name+".md" || len(p.Boto) == 0 || len(p.Unread) > 0 {
			t.Errorf("%s: %+v, %+v", name, p, a)
		}
		page := read(t, filepath.Join(root, "docs", "recipes", name+".md"))
		for _, line := range slices.Concat(a.Build, a.Check) {
			line, _, _ = strings.Cut(strings.TrimPrefix(line, "&& "), " -") // flags may be settings, too
			for _, command := range strings.Split(line, " && ") {
				if command = strings.TrimSuffix(strings.TrimSpace(command), "  # where nothing has been built yet"); name != "serverless" && !strings.Contains(page, command) {
					t.Errorf("%s: the page has no %q", name, command)
				}
			}
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestCommands(t *testing.T) {
	for page, want := range map[string]string{
		"```sh\na\n```\ntext\n```yaml x.yaml\nb\n```\n\n```sh\nc \\\n  d\n```\n": "a\nc \\\n  d\n",
		"```console\n$ a\n```\n":     "error",
		"```sh\na\n":                 "error",
		"```sh\na\n```sh\nb\n```\n":  "error",
		"```sh\r\na\r\n```\r\n":      "a\r\n",
		"    ```sh\n```sh\na\n```\n": "a\n",
	} {
		got, err := commands(page)
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%q: %q, %v, want %q", page, got, err, want)
		}
	}
}

func TestRuns(t *testing.T) {
	const file = "FROM x\n# RUN no\nRUN --mount=type=bind,source=a,target=/b \\\n    --network=none a && \\\n    b --c\nRUN d\nCOPY RUN e\n"
	if got, want := strings.Join(strings.Fields(runs(file)), " "), "a && b --c d"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// A function that does anything else than it should, and a package that has more or
// less than it should, are no success.
func TestJudge(t *testing.T) {
	good := func() *tasted {
		return &tasted{Answer: map[string]string{"stored": "1"}, Services: []string{"dynamodb", "s3"}, Lost: "… coldcut removed …"}
	}
	requests := []string{"DynamoDB_20120810.PutItem", "PUT /orders-archive/1.json"}
	if err := good().judge(false, requests); err != nil {
		t.Error(err)
	}
	g := good()
	g.Services = append(g.Services, "sts")
	if err := g.judge(true, requests); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*tasted){
		"another answer":   func(g *tasted) { g.Answer = nil },
		"a service more":   func(g *tasted) { g.Services = []string{"dynamodb", "s3", "sqs"} },
		"a service less":   func(g *tasted) { g.Services = []string{"s3"} },
		"the whole boto3":  func(g *tasted) { g.Lost = "" },
		"cut by something": func(g *tasted) { g.Lost = "Unknown service: 'polly'." },
	} {
		g := good()
		if spoil(g); g.judge(false, requests) == nil {
			t.Errorf("%s is taken for a success", name)
		}
	}
	if good().judge(false, requests[:1]) == nil {
		t.Error("a request less is taken for a success")
	}
}

// A result counts only for the recipe that it is of.
func TestKept(t *testing.T) {
	before := recipes
	defer func() { recipes = before }()
	t.Chdir(t.TempDir())
	write := func(name, text string) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	write("docs/recipes/one.md", "```sh\ncoldcut a\n```\n")
	write("examples/recipes/one/app.py", "")
	one := &recipe{name: "one", tools: []tool{{"One", ""}}, artifacts: []artifact{{path: "x.zip"}}, ran: "all"}
	recipes = []*recipe{one}
	k := &kitchen{work: "work"}
	if _, err := k.kept(); err == nil || !strings.Contains(err.Error(), "one has not been run") {
		t.Error(err)
	}
	hash, err := one.hash(".")
	if err != nil {
		t.Fatal(err)
	}
	if err := k.keep(&result{recipe: one, Of: hash, Versions: []string{"1.2"}, Before: "9 MiB", After: "1 MiB"}); err != nil {
		t.Fatal(err)
	}
	all, err := k.kept()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(rows(all)[1], "|"), "[one](one.md)|One 1.2|all|`x.zip`: works|9 MiB → 1 MiB"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	write("examples/recipes/one/app.py", "changed")
	if _, err := k.kept(); err == nil || !strings.Contains(err.Error(), "has changed since") {
		t.Error(err)
	}
}

func TestSizes(t *testing.T) {
	const out = "total           36 MiB  7.8 MiB         2,438    468\nas a zip        18 MiB  2.4 MiB\n+ total x\ntotal   600 KiB  1.1 MiB   2   3\n"
	if before, after := sizes(out); before != "600 KiB" || after != "1.1 MiB" {
		t.Errorf("%q, %q", before, after)
	}
	if before, _ := sizes("nothing"); before != "" {
		t.Errorf("%q", before)
	}
}
