package project

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/BurntSushi/toml"
)

// ErrConfigured is that a file has a table for coldcut.
var ErrConfigured = errors.New("it has [tool.coldcut]")

var errNotAtEnd = errors.New("a table at its end does not go with what it holds")

// inline is all of tool in one value, to which nothing can be added.
var inline = lazily(`(?m)^[ \t]*["']?tool["']?[ \t]*=`)

// header is how coldcut's table begins in a pyproject.toml.
const header = "[tool.coldcut]\n"

// Settings are the lines that a configuration should begin with: what coldcut could not
// find out by itself when it cuts, and else a comment that says where it looks.
func (p *Project) Settings() string {
	var b strings.Builder
	entry, python := p.Entry(), p.Python()
	switch {
	case p.templated() && len(p.Handlers) > 0:
		fmt.Fprintf(&b, "# Handlers and Python are read from %s.\n", p.Frameworks[0].From)
	default:
		if entry != "" && p.entryCounts() {
			fmt.Fprintf(&b, "entry = [%q]\n", entry)
		}
		if python != "" {
			fmt.Fprintf(&b, "python = %q\n", python)
		}
	}
	b.WriteString("# keep = [\"sqs\", \"sns:Publish\"]  # what the code asks for in a way that no scan can tell\n")
	return b.String()
}

// templated reports whether coldcut reads the handlers and the Python by itself,
// because what it cuts is what the template deploys.
func (p *Project) templated() bool {
	switch p.Framework() {
	case SAM, Serverless:
		return true
	}
	return false
}

// entryCounts reports whether the package begins at the handler: Zappa's and Chalice's
// begin at code of the framework, which is to be scanned whole.
func (p *Project) entryCounts() bool {
	return p.Framework() != Zappa && p.Framework() != Chalice
}

// Append puts coldcut's table at the end of a pyproject.toml, and changes nothing else:
// comments, order, spelling and line ends stay. It refuses a file that is no TOML or has
// the table, and one that would not mean the same with it.
func Append(file, settings string) (string, error) {
	before, err := decoded(file)
	if err != nil {
		return "", err
	}
	if tool, ok := before["tool"].(map[string]any); ok && tool["coldcut"] != nil {
		return "", ErrConfigured
	}
	if top, _, _ := strings.Cut("\n"+file, "\n["); inline().MatchString(top) {
		return "", errNotAtEnd // the library takes what TOML forbids
	}
	end := "\n"
	if strings.Contains(file, "\r\n") {
		end = "\r\n"
	}
	added := header + settings
	switch {
	case file == "":
	case strings.HasSuffix(file, "\n"):
		added = "\n" + added
	default:
		added = "\n\n" + added
	}
	whole := file + strings.ReplaceAll(added, "\n", end)
	after, err := decoded(whole)
	if err != nil {
		return "", errors.Join(errNotAtEnd, err)
	}
	tool, ok := after["tool"].(map[string]any)
	if !ok {
		return "", errNotAtEnd
	}
	delete(tool, "coldcut")
	if len(tool) == 0 && before["tool"] == nil {
		delete(after, "tool")
	}
	if !reflect.DeepEqual(before, after) {
		return "", errors.New("it would not mean the same with a table at its end")
	}
	return whole, nil
}

func decoded(text string) (map[string]any, error) {
	all := map[string]any{}
	_, err := toml.Decode(text, &all)
	return all, err
}
