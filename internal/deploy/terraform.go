package deploy

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	hcljson "github.com/hashicorp/hcl/v2/json"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// terraform is one module: all files of a folder.
type terraform struct {
	dir       string // absolute, so that what holds path.module is too
	functions []Function
	modules   []string // local modules that it calls
	context   *hcl.EvalContext
	archives  map[string]string // what data.archive_file packs, by where it puts it
}

// terraformBlocks are the blocks that are looked at.
var terraformBlocks = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
	{Type: "variable", LabelNames: []string{"name"}}, {Type: "locals"}, {Type: "data", LabelNames: []string{"type", "name"}},
	{Type: "resource", LabelNames: []string{"type", "name"}}, {Type: "module", LabelNames: []string{"name"}},
}}

// readTerraform reads the functions of a module: resources aws_lambda_function, and
// calls of the module terraform-aws-modules/lambda. Sources: the documentation of
// both and of hashicorp/archive.
func readTerraform(dir string) ([]Function, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	t := &terraform{dir: abs, archives: map[string]string{}}
	var blocks hcl.Blocks
	var errs []error
	values := map[string]cty.Value{}
	for _, name := range list(dir) {
		body, err := parseTerraform(filepath.Join(dir, name))
		if err != nil {
			errs = append(errs, err)
		}
		switch {
		case body == nil:
		case strings.Contains(name, ".tfvars"):
			assign(values, body)
		default:
			content, _, _ := body.PartialContent(terraformBlocks)
			blocks = append(blocks, content.Blocks...)
		}
	}
	t.variables(blocks, values)
	t.locals(blocks)
	t.data(blocks)
	for _, b := range blocks {
		t.block(b)
	}
	for _, m := range t.modules {
		t.functions = append(t.functions, hidden(m)...)
	}
	return t.functions, errors.Join(errs...)
}

// parseTerraform parses a file of Terraform's, among them those that set variables
// by themselves; nil for any other.
func parseTerraform(file string) (hcl.Body, error) {
	base := filepath.Base(file)
	sets := base == "terraform.tfvars" || base == "terraform.tfvars.json" || strings.HasSuffix(base, ".auto.tfvars") || strings.HasSuffix(base, ".auto.tfvars.json")
	if !isTerraform(base) && !sets {
		return nil, nil
	}
	text, err := readFile(file)
	if err != nil {
		return nil, err
	}
	var f *hcl.File
	var diags hcl.Diagnostics
	switch {
	case deep(text):
		return nil, fmt.Errorf("template: %s: nested too deeply", file)
	case strings.HasSuffix(base, ".json"):
		f, diags = hcljson.Parse(text, file)
	default:
		f, diags = hclsyntax.ParseConfig(text, file, hcl.InitialPos)
	}
	if diags.HasErrors() {
		return nil, fmt.Errorf("template: %w", firstError(file, diags))
	}
	return f.Body, nil
}

func firstError(file string, diags hcl.Diagnostics) error {
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			line := 1
			if d.Subject != nil {
				line = d.Subject.Start.Line
			}
			return fmt.Errorf("%s:%d: %s", file, line, d.Summary)
		}
	}
	return fmt.Errorf("%s: %w", file, diags)
}

// deep reports whether a text may nest so deeply that the parser, which recurses,
// would run out of stack: by brackets, by signs before a value, or by conditionals.
func deep(text []byte) bool {
	const most, mostConditionals = 400, 5000
	depth, run, last := 0, 0, byte(0)
	for _, b := range text {
		switch b {
		case ' ', '\t', '\r', '\n':
			continue
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth = max(0, depth-1)
		}
		if run++; b != last || b != '!' && b != '-' {
			run = 0
		}
		if last = b; depth > most || run > most {
			return true
		}
	}
	return bytes.Count(text, []byte("?"))+bytes.Count(text, []byte("%{")) > mostConditionals
}

// assign takes the values of a .tfvars file; what is not a constant stays unknown.
func assign(values map[string]cty.Value, body hcl.Body) {
	attrs, _ := body.JustAttributes()
	for name, a := range attrs {
		v, diags := a.Expr.Value(nil)
		if diags.HasErrors() {
			v = cty.DynamicVal
		}
		values[name] = v
	}
}

