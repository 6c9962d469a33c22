package project

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"github.com/coldcut/coldcut/artifact/artifacttest"
	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// show prints a project, a fact a line.
func show(p *Project) string {
	var b strings.Builder
	line := func(title string, f Fact) { fmt.Fprintf(&b, "%s %s @%s\n", title, f.What, f.From) }
	for _, f := range p.Frameworks {
		line("framework", f)
	}
	for _, h := range p.Handlers {
		line("handler", Fact{h.What, h.From + " in " + h.Code})
	}
	for _, f := range p.Pythons {
		line("python", f)
	}
	for _, f := range p.Boto {
		line("boto", f)
	}
	for _, f := range p.Unread {
		line("unread", Fact{"", f.From})
	}
	return b.String()
}

func TestLook(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		want  string
	}{
		"nothing": {nil, "framework none @\n"},
		"sam": {map[string]string{
			"template.yaml":           "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties: {CodeUri: orders/, Handler: app.handler, Runtime: python3.13}\n  N:\n    Type: AWS::Serverless::Function\n    Properties: {CodeUri: web/, Handler: app.handler, Runtime: nodejs22.x}\n",
			"orders/app.py":           "def handler(event, context): pass\n",
			"orders/requirements.txt": "# boto3 is ours\nBoto3[crt]==1.40.0 ; python_version > '3'\nboto3-stubs\nrequests\n",
			"Dockerfile":              "FROM public.ecr.aws/lambda/python:3.12\n",
		}, "framework AWS SAM @template.yaml\nframework Docker @Dockerfile\nhandler app.handler @template.yaml:3, F in orders\npython 3.13 @template.yaml:3, F\nboto Boto3==1.40.0 @orders/requirements.txt:2\n"},
		"no sam": {map[string]string{
			"template.yaml": "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties: {Code: x.zip, Handler: !Sub '${X}.h'}\n",
		}, "framework CloudFormation @template.yaml\n"},
		"serverless": {map[string]string{
			"serverless.yml": "service: x\nprovider: {name: aws, runtime: python3.12}\nfunctions:\n  f: {handler: src/app.handler}\n", "Pipfile": "[packages]\nboto3 = '*'\ns3fs = {version = '>=2024'}\n[dev-packages]\nbotocore = '*'\n",
			"Pipfile.lock": `{"default": {"boto3": {"version": "==1.40.1"}, "six": {}}, "develop": {"botocore": {"version": "==1"}}}`,
		}, "framework Serverless Framework @serverless.yml\nhandler src/app.handler @serverless.yml:4, f in src\npython 3.12 @serverless.yml:4, f\nboto boto3 * @Pipfile\nboto s3fs >=2024 @Pipfile\nboto boto3==1.40.1 @Pipfile.lock\n"},
		"cdk": {map[string]string{
			"cdk.json": "{}", "infra/app.py": "", "src/orders/__init__.py": "", "src/orders/main.py": "import boto3\n\n\nasync def lambda_handler(event, context):\n    pass\n",
			"pyproject.toml": "[project]\nname = 'x'\nrequires-python = '==3.12.*'\ndependencies = ['boto3>=1.40', 'aioboto3']\n", "tests/test_x.py": "def handler(event, context): pass\n",
		}, "framework CDK @cdk.json\nhandler orders.main.lambda_handler @src/orders/main.py:4 in src\npython 3.12 @pyproject.toml\nboto boto3>=1.40 @pyproject.toml\nboto aioboto3 @pyproject.toml\n"},
		"chalice": {map[string]string{".chalice/config.json": "{}", "app.py": "from chalice import Chalice\napp = Chalice('x')\n", ".python-version": "3.13.1\n"},
			"framework Chalice @.chalice/config.json\npython 3.13 @.python-version\n"},
		"zappa": {map[string]string{"zappa_settings.json": `{"dev": {"app_function": "app.app", "runtime": "python3.11"}}`, "requirements.in": "boto3\n", "requirements-dev.txt": "moto\n"},
			"framework Zappa @zappa_settings.json\npython 3.11 @zappa_settings.json\nboto boto3 @requirements.in:1\n"},
		"terraform": {map[string]string{"main.tf": "resource \"aws_lambda_function\" \"f\" {\n  filename = \"function.zip\"\n  handler = \"app.handler\"\n  runtime = \"python3.13\"\n}\n"},
			"framework Terraform @main.tf\nhandler app.handler @main.tf:1, aws_lambda_function.f in .\npython 3.13 @main.tf:1, aws_lambda_function.f\n"},
		"terraform's sources": {map[string]string{"main.tf": "resource \"aws_lambda_function\" \"f\" {\n  filename = \"function.zip\"\n  handler = \"app.main.handler\"\n}\n", "code/app/main.py": "", "other/main.py": "", "requirements.txt": "boto3"},
			"framework Terraform @main.tf\nhandler app.main.handler @main.tf:1, aws_lambda_function.f in code\nboto boto3 @requirements.txt:1\n"},
		"docker": {map[string]string{"Dockerfile": "FROM --platform=linux/amd64 python:3.13-slim AS x\nRUN apt-get install -y boto3\nRUN pip install \\\n  --no-cache-dir 'boto3==1.40' \\\n  requests\nRUN uv pip install s3fs\n", "uv.lock": "version = 1\n[[package]]\nname = 'botocore'\nversion = '1.40.2'\n[[package]]\nname = 'six'\nversion = '1'\n"},
			"framework Docker @Dockerfile\npython 3.13 @Dockerfile\nboto botocore 1.40.2 @uv.lock\nboto boto3==1.40 @Dockerfile:3\nboto s3fs @Dockerfile:6\n"},
		"poetry": {map[string]string{
			"pyproject.toml": "[tool.poetry.dependencies]\npython = '~3.11'\nboto3 = '^1.40'\n", "poetry.lock": "[[package]]\nname = 'boto3'\nversion = '1.40.3'\n", "app.py": "def lambda_handler(a, b): pass\ndef handlers(): pass\n",
		}, "framework none @\nhandler app.lambda_handler @app.py:1 in .\npython 3.11 @pyproject.toml\nboto boto3 ^1.40 @pyproject.toml\nboto boto3 1.40.3 @poetry.lock\n"},
		"ranges of Python": {map[string]string{"pyproject.toml": "[project]\nrequires-python = '>=3.9'\n[tool.poetry.dependencies]\npython = '^3.9'\n"}, "framework none @\n"},
		"broken files": {map[string]string{"pyproject.toml": "[project\n", "uv.lock": "=", "Pipfile.lock": "{", "serverless.yml": "a: [\n", "main.tf": "x {"},
			"framework Serverless Framework @serverless.yml\nframework Terraform @main.tf\nunread  @template\nunread  @template\nunread  @pyproject.toml\nunread  @uv.lock\nunread  @Pipfile.lock\n"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "a [b]*") // no pattern
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			artifacttest.Write(t, dir, test.files)
			if got := show(Look(dir)); got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
}

