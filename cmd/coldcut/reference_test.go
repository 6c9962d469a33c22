package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/coldcut/coldcut/bench"
	"github.com/coldcut/coldcut/internal/audit"
	"github.com/coldcut/coldcut/internal/report"
)

const (
	reference = "../../docs/reference"
	generated = "<!-- Made of the program by `make docs`. -->\n\n"
)

// contract is what scripts may rely on of a verb, beside its flags.
type contract struct {
	gate string   // when it exits with 3, or nothing if it never does
	keys []string // its keys of the JSON document, as docs/reference/json.md lists them
}

var contracts = map[string]contract{
	"scan":    {"with `--against`, something ran that would not be kept", []string{".uses[]", ".unresolved[]", ".services{}[]", ".against"}},
	"explain": {"", []string{".explanation", ".imports"}},
	"slim":    {"a place cannot be told and is not declared, or the slim package differs from the fat one; nothing was written", []string{".boto", ".services{}[]", ".before", ".after", ".passes[]", ".kept[]", ".dropped[]", ".unresolved[]"}},
	"verify":  {"something differs", []string{".cases", ".same", ".differs", ".not_exercised", ".differences[]"}},
	"check":   {"something was found", []string{".findings[]"}},
	"init":    {"", nil},
	"trace":   {"never by itself: it exits as COMMAND does, with 128 and the number of the signal if one ended that", nil},
	"bench":   {"", []string{".backend", ".seed", ".arms[]", ".comparisons[]"}},
	"audit":   {"", []string{".account", ".regions[]", ".functions[]", ".functions[].verdict", ".functions[].takes", ".totals"}},
	"serve":   {"", nil},
}

// environment are the variables that every verb minds.
var environment = [][2]string{
	{"COLDCUT_CACHE", "the folder of the cache, or `off`"},
	{"NO_COLOR", "no colour, whatever the terminal can do"},
	{"SHARDS", "how many parts an audit has, where AWS Batch or Kubernetes say which one this is; SHARD=I/N says both"},
	{"SOURCE_DATE_EPOCH", "the time of the files in what is written, in seconds since 1970"},
	{"GOMEMLIMIT", "the memory that there is, instead of what coldcut takes by itself"},
}

// TestReference holds docs/reference to the commands; -update (make docs) rewrites it.
func TestReference(t *testing.T) {
	root := newRoot(&system{getenv: func(string) string { return "" }})
	addVerbs(root, &system{getenv: func(string) string { return "" }}, nil)
	pages := map[string]string{"coldcut.md": overview(root), "json.md": jsonPage(t)}
	for _, verb := range verbs {
		cmd, _, err := root.Find([]string{verb.name})
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := contracts[verb.name]; !ok {
			t.Errorf("%s has no contract", verb.name)
		}
		pages["coldcut-"+verb.name+".md"] = verbPage(cmd)
	}
	for name, page := range pages {
		goldenFile(t, filepath.Join(reference, name), generated+page)
	}
	there, err := filepath.Glob(filepath.Join(reference, "coldcut*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range there {
		if _, ok := pages[filepath.Base(file)]; !ok {
			t.Errorf("%s is of no command", file)
		}
	}
	for verb, c := range contracts {
		for _, key := range c.keys {
			if !strings.Contains(pages["json.md"], "- `"+key+"`") {
				t.Errorf("%s promises %s, and a document has no such key", verb, key)
			}
		}
	}
}

// TestEnvironment fails where a variable of the reference is named in no source.
func TestEnvironment(t *testing.T) {
	for _, variable := range environment {
		if !slices.ContainsFunc(sources(t), func(s string) bool { return strings.Contains(s, `"`+variable[0]+`"`) }) {
			t.Errorf("nothing reads %s", variable[0])
		}
	}
}

// sources are the texts of all that is not a test.
func sources(t *testing.T) (texts []string) {
	t.Helper()
	for _, dir := range []string{".", "../../artifact", "../../internal/pyrun", "../../internal/shard"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(file, "_test.go") {
				texts = append(texts, string(data))
			}
		}
	}
	return texts
}

