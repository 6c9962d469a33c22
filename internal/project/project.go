// Package project looks at the folder of somebody's project: which framework deploys
// it, where its functions begin, which Python runs it, and how boto3 gets in. It reads
// what is plain, and believes nothing that it would have to compute.
package project

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/coldcut/coldcut/internal/deploy"
)

// The frameworks, most telling first: who uses CDK may have a Dockerfile too.
const (
	SAM            = "AWS SAM"
	Serverless     = "Serverless Framework"
	CDK            = "CDK"
	Chalice        = "Chalice"
	Zappa          = "Zappa"
	Terraform      = "Terraform"
	CloudFormation = "CloudFormation"
	Docker         = "Docker"
	Plain          = "none"
)

// Fact is something that a file tells.
type Fact struct {
	What string
	From string // the file, with the line where there is one
}

// Handler is where a function begins.
type Handler struct {
	Fact
	Function string // its name in a template
	Code     string // the folder of its sources, relative to the project
}

// Project is what a folder tells. Order is by how much it tells.
type Project struct {
	Frameworks []Fact
	Handlers   []Handler
	// Pythons are versions such as "3.13". Templated is whether a template names them.
	Pythons   []Fact
	Templated bool
	// Boto is each place that brings boto3, botocore or what is built on them.
	Boto []Fact
	// Unread are the files that could not be read, each with the reason.
	Unread []Fact
}

// Framework is the one that deploys the project.
func (p *Project) Framework() string { return p.Frameworks[0].What }

// Python is the version that all who tell one agree on, or nothing.
func (p *Project) Python() string { return agreed(p.Pythons) }

// Entry is the one handler that all functions share, or nothing.
func (p *Project) Entry() string {
	facts := make([]Fact, len(p.Handlers))
	for i, h := range p.Handlers {
		facts[i] = h.Fact
	}
	return agreed(facts)
}

// agreed is what all facts say, or nothing.
func agreed(facts []Fact) string {
	if len(facts) == 0 || slices.ContainsFunc(facts, func(f Fact) bool { return f.What != facts[0].What }) {
		return ""
	}
	return facts[0].What
}

// Code lists the folders that hold the functions' sources, the project's own if none
// is told.
func (p *Project) Code() []string {
	var dirs []string
	for _, h := range p.Handlers {
		if !slices.Contains(dirs, h.Code) {
			dirs = append(dirs, h.Code)
		}
	}
	if len(dirs) == 0 {
		return []string{"."}
	}
	return dirs
}

// Look looks at a folder. What cannot be read there is in the result.
func Look(dir string) *Project {
	l := &look{dir: dir, project: &Project{}}
	l.frameworks()
	l.functions()
	if len(l.project.Handlers) == 0 {
		l.written()
	}
	l.located()
	dirs := append([]string{"."}, l.project.Code()...)
	slices.Sort(dirs)
	for _, d := range slices.Compact(dirs) {
		l.pythons(d)
		l.boto(d)
	}
	return l.project
}

// look is one look at a project.
type look struct {
	dir     string
	project *Project
}

// mostBytes bounds what is read of a file; lock files of large projects have some MB.
const mostBytes = 32 << 20

// text reads a file of the project; not ok where it is not there.
func (l *look) text(name string) (text string, ok bool) {
	info, err := os.Stat(filepath.Join(l.dir, name))
	if err != nil || !info.Mode().IsRegular() {
		return "", false
	}
	if info.Size() > mostBytes {
		l.unread(name, "it is too large")
		return "", false
	}
	data, err := os.ReadFile(filepath.Join(l.dir, name))
	if err != nil {
		l.unread(name, err.Error())
		return "", false
	}
	return string(data), true
}

func (l *look) unread(name, reason string) {
	l.project.Unread = append(l.project.Unread, Fact{reason, filepath.ToSlash(name)})
}

// zappaSettings are the names that Zappa's settings may have.
var zappaSettings = []string{"zappa_settings.json", "zappa_settings.toml", "zappa_settings.yml", "zappa_settings.yaml", "zappa_settings.py"}