// variables makes the context in which expressions are read: the variables, as they
// are set here or by default, and the module's own path.
func (t *terraform) variables(blocks hcl.Blocks, values map[string]cty.Value) {
	for _, b := range blocks {
		if b.Type != "variable" {
			continue
		}
		if _, set := values[b.Labels[0]]; set {
			continue
		}
		attrs, _ := b.Body.JustAttributes()
		if a := attrs["default"]; a != nil {
			if v, diags := a.Expr.Value(nil); !diags.HasErrors() {
				values[b.Labels[0]] = v
			}
		}
	}
	here := cty.StringVal(t.dir)
	t.context = &hcl.EvalContext{
		Variables: map[string]cty.Value{
			"var":  cty.ObjectVal(values),
			"path": cty.ObjectVal(map[string]cty.Value{"module": here, "root": here, "cwd": here}),
		},
		Functions: map[string]function.Function{"abspath": identity, "pathexpand": identity},
	}
}

// identity stands for functions that change how a path is written.
var identity = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "path", Type: cty.String}},
	Type:   function.StaticReturnType(cty.String),
	Impl:   func(args []cty.Value, _ cty.Type) (cty.Value, error) { return args[0], nil },
})

// mostRounds bounds how many locals are followed in a row.
const mostRounds = 8

// locals evaluates the locals, which may name each other in any order.
func (t *terraform) locals(blocks hcl.Blocks) {
	values := map[string]cty.Value{}
	for range mostRounds {
		known := len(values)
		t.context.Variables["local"] = cty.ObjectVal(values)
		for _, b := range blocks {
			if b.Type != "locals" {
				continue
			}
			attrs, _ := b.Body.JustAttributes()
			for name, a := range attrs {
				if v, diags := a.Expr.Value(t.context); !diags.HasErrors() && small(v) {
					values[name] = v
				}
			}
		}
		t.context.Variables["local"] = cty.ObjectVal(values)
		if len(values) == known {
			return
		}
	}
}

// mostText bounds a local's value, so that locals made of each other stay small.
const mostText = 1 << 12

func small(v cty.Value) bool {
	return v.Type() != cty.String || !v.IsKnown() || v.IsNull() || len(v.AsString()) < mostText
}

// data evaluates the archives that are made here, so that what names one by
// data.archive_file.NAME.output_path is understood.
func (t *terraform) data(blocks hcl.Blocks) {
	archives := map[string]cty.Value{}
	for _, b := range blocks {
		if b.Type != "data" && b.Type != "resource" || b.Labels[0] != "archive_file" {
			continue
		}
		attrs, _ := b.Body.JustAttributes()
		source := t.path(attrs["source_dir"])
		if file := t.path(attrs["source_file"]); source == "" && file != "" {
			source = file
		}
		output := t.path(attrs["output_path"])
		if output == "" { // a name of our own still leads from the function to the source
			output = filepath.Join(t.dir, ".terraform", b.Labels[1]+".zip")
		}
		t.archives[output] = source
		archives[b.Labels[1]] = cty.ObjectVal(map[string]cty.Value{"output_path": cty.StringVal(output)})
	}
	named := cty.ObjectVal(map[string]cty.Value{"archive_file": cty.ObjectVal(archives)})
	t.context.Variables["data"] = named
	t.context.Variables["archive_file"] = cty.ObjectVal(archives)
}

func (t *terraform) block(b *hcl.Block) {
	attrs, _ := b.Body.JustAttributes()
	f := Function{
		Name: strings.Join(b.Labels, "."), File: b.DefRange.Filename, Line: b.DefRange.Start.Line,
		Handler: t.text(attrs["handler"]), Runtime: t.text(attrs["runtime"]), Memory: t.number(attrs["memory_size"]),
		Architecture: t.text(item(attrs["architectures"])),
	}
	switch {
	case b.Type == "resource" && b.Labels[0] == "aws_lambda_function":
		t.resource(b, attrs, &f)
	case b.Type == "module":
		source := t.text(attrs["source"])
		if strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../") {
			t.modules = append(t.modules, filepath.Join(t.dir, source))
			return
		}
		if !strings.Contains(source, "terraform-aws-modules/lambda/") && !strings.Contains(source, "terraform-aws-lambda") {
			return
		}
		t.module(attrs, &f)
	default:
		return
	}
	t.functions = append(t.functions, f)
}

