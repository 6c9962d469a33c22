package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// recipe is a page of docs/recipes and the example that goes with it.
type recipe struct {
	name string // of the page, and of the folder in examples/recipes
	// tools are those that it is about, each with the command that prints its version.
	tools []tool
	ran   string // what of the page is run, for people
	// prepare is run before the page's commands, for what this test lacks and readers have.
	prepare string
	// without are files of the example that are not there when it is run.
	without []string
	// dockerfile is a file of the example whose RUNs are run, if the page has no commands.
	dockerfile string
	// artifacts are what the commands make, relative to the example.
	artifacts []artifact
}

type tool struct{ name, version string }

// artifact is a folder or an archive, of which the path is a pattern, and the function to call in it.
type artifact struct {
	path     string
	handler  string // module:function
	more     bool   // the framework's own code uses other services, too
	packages string // the folder in it that holds what is imported, if not the artifact itself
}

// block is a piece of code of a page.
type block struct {
	language string
	file     string // of the example, which the code is an excerpt of
	text     string
}

// blocks takes the code out of a page. The word after the language names the file that
// the code is an excerpt of: "```yaml template.yaml".
func blocks(page string) (all []block, err error) {
	var open *block
	for line := range strings.Lines(page) {
		fence, ok := strings.CutPrefix(strings.TrimRight(line, "\r\n"), "```")
		switch {
		case !ok && open != nil:
			open.text += line
		case !ok:
		case open != nil && fence == "":
			all = append(all, *open)
			open = nil
		case open != nil:
			return nil, fmt.Errorf("%q stands inside of a piece of code", line)
		default:
			language, file, _ := strings.Cut(fence, " ")
			open = &block{language: language, file: strings.TrimSpace(file)}
		}
	}
	if open != nil {
		return nil, fmt.Errorf("the last piece of code has no end")
	}
	return all, nil
}

// commands are all that a page tells its reader to run: its pieces of sh, in one shell.
func commands(page string) (string, error) {
	all, err := blocks(page)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, one := range all {
		if one.language == "sh" {
			b.WriteString(one.text)
		}
	}
	if b.Len() == 0 {
		return "", fmt.Errorf("there are no commands")
	}
	return b.String(), nil
}

// runs are the commands of a Dockerfile's RUNs.
func runs(dockerfile string) string {
	var b strings.Builder
	for instruction := range strings.Lines(strings.ReplaceAll(dockerfile, "\\\n", " ")) {
		command, ok := strings.CutPrefix(instruction, "RUN ")
		if !ok {
			continue
		}
		for strings.HasPrefix(command, "--") {
			_, command, _ = strings.Cut(command, " ")
			command = strings.TrimLeft(command, " ")
		}
		b.WriteString(command)
	}
	return b.String()
}

// script is what a reader of the recipe would run.
func (r *recipe) script(root string) (string, error) {
	if r.dockerfile != "" {
		text, err := os.ReadFile(filepath.Join(r.example(root), r.dockerfile))
		return runs(string(text)), err
	}
	text, err := r.page(root)
	if err != nil {
		return "", err
	}
	script, err := commands(text)
	return r.prepare + script, err
}

// hash tells whether a recipe is as it was: its commands and its example.
func (r *recipe) hash(root string) (string, error) {
	script, err := r.script(root)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s %q %v\n", script, r.without, r.artifacts)
	example := os.DirFS(r.example(root))
	err = fs.WalkDir(example, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := fs.ReadFile(example, name)
		fmt.Fprintf(h, "%s %d\n%s", name, len(data), data)
		return err
	})
	return hex.EncodeToString(h.Sum(nil)), err
}

func (r *recipe) page(root string) (string, error) {
	text, err := os.ReadFile(filepath.Join(root, "docs", "recipes", r.name+".md"))
	return string(text), err
}

func (r *recipe) example(root string) string {
	return filepath.Join(root, "examples", "recipes", r.name)
}

// poetrySource has Poetry read pip's index as pip does: of the index itself it wants more
// than mirrors serve.
const poetrySource = `printf '\n[[tool.poetry.source]]\nname = "index"\nurl = "%s/"\npriority = "primary"\n' \
	"$(python3 -c 'from pip._internal.models.index import PyPI; print(PyPI.simple_url)')" >>pyproject.toml
`

const store = "app:handler"

var recipes = []*recipe{
	{
		name: "sam", tools: []tool{{"AWS SAM CLI", "sam --version"}}, ran: "`sam build` and a cut after it; `sam build` with a makefile",
		artifacts: []artifact{{path: ".aws-sam/build/Orders", handler: store}, {path: ".aws-sam/make/Orders", handler: store}},
	},
	{
		name: "serverless", tools: []tool{
			{"Serverless", "npx serverless --version"},
			{"serverless-python-requirements", "node -p 'require(\"./node_modules/serverless-python-requirements/package.json\").version'"},
		},
		ran: "`serverless package`", artifacts: []artifact{{path: ".serverless/orders.zip", handler: "src.app:handler"}},
	},
	{
		name: "cdk", tools: []tool{{"CDK CLI", "npx cdk --version"}, {"aws-cdk-lib", "pip show aws-cdk-lib"}},
		ran:       "`cdk synth` with local bundling; a folder for `Code.from_asset`",
		artifacts: []artifact{{path: "cdk.out/asset.*", handler: store}, {path: "slim", handler: store}},
	},
	{
		name: "terraform", tools: []tool{{"Terraform", "terraform version"}}, ran: "`terraform apply`, without the AWS provider",
		without: []string{"function.tf"}, artifacts: []artifact{{path: "function.zip", handler: store}, {path: "slim", handler: store}},
	},
	{
		name: "chalice", tools: []tool{{"Chalice", "chalice --version"}}, ran: "`chalice package`",
		artifacts: []artifact{{path: "out/deployment.zip", handler: "app:store"}},
	},
	{
		name: "zappa", tools: []tool{{"Zappa", "zappa --version"}}, ran: "`zappa package`",
		artifacts: []artifact{{path: "function.zip", handler: "app:store", more: true}},
	},
	{
		name: "uv", tools: []tool{{"uv", "uv --version"}}, ran: "`uv export`, `uv pip install --target`",
		artifacts: []artifact{{path: "function.zip", handler: store}},
	},
	{
		name: "poetry", tools: []tool{{"Poetry", "poetry --version"}}, ran: "`poetry export`, `pip install --target`; the index as a source of its own",
		prepare:   poetrySource,
		artifacts: []artifact{{path: "function.zip", handler: store}},
	},
	{
		name: "pip-tools", tools: []tool{{"pip-tools", "pip-compile --version"}}, ran: "`pip-compile`, `pip install --target`; the same with a slim wheel",
		artifacts: []artifact{{path: "function.zip", handler: store}, {path: "from-wheel", handler: store}},
	},
	{
		name: "pex", tools: []tool{{"pex", "pex --version"}}, ran: "`pex`, `pex3 venv create --layout flat-zipped`",
		artifacts: []artifact{{path: "function.zip", handler: store}},
	},
	{
		name: "docker", ran: "the commands of the `RUN`, without Docker", dockerfile: "Dockerfile",
		artifacts: []artifact{{path: ".", handler: store, packages: "../venvs/docker/lib/python" + language + "/site-packages"}},
	},
}