// Two functions of one template agree or do not, and SAM has a folder of each.
func TestAdvice(t *testing.T) {
	two := &Project{
		Frameworks: []Fact{{SAM, "template.yaml"}}, Pythons: []Fact{{"3.13", ""}, {"3.12", ""}},
		Handlers: []Handler{{Fact{"app.handler", ""}, "Orders", "src/orders"}, {Fact{"app.handler", ""}, "Users", "src/users x"}},
	}
	a := two.Advice()
	if got, want := strings.Join(append(a.Build, a.Check...), "\n"), `coldcut slim .aws-sam/build/Orders --in-place --credentials environment --lock=src/orders/coldcut.lock
coldcut slim .aws-sam/build/Users --in-place --credentials environment --lock='src/users x/coldcut.lock'
coldcut check src/orders --lock src/orders/coldcut.lock
coldcut check 'src/users x' --lock 'src/users x/coldcut.lock'`; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if two.Entry() != "app.handler" || two.Python() != "" {
		t.Errorf("entry %q, python %q", two.Entry(), two.Python())
	}
	two.Handlers[1].What = "other.handler"
	if two.Entry() != "" {
		t.Errorf("entry %q", two.Entry())
	}
	for _, m := range marks {
		p := &Project{Frameworks: []Fact{{m.framework, ""}}}
		if a := p.Advice(); len(a.Build) == 0 || a.Check[0] != "coldcut check .  # where nothing has been built yet" || a.More == "" || a.After == "" {
			t.Errorf("%s: %+v", m.framework, a)
		}
	}
}