func overview(root *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# coldcut\n\n%s\n\n## Synopsis\n\n```\ncoldcut VERB [flags]\n```\n\n## Description\n\n%s## Verbs\n\n", decapitalised(root.Short), prose(root.Long))
	for _, verb := range verbs {
		cmd, _, _ := root.Find([]string{verb.name})
		fmt.Fprintf(&b, "- [coldcut %s](coldcut-%s.md): %s\n", verb.name, verb.name, decapitalised(cmd.Short))
	}
	b.WriteString("- coldcut completion bash|zsh|fish|powershell: print completions for a shell\n")
	fmt.Fprintf(&b, "\n## Flags of every verb\n\n%s\n## Environment\n\n", flagList(root.PersistentFlags()))
	for _, variable := range environment {
		fmt.Fprintf(&b, "- **%s**: %s\n", escaped(variable[0]), variable[1])
	}
	fmt.Fprintf(&b, "\n## Exit codes\n\n%s- **3**: a gate tripped: slim refused, verify differed, check found something\n", exitCodes)
	b.WriteString("\nThey are the same in every format.\n\n## Files\n\n- `coldcut.lock`: what is kept and why, to be reviewed and committed\n" +
		"- `pyproject.toml`, `coldcut.toml`: settings, under `[tool.coldcut]`\n\n## Examples\n\n" + code(root.Example))
	return b.String()
}

const exitCodes = "- **0**: all is well\n- **1**: coldcut failed\n- **2**: it was called in a way that it does not understand\n"

func verbPage(cmd *cobra.Command) string {
	var b strings.Builder
	usage := strings.TrimSuffix(cmd.UseLine(), " [flags]")
	fmt.Fprintf(&b, "# %s\n\n%s\n\n## Synopsis\n\n```\n%s [flags]\n```\n\n## Description\n\n%s", cmd.CommandPath(), decapitalised(cmd.Short), strings.Replace(usage, " [flags]", "", 1), prose(cmd.Long))
	fmt.Fprintf(&b, "## Flags\n\n%s\nand those of [every verb](coldcut.md).\n\n## Exit codes\n\n%s", flagList(cmd.LocalNonPersistentFlags()), exitCodes)
	c := contracts[cmd.Name()]
	if c.gate != "" {
		fmt.Fprintf(&b, "- **3**: %s\n", c.gate)
	}
	if len(c.keys) > 0 {
		fmt.Fprintf(&b, "\n## JSON\n\nWith `--format json`, programs may rely on these keys of the [document](json.md):\n\n")
		for _, key := range c.keys {
			fmt.Fprintf(&b, "- `%s`\n", key)
		}
	}
	return b.String() + "\n## Examples\n\n" + code(cmd.Example)
}

// flagList has each flag as the help has it, with its default.
func flagList(flags *pflag.FlagSet) string {
	var b strings.Builder
	flags.SortFlags = false
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		one := pflag.NewFlagSet("", pflag.ContinueOnError)
		one.AddFlag(f)
		name, text, _ := strings.Cut(strings.TrimSpace(one.FlagUsages()), "   ")
		fmt.Fprintf(&b, "- `%s`: %s\n", name, escaped(strings.Join(strings.Fields(text), " ")))
	})
	return b.String()
}

// prose is a help text as Markdown: what is indented there is code.
func prose(text string) string {
	var b strings.Builder
	for block := range strings.SplitSeq(strings.Trim(text, "\n"), "\n\n") {
		lines := strings.Split(block, "\n")
		i := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "  ") })
		if i < 0 {
			i = len(lines)
		}
		if i > 0 {
			b.WriteString(escaped(strings.Join(lines[:i], "\n")) + "\n\n")
		}
		if i < len(lines) {
			b.WriteString(code(strings.Join(lines[i:], "\n")) + "\n")
		}
	}
	return b.String()
}

