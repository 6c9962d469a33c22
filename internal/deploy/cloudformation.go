package deploy

import (
	"errors"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// cloudFormation reads the functions of a SAM or CloudFormation template, and of
// those that it nests. Sources: the SAM specification (AWS::Serverless::Function,
// Globals) and the CloudFormation resource reference (AWS::Lambda::Function).
func cloudFormation(file string, root *yaml.Node, seen map[string]bool) ([]Function, error) {
	var all []Function
	var errs []error
	globals := get(root, "Globals", "Function")
	for name, r := range pairs(get(root, "Resources")) {
		var f Function
		switch kind := text(get(r, "Type")); {
		case kind == "AWS::Serverless::Function":
			f = samFunction(file, r, globals)
		case kind == "AWS::Lambda::Function":
			f = lambdaFunction(file, r)
		case strings.HasPrefix(name.Value, "Fn::"):
			// A loop or a macro writes the resources: any of them may be a function.
		default:
			inner, err := nested(file, r, kind, seen)
			all, errs = append(all, inner...), append(errs, err)
			continue
		}
		if inline(r) {
			continue
		}
		f.Name, f.File, f.Line = name.Value, file, name.Line
		all = append(all, f)
	}
	return all, errors.Join(errs...)
}

// inline reports whether the function's code stands in the template itself.
func inline(r *yaml.Node) bool {
	return get(r, "Properties", "InlineCode") != nil || get(r, "Properties", "Code", "ZipFile") != nil
}

// nested reads a template that another one includes from the same disk.
func nested(file string, r *yaml.Node, kind string, seen map[string]bool) ([]Function, error) {
	var path string
	switch kind {
	case "AWS::Serverless::Application":
		path = text(get(r, "Properties", "Location"))
	case "AWS::CloudFormation::Stack":
		path = text(either(get(r, "Metadata", "aws:asset:path"), get(r, "Properties", "TemplateURL")))
	}
	if path = beside(file, path); path == "" || seen[real(path)] || !exists(path) {
		return nil, nil
	}
	return read(path, seen)
}

// samFunction reads one function with what the template says for all of them.
func samFunction(file string, r, globals *yaml.Node) Function {
	p := get(r, "Properties")
	of := func(key string) *yaml.Node { return either(get(p, key), get(globals, key)) }
	f := properties(of)
	f.Env = environment(get(globals, "Environment", "Variables"), get(p, "Environment", "Variables"))
	f.CodePath = beside(file, text(of("CodeUri")))
	if text(of("PackageType")) == "Image" {
		f.CodePath = beside(file, text(get(r, "Metadata", "DockerContext")))
	}
	return f
}

// lambdaFunction reads one function of plain CloudFormation, or of CDK, which names
// the folder of the code in the metadata or in the manifest beside the template.
func lambdaFunction(file string, r *yaml.Node) Function {
	p := get(r, "Properties")
	f := properties(func(key string) *yaml.Node { return get(p, key) })
	f.Env = environment(get(p, "Environment", "Variables"))
	f.CodePath = beside(file, text(get(p, "Code")))
	if asset := text(get(r, "Metadata", "aws:asset:path")); asset != "" {
		f.CodePath = beside(file, asset)
	} else if key := text(get(p, "Code", "S3Key")); f.CodePath == "" && key != "" {
		f.CodePath = assetOf(file, key)
	}
	return f
}

// properties reads what both kinds of function have in common.
func properties(of func(key string) *yaml.Node) Function {
	f := Function{
		Handler: text(of("Handler")), Runtime: text(of("Runtime")),
		Architecture: text(first(of("Architectures"))), Memory: number(of("MemorySize")),
	}
	if text(of("PackageType")) == "Image" {
		f.Handler = text(first(get(of("ImageConfig"), "Command")))
	}
	return f
}

// assetOf finds the folder of an asset by the key that it is uploaded with, in the
// manifests of CDK's cloud assembly.
func assetOf(file, key string) string {
	id, _, _ := strings.Cut(filepath.Base(key), ".")
	for _, name := range list(filepath.Dir(file)) {
		if !strings.HasSuffix(name, ".assets.json") {
			continue
		}
		manifest := filepath.Join(filepath.Dir(file), name)
		content, err := readFile(manifest)
		if err != nil {
			continue
		}
		root, err := parse(manifest, content)
		if err != nil {
			continue // whoever deploys it will be told
		}
		if path := text(get(root, "files", id, "source", "path")); path != "" {
			return beside(manifest, path)
		}
	}
	return ""
}
