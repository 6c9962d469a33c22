package deploy

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/artifact/artifacttest"
)

// show prints what is known of a function, with paths relative to dir.
func show(t testing.TB, dir string, f Function) string {
	t.Helper()
	rel := func(path string) string {
		if path == "" {
			return ""
		}
		r, err := filepath.Rel(dir, path)
		if err != nil {
			t.Fatal(err)
		}
		return filepath.ToSlash(r)
	}
	s := fmt.Sprintf("%s:%d %s handler=%s code=%s", rel(f.File), f.Line, f.Name, f.Handler, rel(f.CodePath))
	if f.Archive != "" {
		s += " archive=" + rel(f.Archive)
	}
	if f.Runtime != "" || f.Architecture != "" || f.Memory != 0 {
		s += fmt.Sprintf(" on %s %s %d", f.Runtime, f.Architecture, f.Memory)
	}
	if len(f.Env) > 0 {
		s += fmt.Sprintf(" %v", f.Env)
	}
	return s
}

func TestTemplates(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"sam", map[string]string{"template.yaml": `
Transform: AWS::Serverless-2016-10-31
Parameters: {Stage: {Type: String, Default: dev}}
Globals:
  Function:
    Runtime: python3.12
    MemorySize: 256
    Environment: {Variables: {A: app.settings, B: !Ref Stage}}
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: python3.12}
    Properties:
      CodeUri: src/
      Handler: orders.handler
      Architectures: [arm64]
      MemorySize: 512
      Environment: {Variables: {C: !Sub plain, D: !Sub "${Stage}.x", A: !GetAtt X.Arn}}
  Unknown:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: !If [x, a, b], Handler: !Ref Stage}
  Sub:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: s3://bucket/key, Handler: !Sub "app.${Stage}"}
  Inline:
    Type: AWS::Serverless::Function
    Properties: {InlineCode: "x", Handler: index.handler}
  Image:
    Type: AWS::Serverless::Function
    Metadata: {DockerContext: ./image}
    Properties: {PackageType: Image, ImageConfig: {Command: [app.handler]}}
  Table: {Type: AWS::DynamoDB::Table}
  Fn::ForEach::Many: [X, [a, b], {}]
`}, `template.yaml:10 Orders handler=orders.handler code=src on python3.12 arm64 512 map[C:plain]
template.yaml:19 Unknown handler= code= on python3.12  256 map[A:app.settings]
template.yaml:22 Sub handler= code= on python3.12  256 map[A:app.settings]
template.yaml:28 Image handler=app.handler code=image on python3.12  256 map[A:app.settings]
template.yaml:33 Fn::ForEach::Many handler= code=`},
		{"anchors and merges", map[string]string{"template.yml": `
base: &base {Runtime: python3.9, Handler: base.handler}
Resources:
  A:
    Type: AWS::Lambda::Function
    Properties:
      <<: *base
      Code: build
  B:
    Type: AWS::Lambda::Function
    Properties: {<<: [*base], Handler: b.handler, Code: {S3Bucket: x, S3Key: y.zip}}
`}, `template.yml:4 A handler=base.handler code=build on python3.9  0
template.yml:9 B handler=b.handler code= on python3.9  0`},
		{"nested", map[string]string{
			"template.yaml":       "Resources:\n  App:\n    Type: AWS::Serverless::Application\n    Properties: {Location: inner/template.yaml}\n  Self:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: template.yaml}\n",
			"inner/template.yaml": "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties: {CodeUri: code, Handler: f.h}\n",
		}, "inner/template.yaml:2 F handler=f.h code=inner/code"},
		{"json with tabs", map[string]string{"template.json": "{\n\t\"Resources\": {\n\t\t\"F\": {\"Type\": \"AWS::Lambda::Function\", \"Properties\": {\"Handler\": {\"Fn::Sub\": \"a.b\"}, \"Code\": {\"ZipFile\": 1}}},\n\t\t\"G\": {\"Type\": \"AWS::Lambda::Function\", \"Properties\": {\"Handler\": {\"Ref\": \"x\"}, \"MemorySize\": 128}}}}"},
			`template.json:4 G handler= code= on   128`},
		{"cdk", map[string]string{
			"cdk.out/App.template.json": `{"Resources": {
 "One": {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"S3Bucket": {"Fn::Sub": "x"}, "S3Key": "abc.zip"}, "Handler": "one.handler"},
  "Metadata": {"aws:asset:path": "asset.abc", "aws:asset:property": "Code"}},
 "Two": {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"S3Bucket": "x", "S3Key": "def.zip"}, "Handler": "two.handler"}}}}`,
			"cdk.out/App.assets.json": `{"files": {"def": {"source": {"path": "asset.def", "packaging": "zip"}}}}`,
		}, `cdk.out/App.template.json:2 One handler=one.handler code=cdk.out/asset.abc
cdk.out/App.template.json:4 Two handler=two.handler code=cdk.out/asset.def`},
		{"serverless", map[string]string{"serverless.yml": `
service: shop
provider:
  name: aws
  runtime: python3.11
  environment: {X: shop.settings, Y: "${self:custom.y}"}
functions:
  orders:
    handler: src/orders.handler
    memorySize: 512
  stage:
    handler: ${self:custom.handler}
    runtime: nodejs20.x
  packed:
    handler: app.handler
    package: {artifact: build/app.zip}
  moduled:
    module: functions/a
    handler: a.handler
  image: {image: {name: x, command: [i.handler]}}
`}, `serverless.yml:8 orders handler=src/orders.handler code=. on python3.11  512 map[X:shop.settings]
serverless.yml:11 stage handler= code=. on nodejs20.x  0 map[X:shop.settings]
serverless.yml:14 packed handler=app.handler code=build/app.zip on python3.11  0 map[X:shop.settings]
serverless.yml:17 moduled handler=a.handler code=functions/a on python3.11  0 map[X:shop.settings]
serverless.yml:20 image handler=i.handler code= on python3.11  0 map[X:shop.settings]`},
		{"serverless with files", map[string]string{"serverless.yml": "service: x\nprovider: {name: aws}\nfunctions:\n  - ${file(a.yml)}\n  - b: {handler: b.h}\n"},
			"serverless.yml:4 functions handler= code=\nserverless.yml:5 b handler=b.h code=."},
		{"serverless elsewhere", map[string]string{"serverless.yml": "service: x\nprovider: {name: azure}\nfunctions: {b: {handler: b.h}}\n"}, ""},
		{"terraform", map[string]string{
			"main.tf": `
variable "runtime" { default = "python3.13" }
variable "handler" { default = "wrong.handler" }
variable "stage" {}
locals {
  root = "${path.module}/../src"
  code = "${local.root}/orders"
}
data "archive_file" "zip" {
  type        = "zip"
  source_dir  = local.code
  output_path = "${path.module}/orders.zip"
}
resource "aws_lambda_function" "orders" {
  filename      = data.archive_file.zip.output_path
  handler       = "orders.handler"
  runtime       = var.runtime
  memory_size   = 1024
  architectures = ["arm64"]
  environment {
    variables = { A = "a.b", S = var.stage }
  }
}
resource "aws_lambda_function" "zip" {
  filename = "build/app.zip"
  handler  = var.handler
}
resource "aws_lambda_function" "unknown" {
  for_each = local.all
  s3_bucket = "x"
  handler = each.value.handler
}
resource "aws_lambda_function" "staged" {
  filename = abspath("x.zip")
  handler  = "${var.stage}.handler"
}
module "lambda" {
  source      = "terraform-aws-modules/lambda/aws"
  source_path = "../src/users"
  handler     = "users.handler"
  environment_variables = { U = "u.v" }
}
module "listed" {
  source      = "terraform-aws-modules/lambda/aws"
  source_path = [{ path = "${path.module}/listed", pip_requirements = true }]
  handler     = "l.handler"
}
module "local" { source = "./mod" }
module "harmless" { source = "./none" }
`,
			"terraform.tfvars": `handler = "app.handler"`,
			"more.tf.json":     `{"resource": {"aws_lambda_function": {"j": {"filename": "${path.module}/j.zip", "handler": "j.handler"}}}}`,
			"mod/main.tf":      `resource "aws_lambda_function" "x" { handler = var.handler }`,
			"none/main.tf":     `resource "aws_s3_bucket" "x" {}`,
		}, `main.tf:14 aws_lambda_function.orders handler=orders.handler code=../src/orders archive=orders.zip on python3.13 arm64 1024 map[A:a.b]
main.tf:24 aws_lambda_function.zip handler=app.handler code=build/app.zip
main.tf:28 aws_lambda_function.unknown handler= code=
main.tf:33 aws_lambda_function.staged handler= code=x.zip
main.tf:37 lambda handler=users.handler code=../src/users map[U:u.v]
main.tf:43 listed handler=l.handler code=listed
more.tf.json:1 aws_lambda_function.j handler=j.handler code=j.zip
mod/main.tf:1 module handler= code=`},
		{"nothing", map[string]string{"app.py": "", "template.yaml": "", "serverless.json": "[]"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			artifacttest.Write(t, dir, c.files)
			functions, errs := Find(dir)
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			var got []string
			for _, f := range functions {
				got = append(got, show(t, dir, f))
			}
			if g := strings.Join(got, "\n"); g != c.want {
				t.Errorf("got\n%s\nwant\n%s", g, c.want)
			}
		})
	}
}