// code is an indented text as a block of code.
func code(text string) string {
	lines := strings.Split(strings.Trim(text, "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimPrefix(lines[i], "  ")
	}
	return "```\n" + strings.Join(lines, "\n") + "\n```\n"
}

func escaped(text string) string {
	return strings.NewReplacer("*", `\*`, "_", `\_`, "<", `\<`).Replace(text)
}

func decapitalised(s string) string { return strings.ToLower(s[:1]) + s[1:] }

// jsonPage lists the keys of a document, from the types that it is made of.
func jsonPage(t *testing.T) string {
	t.Helper()
	k := &keys{t: t, comments: map[string]map[string]string{}}
	k.list("", reflect.TypeFor[report.Document](), nil)
	k.b.WriteString("\n## Of bench\n\n")
	k.list("", reflect.TypeFor[bench.Result](), nil)
	k.b.WriteString("\n## Of audit\n\n- `.totals` object\n")
	k.list(".totals", reflect.TypeFor[audit.Totals](), nil)
	k.list("", reflect.TypeFor[audit.Result](), nil)
	return fmt.Sprintf("# The JSON document\n\nWhat `--format json` prints is one document, of schema %d. Keys may come to it; those that are\nthere keep their meaning. A verb has the keys that concern it. `[]` is a list, `{}` an\nobject by name.\n\n## Of all verbs but bench and audit\n\n%s", report.Schema, &k.b)
}

// keys writes the keys of types, with the comments on their fields.
type keys struct {
	t        *testing.T
	b        strings.Builder
	comments map[string]map[string]string // by package, by Type.Field
}

func (k *keys) list(at string, typ reflect.Type, above []reflect.Type) {
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		inner, suffix := elements(f.Type)
		switch {
		case f.Anonymous && name == "":
			k.list(at, inner, above)
			continue
		case name == "-" || !f.IsExported():
			continue
		case name == "":
			name = f.Name
		}
		key := at + "." + name + suffix
		fmt.Fprintf(&k.b, "- `%s` %s", key, kindOf(inner))
		if comment := k.comment(typ, f.Name); comment != "" {
			k.b.WriteString(": " + escaped(comment))
		}
		k.b.WriteString("\n")
		if kindOf(inner) == "object" && !slices.Contains(above, inner) {
			k.list(key, inner, append(above[:len(above):len(above)], inner))
		}
	}
}

// elements is what a type holds, through pointers, lists and maps.
func elements(typ reflect.Type) (inner reflect.Type, suffix string) {
	for !marshals(typ) {
		switch typ.Kind() {
		case reflect.Slice, reflect.Array:
			suffix += "[]"
		case reflect.Map:
			suffix += "{}"
		case reflect.Pointer:
		default:
			return typ, suffix
		}
		typ = typ.Elem()
	}
	return typ, suffix
}

// marshals reports whether a type says itself how it is written, which ours do as text.
func marshals(typ reflect.Type) bool {
	for _, method := range []string{"MarshalText", "MarshalJSON"} {
		if _, ok := typ.MethodByName(method); ok {
			return true
		}
		if _, ok := reflect.PointerTo(typ).MethodByName(method); ok {
			return true
		}
	}
	return false
}

func kindOf(typ reflect.Type) string {
	switch {
	case marshals(typ) || typ.Kind() == reflect.String:
		return "text"
	case typ.Kind() == reflect.Struct:
		return "object"
	case typ.Kind() == reflect.Bool:
		return "true or false"
	case typ.Kind() == reflect.Interface:
		return "any"
	}
	return "number"
}

// comment is the doc comment of a field, on one line.
func (k *keys) comment(typ reflect.Type, field string) string {
	dir, ours := strings.CutPrefix(typ.PkgPath(), module+"/")
	if !ours {
		return ""
	}
	if k.comments[dir] == nil {
		k.comments[dir] = k.read(dir)
	}
	return k.comments[dir][typ.Name()+"."+field]
}

// read collects the comments on the fields of a package's structs.
func (k *keys) read(dir string) map[string]string {
	files, err := filepath.Glob(filepath.Join("../..", dir, "*.go"))
	if err != nil {
		k.t.Fatal(err)
	}
	all := map[string]string{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			k.t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if s, ok := spec.Type.(*ast.StructType); ok {
				fieldComments(all, spec.Name.Name, s)
			}
			return true
		})
	}
	return all
}

func fieldComments(all map[string]string, typ string, s *ast.StructType) {
	for _, f := range s.Fields.List {
		text := f.Doc.Text() + f.Comment.Text()
		for _, name := range f.Names {
			all[typ+"."+name.Name] = strings.NewReplacer("[", "", "]", "").Replace(strings.Join(strings.Fields(text), " "))
		}
	}
}
