// Package deploy reads what people deploy functions with: SAM and CloudFormation
// templates, serverless.yml, the cloud assembly that CDK synthesises, and Terraform.
//
// A template is a program in a language of its own. Here only what it says plainly
// counts: a value that depends on a parameter, a condition or another stack is
// empty, never guessed.
package deploy

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Function is a Lambda function as a template has it. What the template does not
// tell plainly is empty.
type Function struct {
	Name    string
	Handler string
	Runtime string // "python3.13"
	// Architecture is "x86_64" or "arm64".
	Architecture string
	Memory       int // in MB
	// Env holds the environment variables whose values are known.
	Env map[string]string
	// CodePath is the folder or archive that is deployed, and Archive the zip that
	// is made of it where the template names one too.
	CodePath, Archive string
	File              string
	Line              int
}

// From names the function and the place that has it, for people.
func (f *Function) From() string { return fmt.Sprintf("%s:%d, %s", f.File, f.Line, f.Name) }

// MayBePython reports whether the function's runtime does not rule Python out.
func (f *Function) MayBePython() bool {
	return f.Runtime == "" || strings.HasPrefix(f.Runtime, "python") || strings.HasPrefix(f.Runtime, "provided")
}

// mostBytes bounds what is read of a file: CloudFormation takes templates of 1 MB.
const mostBytes = 4 << 20

// Find reads every template in a folder, and CDK's below cdk.out. A template that
// cannot be read is among the errors, each of which names its file, and the rest
// still counts.
func Find(dir string) ([]Function, []error) {
	var all []Function
	var errs []error
	for _, file := range templates(dir) {
		found, err := Read(file)
		if err != nil {
			errs = append(errs, err)
		}
		all = append(all, found...)
	}
	return all, errs
}

// templates lists the files in a folder whose names are those of templates; of
// Terraform's one stands for all.
func templates(dir string) []string {
	var all []string
	terraform := false
	for _, name := range list(dir) {
		lower := strings.ToLower(name)
		switch {
		case slices.Contains([]string{"template.yaml", "template.yml", "template.json", "serverless.yml", "serverless.yaml", "serverless.json"}, lower),
			strings.HasSuffix(lower, ".template.json"), strings.HasSuffix(lower, ".template.yaml"), strings.HasSuffix(lower, ".template.yml"):
			all = append(all, filepath.Join(dir, name))
		case isTerraform(lower) && !terraform:
			terraform = true
			all = append(all, filepath.Join(dir, name))
		}
	}
	for _, name := range list(filepath.Join(dir, "cdk.out")) {
		if strings.HasSuffix(name, ".template.json") {
			all = append(all, filepath.Join(dir, "cdk.out", name))
		}
	}
	return all
}

// list returns the names of the files in a folder, none where it cannot be read.
func list(dir string) []string {
	entries, _ := os.ReadDir(dir)
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	return names
}

func isTerraform(name string) bool {
	return strings.HasSuffix(name, ".tf") || strings.HasSuffix(name, ".tf.json")
}

// Read reads one template; of a Terraform file all of its folder, since that is what
// makes a module. Errors name the file, and the line where there is one.
func Read(file string) ([]Function, error) { return read(file, map[string]bool{}) }

// read reads a template, and each that it nests once.
func read(file string, seen map[string]bool) ([]Function, error) {
	seen[real(file)] = true
	if isTerraform(file) {
		return readTerraform(filepath.Dir(file))
	}
	text, err := readFile(file)
	if err != nil {
		return nil, err
	}
	root, err := parse(file, text)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(strings.ToLower(filepath.Base(file)), "serverless.") || get(root, "service") != nil && get(root, "provider") != nil {
		return serverless(file, root), nil
	}
	return cloudFormation(file, root, seen)
}

// readFile reads a file that is not too large.
func readFile(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("template: %s is not a file", file)
	}
	if info.Size() > mostBytes {
		return nil, fmt.Errorf("template: %s has %d bytes; %d are read at most", file, info.Size(), mostBytes)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	return text, nil
}

// Relation is how a function's code lies to a package.
type Relation int

// The relations.
const (
	Unrelated Relation = iota
	// Unknown code is not told by the template.
	Unknown
	// Same code is deployed from the package, from a folder in it or around it.
	Same
)

// Over tells whether the function's code is the package at path, and the handler as
// it is named inside the package: with the folder before it where the code is below
// path. The handler is empty where it is not known.
func (f *Function) Over(path string) (handler string, r Relation) {
	if f.CodePath == "" && f.Archive == "" {
		return f.Handler, Unknown
	}
	path = real(path)
	for _, code := range []string{f.CodePath, f.Archive} {
		if code == "" {
			continue
		}
		code = real(code)
		if below, err := filepath.Rel(path, code); err == nil && filepath.IsLocal(below) {
			return f.inside(below), Same
		}
		if below, err := filepath.Rel(code, path); err == nil && filepath.IsLocal(below) && isDir(code) {
			return f.outside(below), Same
		}
	}
	if f.copied(path) {
		return f.Handler, Same
	}
	return "", Unrelated
}

// inside is the handler as a package names it that has the code in a folder.
func (f *Function) inside(below string) string {
	below = filepath.ToSlash(below)
	if f.Handler == "" || below == "." {
		return f.Handler
	}
	return below + "/" + f.Handler
}

// outside is the handler as a package names it that lies in a folder of the code.
func (f *Function) outside(below string) string {
	below = filepath.ToSlash(below) + "/"
	if rest, ok := strings.CutPrefix(f.Handler, below); ok {
		return rest
	}
	return strings.TrimPrefix(f.Handler, strings.ReplaceAll(below, "/", "."))
}

// copied reports whether the code is a copy of the package, as CDK makes one: the
// file with the handler is the same.
func (f *Function) copied(path string) bool {
	if !strings.HasPrefix(filepath.Base(f.CodePath), "asset.") || f.Handler == "" {
		return false
	}
	module := f.Handler
	if i := strings.LastIndexByte(module, '.'); i > 0 {
		module = module[:i]
	}
	name := filepath.FromSlash(strings.ReplaceAll(module, ".", "/") + ".py")
	if !filepath.IsLocal(name) {
		return false
	}
	a, errA := readFile(filepath.Join(f.CodePath, name))
	b, errB := readFile(filepath.Join(path, name))
	return errors.Join(errA, errB) == nil && string(a) == string(b)
}

// real is the path without links, as far as it exists.
func real(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if linked, err := filepath.EvalSymlinks(path); err == nil {
		return linked
	}
	if dir := filepath.Dir(path); dir != path {
		return filepath.Join(real(dir), filepath.Base(path))
	}
	return path
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// beside resolves a path that a template has relative to itself; empty for what is
// no path on this machine.
func beside(file, path string) string {
	switch {
	case path == "" || strings.Contains(path, "://"):
		return ""
	case filepath.IsAbs(path):
		return filepath.Clean(path)
	}
	return filepath.Join(filepath.Dir(file), filepath.FromSlash(path))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