// mark is how a framework is told: by a file of one of these names that holds a text.
type mark struct {
	framework string
	files     []string
	holds     string
}

// marks are those of all frameworks. Sources: the documentation of each.
var marks = []mark{
	{SAM, []string{"template.yaml", "template.yml", "template.json"}, "AWS::Serverless-2016-10-31"},
	{Serverless, []string{"serverless.yml", "serverless.yaml", "serverless.json", "serverless.ts", "serverless.js"}, ""},
	{CDK, []string{"cdk.json"}, ""},
	{Chalice, []string{".chalice/config.json"}, ""},
	{Zappa, zappaSettings, ""},
	{Terraform, []string{"*.tf", "*.tf.json"}, ""},
	{CloudFormation, []string{"template.yaml", "template.yml", "template.json", "*.template.json", "*.template.yaml", "*.template.yml"}, "AWS::Lambda::Function"},
	{Docker, []string{"Dockerfile", "Containerfile"}, ""},
}

func (l *look) frameworks() {
	for _, m := range marks {
		for _, pattern := range m.files {
			if name := l.first(pattern, m.holds); name != "" {
				l.project.Frameworks = append(l.project.Frameworks, Fact{m.framework, name})
				break
			}
		}
	}
	if len(l.project.Frameworks) == 0 {
		l.project.Frameworks = []Fact{{Plain, ""}}
	}
}

// first is the first file of these names that holds something, or nothing.
func (l *look) first(pattern, holds string) string {
	found, _ := filepath.Glob(filepath.Join(escaped(l.dir), filepath.FromSlash(pattern))) // the only error is a bad pattern
	for _, path := range found {
		name, err := filepath.Rel(l.dir, path)
		if err != nil {
			continue
		}
		if text, ok := l.text(name); ok && strings.Contains(text, holds) {
			return filepath.ToSlash(name)
		}
	}
	return ""
}

// lazily compiles an expression when it is first asked for: most runs never do.
func lazily(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

var special = lazily(`[*?[\\]`)

// escaped keeps a folder's own name from being a pattern.
func escaped(dir string) string {
	return special().ReplaceAllString(filepath.ToSlash(dir), "[$0]")
}

// functions are those of templates.
func (l *look) functions() {
	all, errs := deploy.Find(l.dir)
	for _, err := range errs {
		l.unread("template", err.Error())
	}
	for i := range all {
		f := &all[i]
		if !f.MayBePython() {
			continue
		}
		at := l.place(f)
		if version, ok := strings.CutPrefix(f.Runtime, "python"); ok {
			l.python(version, at)
			l.project.Templated = true
		}
		if f.Handler != "" {
			l.project.Handlers = append(l.project.Handlers, Handler{Fact{f.Handler, at}, f.Name, l.code(f)})
		}
	}
}

// place names a function and the line that has it, from the project's folder.
func (l *look) place(f *deploy.Function) string {
	g := *f
	if name, err := filepath.Rel(l.dir, f.File); err == nil {
		g.File = filepath.ToSlash(name)
	}
	return g.From()
}

// code is the folder of a function's sources, as seen from the project; the project
// itself where a template names an archive or something that is made of the sources.
// Serverless deploys all of the project, and its handlers name the folder.
func (l *look) code(f *deploy.Function) string {
	if dir, _, ok := strings.Cut(f.Handler, "/"); ok && l.project.Framework() == Serverless {
		return dir
	}
	root, err := filepath.Abs(l.dir)
	path, err2 := filepath.Abs(f.CodePath)
	if f.CodePath == "" || err != nil || err2 != nil {
		return "."
	}
	name, err := filepath.Rel(root, path)
	if info, err2 := os.Stat(path); err != nil || err2 != nil || !info.IsDir() || strings.HasPrefix(filepath.Base(name), "asset.") {
		return "."
	}
	return filepath.ToSlash(name)
}
