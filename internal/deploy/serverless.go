package deploy

import (
	"path/filepath"

	"go.yaml.in/yaml/v3"
)

// serverless reads the functions of the Serverless Framework. Source: its reference
// of serverless.yml; "module" is serverless-python-requirements'.
func serverless(file string, root *yaml.Node) []Function {
	if name := text(get(root, "provider", "name")); name != "" && name != "aws" {
		return nil
	}
	var all []Function
	functions := get(root, "functions")
	switch {
	case functions == nil:
	case functions.Kind == yaml.SequenceNode:
		for _, some := range functions.Content {
			all = append(all, serverlessFunctions(file, root, follow(some))...)
		}
	default:
		all = serverlessFunctions(file, root, functions)
	}
	return all
}

func serverlessFunctions(file string, root, functions *yaml.Node) []Function {
	if functions == nil || functions.Kind != yaml.MappingNode { // ${file(…)}
		line := 1
		if functions != nil {
			line = functions.Line
		}
		return []Function{{Name: "functions", File: file, Line: line}}
	}
	var all []Function
	provider := get(root, "provider")
	for name, f := range pairs(functions) {
		of := func(key string) *yaml.Node { return either(get(f, key), get(provider, key)) }
		fn := Function{
			Name: name.Value, File: file, Line: name.Line, Handler: text(get(f, "handler")), Runtime: text(of("runtime")),
			Architecture: text(of("architecture")), Memory: number(of("memorySize")),
			Env:      environment(get(provider, "environment"), get(f, "environment")),
			CodePath: filepath.Dir(file),
		}
		if m := get(f, "module"); m != nil {
			fn.CodePath = beside(file, text(m))
		}
		if a := either(get(f, "package", "artifact"), get(root, "package", "artifact")); a != nil {
			fn.CodePath = beside(file, text(a))
		}
		if get(f, "image") != nil {
			fn.CodePath, fn.Handler = "", text(first(get(f, "image", "command")))
		}
		all = append(all, fn)
	}
	return all
}