// Errors name the file and the line, and hide no other template.
func TestBrokenTemplates(t *testing.T) {
	for name, want := range map[string]string{
		"template.yaml":   "template.yaml:1: ",
		"template.json":   "template.json:2: ",
		"main.tf":         "main.tf:1: ",
		"x.template.json": "x.template.json:2: ",
	} {
		dir := t.TempDir()
		artifacttest.Write(t, dir, map[string]string{
			name:             "{\n: :x [",
			"serverless.yml": "service: a\nprovider: {name: aws}\nfunctions: {f: {handler: f.h}}\n",
		})
		functions, errs := Find(dir)
		if len(errs) != 1 || !strings.Contains(errs[0].Error(), want) {
			t.Errorf("%s: %v, want %s", name, errs, want)
		}
		if len(functions) != 1 {
			t.Errorf("%s: functions %v", name, functions)
		}
	}
}

func TestHostileTemplates(t *testing.T) {
	laughs := "a0: &a0 [x]\n"
	for i := range 40 {
		laughs += fmt.Sprintf("a%d: &a%d [*a%d, *a%d, *a%d]\n", i+1, i+1, i, i, i)
	}
	for name, text := range map[string]string{
		"template.yaml":  laughs + "Resources: {F: {Type: AWS::Lambda::Function, Properties: {Handler: *a40}}}",
		"serverless.yml": "service: a\nprovider: &p {<<: *p}\nfunctions: *p",
		"template.json":  strings.Repeat("[", 1<<20),
		"main.tf":        "a = " + strings.Repeat("(", 1<<20),
		"signs.tf":       "a = " + strings.Repeat("! ", 1<<20),
		"ifs.tf":         "a = " + strings.Repeat("a?b:", 1<<19),
		"locals.tf":      "locals {\n  a = \"x\"\n" + doubling(60) + "}\n",
		"large.tf":       strings.Repeat("#", mostBytes+1),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			artifacttest.Write(t, dir, map[string]string{name: text})
			for _, f := range first2(Find(dir)) {
				if f.Handler != "" {
					t.Errorf("handler %q", f.Handler)
				}
			}
		})
	}
}