func TestAppend(t *testing.T) {
	const settings = "entry = [\"app.handler\"]\n"
	for name, test := range map[string]struct{ file, added, err string }{
		"empty":          {"", "[tool.coldcut]\n" + settings, ""},
		"comments":       {"# first\n[project]  # a project\nname='x'\n\n\n# last", "\n\n[tool.coldcut]\n" + settings, ""},
		"with tools":     {"[tool.black]\nline-length = 1\n", "\n[tool.coldcut]\n" + settings, ""},
		"windows":        {"[project]\r\nname = 'x'\r\n", "\r\n[tool.coldcut]\r\nentry = [\"app.handler\"]\r\n", ""},
		"array of tools": {"[[tool.x]]\na = 1\n", "\n[tool.coldcut]\n" + settings, ""},
		"there":          {"[tool.coldcut]\n", "", "it has [tool.coldcut]"},
		"there, dotted":  {"tool.coldcut.keep = ['s3']\n", "", "it has [tool.coldcut]"},
		"there, inline":  {"[tool]\ncoldcut = {}\n", "", "it has [tool.coldcut]"},
		"inline tool":    {"tool = {black = {}}\n", "", "does not go with what it holds"},
		"tool is text":   {"tool = 'x'\n", "", "does not go with what it holds"},
		"no toml":        {"[project\n", "", "line 2"},
		"open string":    {"a = '''\n", "", "line"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Append(test.file, settings)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) || got != "" {
					t.Fatalf("%q, %v, want %q", got, err, test.err)
				}
				return
			}
			if err != nil || got != test.file+test.added {
				t.Errorf("%q, %v, want %q added", got, err, test.added)
			}
			readByPython(t, got)
		})
	}
}

// readByPython holds a file to what Python's own reader of TOML, which is stricter than
// ours, makes of it.
func readByPython(t *testing.T, file string) {
	t.Helper()
	const program = "import sys, tomllib; print(tomllib.loads(sys.stdin.buffer.read().decode())['tool']['coldcut'])"
	out, stderr, err := pyruntest.Need(t, "").Run(t.Context(), pyrun.Command{Isolated: true, Args: []string{"-c", program}, Stdin: strings.NewReader(file)})
	if err != nil || strings.TrimSpace(string(out)) != "{'entry': ['app.handler']}" {
		t.Errorf("Python read %s: %v: %s", out, err, stderr)
	}
}

// What is appended is read back, and nothing else has changed.
func FuzzAppend(f *testing.F) {
	for _, seed := range []string{"", "[tool]\n", "tool = {}", "[tool.x]\ny = 1", "[[tool]]\n", "a = \"\"\"\n[tool.coldcut]\n\"\"\"", "\ufeff[x]\n", "[tool.coldcutter]\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		got, err := Append(file, "keep = ['s3']\n")
		if err != nil {
			return
		}
		rest, ok := strings.CutPrefix(got, file)
		var p struct {
			Tool struct {
				Coldcut struct{ Keep []string }
			}
		}
		if _, err := toml.Decode(got, &p); err != nil || !ok || len(rest) == 0 || len(p.Tool.Coldcut.Keep) != 1 {
			t.Errorf("%q: %v", got, err)
		}
		if _, err := Append(got, ""); !errors.Is(err, ErrConfigured) {
			t.Errorf("%q: appended twice: %v", got, err)
		}
	})
}

// Whatever a project holds, a look at it ends.
func FuzzLook(f *testing.F) {
	f.Add("boto3==1 \\\n", "[[package]]\nname='boto3'", "RUN pip install \\\n boto3", "{}")
	f.Fuzz(func(t *testing.T, requirements, tables, docker, lock string) {
		dir := t.TempDir()
		artifacttest.Write(t, dir, map[string]string{
			"requirements.txt": requirements, "pyproject.toml": tables, "uv.lock": tables, "Pipfile": tables,
			"Dockerfile": docker, "Pipfile.lock": lock, "app.py": docker, ".python-version": requirements,
		})
		p := Look(dir)
		if p.Framework() != Docker || p.Settings() == "" || len(p.Advice().Check) == 0 {
			t.Errorf("%+v", p)
		}
	})
}
