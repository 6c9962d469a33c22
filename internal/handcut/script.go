package handcut

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// script is shell as it stands in a file, from a line on.
type script struct {
	text string
	line int // of the first line of text, from 1
}

// readerOf returns what reads the shell in a file, by its name; nil for others.
func readerOf(name string) func(string) []script {
	base := path.Base(name)
	lower := strings.ToLower(base)
	ext := path.Ext(lower)
	switch {
	case lower == "dockerfile" || lower == "containerfile" || strings.HasPrefix(lower, "dockerfile.") || ext == ".dockerfile":
		return dockerfile
	case lower == "makefile" || lower == "gnumakefile" || ext == ".mk" || lower == "justfile":
		return makefile
	case slices.Contains([]string{".sh", ".bash", ".ksh", ".zsh"}, ext):
		return func(text string) []script { return []script{{text, 1}} }
	case ext == ".yml" || ext == ".yaml":
		return yamlScripts
	}
	return nil
}

var instruction = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)^\s*RUN\s+((--\S+\s+)*)`) })

// dockerfile returns what RUN runs. Lines that are continued, and comments between
// them, are joined, with the lines kept.
func dockerfile(text string) []script {
	var scripts []script
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		m := instruction().FindString(lines[i])
		if m == "" {
			continue
		}
		s := script{line: i + 1, text: lines[i][len(m):]}
		for strings.HasSuffix(strings.TrimRight(lines[i], " \t\r"), `\`) && i+1 < len(lines) {
			i++
			if strings.HasPrefix(strings.TrimSpace(lines[i]), "#") {
				lines[i] = `\` // a comment does not end the command
			}
			s.text += "\n" + lines[i]
		}
		scripts = append(scripts, s)
	}
	return scripts
}

// makefile returns the recipes, a command each. Make's own variables become shell's:
// what they hold is not known either way.
func makefile(text string) []script {
	var scripts []script
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		recipe, ok := strings.CutPrefix(lines[i], "\t")
		if !ok {
			recipe, ok = strings.CutPrefix(lines[i], "    ") // a justfile's
		}
		if !ok {
			continue
		}
		s := script{line: i + 1, text: strings.TrimLeft(recipe, "@-+ ")}
		for strings.HasSuffix(lines[i], `\`) && i+1 < len(lines) {
			i++
			s.text += "\n" + lines[i]
		}
		s.text = makeVariable().ReplaceAllString(s.text, "$${$1}")
		s.text = strings.ReplaceAll(s.text, "$$", "$")
		scripts = append(scripts, s)
	}
	return scripts
}

// makeVariable is a reference to one of make's variables.
var makeVariable = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\$\((\w+)\)`) })

// yamlScripts returns every text in a YAML file that may be a command.
func yamlScripts(text string) []script {
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		return nil
	}
	var scripts []script
	var walk func(*yaml.Node)
	walk = func(n *yaml.Node) {
		if n.Kind == yaml.ScalarNode && strings.Contains(n.Value, "boto") {
			line := n.Line
			if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
				line++ // the text begins below the sign
			}
			scripts = append(scripts, script{n.Value, line})
		}
		for _, child := range n.Content { // aliases lead elsewhere, and are read there
			walk(child)
		}
	}
	walk(&document)
	return scripts
}
