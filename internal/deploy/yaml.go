package deploy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parse reads YAML or JSON into a tree that knows its lines. Aliases are not
// expanded, so a small file cannot become a large tree.
func parse(file string, text []byte) (*yaml.Node, error) {
	if filepath.Ext(file) == ".json" {
		return parseJSON(file, text)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		line := 1
		_, _ = fmt.Sscanf(err.Error(), "yaml: line %d:", &line) // the library has the line in the text alone
		return nil, fmt.Errorf("template: %s:%d: %w", file, line, err)
	}
	if len(doc.Content) == 0 {
		return &yaml.Node{}, nil
	}
	return doc.Content[0], nil
}

// parseJSON makes the same tree of JSON: YAML does not allow all that JSON does.
func parseJSON(file string, text []byte) (*yaml.Node, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	p := jsonParser{d: d, text: text, line: 1}
	n, err := p.value(0)
	if err != nil {
		return nil, fmt.Errorf("template: %s:%d: %w", file, p.at(), err)
	}
	return n, nil
}

type jsonParser struct {
	d    *json.Decoder
	text []byte
	line int
	seen int // bytes whose lines are counted
}

// mostDepth bounds the nesting of JSON, as encoding/json does for values.
const mostDepth = 1000

// at is the line that the decoder has come to.
func (p *jsonParser) at() int {
	to := min(int(p.d.InputOffset()), len(p.text))
	p.line += bytes.Count(p.text[p.seen:to], []byte("\n"))
	p.seen = to
	return p.line
}

func (p *jsonParser) value(depth int) (*yaml.Node, error) {
	token, err := p.d.Token()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	if depth > mostDepth {
		return nil, fmt.Errorf("nested more than %d levels deep", mostDepth)
	}
	n := &yaml.Node{Kind: yaml.ScalarNode, Line: p.at()}
	switch token := token.(type) {
	case json.Delim:
		n.Kind = yaml.SequenceNode
		if token == '{' {
			n.Kind = yaml.MappingNode
		}
		for p.d.More() {
			inner, err := p.value(depth + 1)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, inner)
		}
		_, err = p.d.Token()
	case string:
		n.Tag, n.Value = "!!str", token
	case json.Number:
		n.Tag, n.Value = "!!int", token.String()
	case bool:
		n.Tag, n.Value = "!!bool", strconv.FormatBool(token)
	default:
		n.Tag = "!!null"
	}
	return n, err
}

// mostAliases bounds how many aliases or merges are followed in a row.
const mostAliases = 8

// follow goes from an alias to what it stands for.
func follow(n *yaml.Node) *yaml.Node {
	for range mostAliases {
		if n == nil || n.Kind != yaml.AliasNode {
			return n
		}
		n = n.Alias
	}
	return nil
}

// get walks along keys; nil where there is nothing.
func get(n *yaml.Node, keys ...string) *yaml.Node {
	for _, k := range keys {
		n = field(follow(n), k, 0)
	}
	return follow(n)
}

// field finds a key in a mapping, and in those that << merges into it.
func field(n *yaml.Node, key string, depth int) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode || depth > mostAliases {
		return nil
	}
	var merged *yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		switch k := n.Content[i]; {
		case k.Value == key && k.Kind == yaml.ScalarNode:
			return n.Content[i+1]
		case k.Tag == "!!merge":
			merged = follow(n.Content[i+1])
		}
	}
	if merged == nil {
		return nil
	}
	if merged.Kind != yaml.SequenceNode {
		return field(merged, key, depth+1)
	}
	for _, m := range merged.Content {
		if found := field(follow(m), key, depth+1); found != nil {
			return found
		}
	}
	return nil
}

// pairs yields the keys of a mapping with their values.
func pairs(n *yaml.Node) func(func(key, value *yaml.Node) bool) {
	return func(yield func(key, value *yaml.Node) bool) {
		if n = follow(n); n == nil || n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if value := follow(n.Content[i+1]); value != nil && !yield(n.Content[i], value) {
				return
			}
		}
	}
}

// text is a plain value; empty for everything that is computed.
func text(n *yaml.Node) string {
	n = follow(n)
	if n == nil {
		return ""
	}
	if n.Kind == yaml.MappingNode && len(n.Content) == 2 && n.Content[0].Value == "Fn::Sub" {
		n = follow(n.Content[1])
	}
	switch {
	case n == nil || n.Kind != yaml.ScalarNode || strings.Contains(n.Value, "${"):
		return ""
	case n.Tag == "!Sub" || n.Tag != "!!null" && strings.HasPrefix(n.Tag, "!!"):
		return n.Value
	}
	return ""
}

// number is a plain number; 0 for everything else.
func number(n *yaml.Node) int {
	i, err := strconv.Atoi(text(n))
	if err != nil {
		return 0
	}
	return i
}

// first is the first item of a list, or nil.
func first(n *yaml.Node) *yaml.Node {
	if n = follow(n); n == nil || n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		return nil
	}
	return n.Content[0]
}

// environment collects the variables that are plain values; later maps win.
func environment(maps ...*yaml.Node) map[string]string {
	env := map[string]string{}
	for _, m := range maps {
		for k, v := range pairs(m) {
			delete(env, k.Value)
			if s := text(v); s != "" {
				env[k.Value] = s
			}
		}
	}
	return env
}

// either returns the first that is there.
func either(ns ...*yaml.Node) *yaml.Node {
	for _, n := range ns {
		if n != nil {
			return n
		}
	}
	return nil
}