func first2(fs []Function, _ []error) []Function { return fs }

// doubling is locals of which each is the one before it, twice.
func doubling(n int) string {
	s := "  v0 = \"xxxxxxxx\"\n"
	for i := range n {
		s += fmt.Sprintf("  v%d = \"${local.v%d}${local.v%d}\"\n", i+1, i, i)
	}
	return s
}

func TestOver(t *testing.T) {
	dir := t.TempDir()
	artifacttest.Write(t, dir, map[string]string{
		"src/app.py": "1", "src/a/b.py": "", "build/function.zip": "", "other/x.py": "",
		"cdk.out/asset.1/app.py": "1", "cdk.out/asset.2/app.py": "2",
	})
	for _, c := range []struct {
		code, path string
		handler    string
		relation   Relation
		named      string // as the template has it, where that differs
	}{
		{"src", "src", "app.handler", Same, ""},
		{"src", ".", "src/app.handler", Same, ""},
		{"src", "src/a", "app.handler", Same, ""},
		{".", "src", "app.handler", Same, "src/app.handler"},
		{".", "src", "app.handler", Same, "src.app.handler"},
		{".", "src", "web/app.handler", Same, "web/app.handler"},
		{"build/function.zip", "build/function.zip", "app.handler", Same, ""},
		{"build/function.zip", "src", "", Unrelated, ""},
		{"src", "other", "", Unrelated, ""},
		{"src", "srcs", "", Unrelated, ""},
		{"", "src", "app.handler", Unknown, ""},
		{"cdk.out/asset.1", "src", "app.handler", Same, ""},
		{"cdk.out/asset.2", "src", "", Unrelated, ""},
	} {
		f := Function{Handler: "app.handler"}
		if c.named != "" {
			f.Handler = c.named
		}
		if c.code != "" {
			f.CodePath = filepath.Join(dir, c.code)
		}
		if handler, r := f.Over(filepath.Join(dir, c.path)); handler != c.handler || r != c.relation {
			t.Errorf("code %q, path %q: %q %d, want %q %d", c.code, c.path, handler, r, c.handler, c.relation)
		}
	}
}

// Whatever a template holds, reading it ends and does not panic.
func FuzzRead(f *testing.F) {
	for _, seed := range []struct{ name, text string }{
		{"template.yaml", "Globals: {Function: {Runtime: x}}\nResources:\n  A: &a\n    Type: AWS::Serverless::Function\n    Properties: {<<: *a, CodeUri: !Sub x, Handler: a.b}\n"},
		{"serverless.yml", "service: x\nprovider: {name: aws}\nfunctions: [{a: {handler: b}}]\n"},
		{"x.template.json", `{"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"S3Key": "a.zip"}}}}}`},
		{"main.tf", "locals { a = \"${local.b}\" }\nresource \"aws_lambda_function\" \"x\" { handler = local.a }\nmodule \"m\" { source = \"terraform-aws-modules/lambda/aws\" }"},
		{"main.tf.json", `{"resource": {"aws_lambda_function": {"j": {"filename": "j.zip"}}}}`},
	} {
		f.Add(seed.name, []byte(seed.text))
	}
	f.Fuzz(func(t *testing.T, name string, text []byte) {
		switch {
		case strings.HasSuffix(name, ".tf"):
			name = "main.tf"
		case strings.HasSuffix(name, ".tf.json"):
			name = "main.tf.json"
		case strings.HasSuffix(name, ".json"):
			name = "x.template.json"
		case strings.HasPrefix(name, "s"):
			name = "serverless.yml"
		default:
			name = "template.yaml"
		}
		dir := t.TempDir()
		artifacttest.Write(t, dir, map[string]string{name: string(text)})
		Find(dir)
	})
}
