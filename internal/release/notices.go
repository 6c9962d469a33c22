package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const noticesName = "THIRD-PARTY-LICENSES.txt"

// licensed is a module, and where its files are.
type licensed struct{ Path, Version, Dir string }

// thirdParty is the licence of each module that is in the program on any system, and of
// Go's own libraries: a static program is a copy of them, and their licences ask to go
// along.
func (r *release) thirdParty(ctx context.Context) ([]byte, error) {
	modules := map[licensed]bool{}
	for _, t := range all {
		env := []string{"GOOS=" + t.system, "GOARCH=" + t.machine, "CGO_ENABLED=0", "GOFLAGS="}
		out, err := r.command(ctx, env, "go", "list", "-deps", "-json=Module", "./cmd/coldcut")
		if err != nil {
			return nil, err
		}
		if err := addModules(modules, out); err != nil {
			return nil, err
		}
	}
	root, err := r.command(ctx, nil, "go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	sorted := []licensed{{Path: "The Go standard library", Dir: strings.TrimSpace(string(root))}}
	for m := range modules {
		sorted = append(sorted, m)
	}
	slices.SortFunc(sorted, func(a, b licensed) int { return strings.Compare(a.Path, b.Path) })
	return noticesOf(sorted)
}

// addModules adds those that go list tells of, but for ours.
func addModules(modules map[licensed]bool, listed []byte) error {
	for d := json.NewDecoder(bytes.NewReader(listed)); ; {
		var p struct {
			Module *struct {
				licensed
				Main bool
			}
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if p.Module != nil && !p.Module.Main {
			modules[p.Module.licensed] = true
		}
	}
}

// noticesOf writes each text once, under the modules that have it.
func noticesOf(modules []licensed) ([]byte, error) {
	var order []string
	having := map[string][]string{}
	for _, m := range modules {
		texts, err := licenseTexts(m.Dir)
		if err != nil {
			return nil, err
		}
		if len(texts) == 0 {
			return nil, fmt.Errorf("%s %s has no file with its licence in %s", m.Path, m.Version, m.Dir)
		}
		text := strings.Join(texts, "\n\n")
		if having[text] == nil {
			order = append(order, text)
		}
		having[text] = append(having[text], strings.TrimSpace(m.Path+" "+m.Version))
	}
	var b bytes.Buffer
	b.WriteString("The program coldcut contains the following, under these licences.\n")
	line := strings.Repeat("=", 80)
	for _, text := range order {
		fmt.Fprintf(&b, "\n%s\n%s\n%s\n\n%s\n", line, strings.Join(having[text], "\n"), line, text)
	}
	return b.Bytes(), nil
}

// licenseTexts are the files of a module's root whose names say that they are licences
// or notices, sorted by name.
func licenseTexts(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, e := range entries {
		upper := strings.ToUpper(e.Name())
		if !e.Type().IsRegular() || !slices.ContainsFunc([]string{"LICENSE", "LICENCE", "NOTICE", "COPYING"}, func(p string) bool { return strings.HasPrefix(upper, p) }) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		texts = append(texts, strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")))
	}
	return texts, nil
}
