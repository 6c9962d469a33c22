package project

import (
	"fmt"
	"path"
	"strings"
)

// Advice is what to add to a build: the lines, each with what goes before it.
type Advice struct {
	After string // where the lines of Build go
	Build []string
	Check []string
	More  string // the page of the documentation
}

// lock is where the recipes keep it: in the folder that is the current one of the build
// and of the check.
const lock = "--lock=coldcut.lock"

// recipes are the pages, and what they say in one line.
var recipes = map[string]struct{ after, line, page string }{
	Serverless: {"in serverless.yml, with the file from the recipe", "plugins: [serverless-python-requirements, ./coldcut.js]", "serverless.md"},
	CDK:        {"before `cdk synth`; the function is made of Code.fromAsset(\"slim\")", "coldcut slim build/ -o slim/ --force " + lock, "cdk.md"},
	Chalice:    {"after `chalice package out/`", "coldcut slim out/deployment.zip -o out/slim.zip " + lock + " && mv out/slim.zip out/deployment.zip", "chalice.md"},
	Zappa:      {"after `zappa package STAGE -o fat.zip`, with \"exclude\": [] in the settings", "coldcut slim fat.zip -o function.zip " + lock, "zappa.md"},
	Docker: {
		"in the RUN of the Dockerfile that installs the requirements, after it",
		`&& coldcut slim "$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" --in-place --sources . --credentials environment`, "docker.md",
	},
	Terraform: {"before `terraform apply`; the function's filename is \"function.zip\"", "coldcut slim build/ -o function.zip " + lock, "terraform.md"},
	Plain:     {"where build/ is the folder that is deployed", "coldcut slim build/ -o function.zip " + lock, "README.md"},
}

// Advice says what to add to the build of this project.
func (p *Project) Advice() Advice {
	var a Advice
	if p.Framework() == SAM {
		a = p.sam()
	} else {
		r, ok := recipes[p.Framework()]
		if !ok {
			r = recipes[Plain]
		}
		a = Advice{After: r.after, Build: []string{r.line}, More: r.page}
	}
	for _, dir := range p.Code() {
		line := "coldcut check " + quoted(dir)
		if p.Framework() == SAM && len(p.Handlers) > 1 {
			line += " --lock " + quoted(path.Join(dir, "coldcut.lock"))
		}
		if dir == "." { // archives in it count as code
			line += "  # where nothing has been built yet"
		}
		a.Check = append(a.Check, line)
	}
	return a
}

// sam has a line for each function, since sam build makes a folder of each.
func (p *Project) sam() Advice {
	a := Advice{After: "after `sam build`", More: "sam.md"}
	for _, h := range p.Handlers {
		where := lock
		if len(p.Handlers) > 1 {
			where = "--lock=" + quoted(path.Join(h.Code, "coldcut.lock"))
		}
		a.Build = append(a.Build, fmt.Sprintf("coldcut slim .aws-sam/build/%s --in-place --credentials environment %s", quoted(h.Function), where))
	}
	if len(a.Build) == 0 {
		a.Build = []string{"coldcut slim .aws-sam/build/FUNCTION --in-place --credentials environment " + lock}
	}
	return a
}

// quoted is a word as a shell takes it.
func quoted(word string) string {
	if plain().MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

var plain = lazily(`^[A-Za-z0-9_./-]+$`)