// resource reads where the code of an aws_lambda_function comes from.
func (t *terraform) resource(b *hcl.Block, attrs hcl.Attributes, f *Function) {
	f.CodePath = t.path(attrs["filename"])
	if source, made := t.archives[f.CodePath]; made {
		f.Archive, f.CodePath = f.CodePath, source
		if source == "" {
			f.Archive = "" // it is made of something that is not known
		}
	}
	content, _, _ := b.Body.PartialContent(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "environment"}, {Type: "image_config"}}})
	for _, inner := range content.Blocks {
		attrs, _ := inner.Body.JustAttributes()
		if inner.Type == "environment" {
			f.Env = t.environment(attrs["variables"])
		} else {
			f.Handler = t.text(item(attrs["command"]))
		}
	}
}

// module reads where the code of terraform-aws-modules/lambda comes from.
func (t *terraform) module(attrs hcl.Attributes, f *Function) {
	f.Env = t.environment(attrs["environment_variables"])
	if t.text(attrs["create_function"]) == "false" {
		f.Runtime = "layer"
	}
	f.CodePath = t.path(attrs["local_existing_package"])
	if a := attrs["source_path"]; a != nil {
		f.CodePath = t.path(a)
		if v, diags := a.Expr.Value(t.context); !diags.HasErrors() && f.CodePath == "" {
			f.CodePath = t.onlyPath(v)
		}
	}
}

// onlyPath is the path in a list that has one: a string, or an object with a path.
func (t *terraform) onlyPath(v cty.Value) string {
	if !v.IsWhollyKnown() || v.IsNull() || !v.CanIterateElements() || v.LengthInt() != 1 {
		return ""
	}
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		if e.Type().IsObjectType() && e.Type().HasAttribute("path") {
			e = e.GetAttr("path")
		}
		if e.Type() == cty.String && !e.IsNull() {
			return t.join(e.AsString())
		}
	}
	return ""
}

// value evaluates an attribute; null where it is not there or not known.
func (t *terraform) value(a *hcl.Attribute) cty.Value {
	if a == nil {
		return cty.NilVal
	}
	v, diags := a.Expr.Value(t.context)
	if diags.HasErrors() || !v.IsWhollyKnown() || v.IsNull() {
		return cty.NilVal
	}
	v, _ = v.UnmarkDeep()
	return v
}

func (t *terraform) text(a *hcl.Attribute) string { return plain(t.value(a)) }

func plain(v cty.Value) string {
	switch {
	case v == cty.NilVal || v.IsNull():
		return ""
	case v.Type() == cty.String:
		return v.AsString()
	case v.Type() == cty.Number:
		return v.AsBigFloat().Text('f', -1)
	case v.Type() == cty.Bool:
		return strconv.FormatBool(v.True())
	}
	return ""
}

func (t *terraform) number(a *hcl.Attribute) int {
	n, err := strconv.Atoi(t.text(a))
	if err != nil {
		return 0
	}
	return n
}

// path is the text of an attribute as a path, relative to the module.
func (t *terraform) path(a *hcl.Attribute) string { return t.join(t.text(a)) }

func (t *terraform) join(path string) string {
	switch {
	case path == "" || strings.Contains(path, "://"):
		return ""
	case filepath.IsAbs(path):
		return filepath.Clean(path)
	}
	return filepath.Join(t.dir, path)
}

// item is the first item of a list that is written there.
func item(a *hcl.Attribute) *hcl.Attribute {
	if a == nil {
		return nil
	}
	items, diags := hcl.ExprList(a.Expr)
	if diags.HasErrors() || len(items) == 0 {
		return nil
	}
	return &hcl.Attribute{Name: a.Name, Expr: items[0], Range: a.Range}
}

// environment reads each variable by itself: one that is not known hides no other.
func (t *terraform) environment(a *hcl.Attribute) map[string]string {
	if a == nil {
		return nil
	}
	env := map[string]string{}
	entries, _ := hcl.ExprMap(a.Expr)
	for _, e := range entries {
		name, value := &hcl.Attribute{Expr: e.Key}, &hcl.Attribute{Expr: e.Value}
		if n, v := t.text(name), t.text(value); n != "" && v != "" {
			env[n] = v
		}
	}
	return env
}

// hidden stands for the functions in a local module: they depend on what it is given.
func hidden(dir string) []Function {
	names := list(dir)
	slices.Sort(names)
	for _, name := range names {
		file := filepath.Join(dir, name)
		if !isTerraform(name) {
			continue
		}
		if text, err := os.ReadFile(file); err != nil || bytes.Contains(text, []byte("aws_lambda_function")) || bytes.Contains(text, []byte("/lambda/aws")) {
			return []Function{{Name: "module", File: file, Line: 1}}
		}
	}
	return nil
}
