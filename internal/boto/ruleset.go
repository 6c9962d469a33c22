package boto

import (
	"bytes"
	"fmt"
	"path"
)

// Endpoint rules lose what no request can reach. That is proven from the rules and
// their parameters alone, and from how botocore reads them: a rule holds if all its
// conditions do, the first that gives something wins, and a tree that gives nothing
// is passed over (botocore/endpoint_provider.py). [simplify] says what follows.

// ruleSemantics are the lines of botocore's sources that this rests on. Where one is
// missing, rules lose their documentation alone.
var ruleSemantics = map[string][]string{
	"botocore/endpoint_provider.py": {
		"if result is False or result is None:\n                return False\n        return True",
		"for rule in self.rules:\n                # don't share scope_vars between rules\n" +
			"                rule_result = rule.evaluate(scope_vars.copy(), rule_lib)\n" +
			"                if rule_result:\n                    return rule_result\n        return None",
		"evaluation = rule.evaluate(input_parameters.copy(), self.rule_lib)\n" +
			"            if evaluation is not None:\n                return evaluation",
		"return value is not None\n", "return value1 is value2\n", "return value1 == value2\n", "return not value\n",
		"if not isinstance(value, self.parameter_type):",
	},
}

// readsRules reports whether this botocore reads endpoint rules as we know it.
func (in *Installation) readsRules() (bool, error) {
	for file, lines := range ruleSemantics {
		source, err := in.source(file)
		if err != nil {
			return false, err
		}
		for _, line := range lines {
			if !bytes.Contains(source, []byte(line)) {
				return false, nil
			}
		}
	}
	return true, nil
}

// rules rewrites the endpoint rules. Extras of them would be merged into what is
// left, so where there are any, all rules stay.
func (t *trimming) rules() error {
	base := path.Join(t.dir, TypeEndpoints)
	file, data, err := t.in.model(base)
	if err != nil || file == "" {
		return err
	}
	known, err := t.in.readsRules()
	if err != nil {
		return err
	}
	if !known || t.in.exists(base+extras) {
		return t.rewrite(TypeEndpoints, ruleSetForm)
	}
	trimmed, err := trim(data, ruleSetForm)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	set, err := parse(trimmed)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if rules, ok := simplify(set.member("rules"), parameters(set.member("parameters"))); ok {
		trimmed = set.appendWith(nil, map[string][]byte{"rules": rules})
	}
	r, err := rewritten(file, data, trimmed)
	if r != nil {
		t.out = append(t.out, *r)
	}
	return err
}

// parameters tells what is known of the parameters of the rules before any request. A
// parameter that no kept operation gives may still be given: by a model of the same
// service in AWS_DATA_PATH, which meets these rules.
func parameters(spec *element) ruleParameters {
	known := ruleParameters{}
	if spec == nil || spec.kind != '{' {
		return known
	}
	for i, name := range spec.keys {
		p := spec.items[i]
		kind, _ := p.member("type").text()
		def := p.member("default")
		known[name] = ruleParameter{
			boolean: kind == "boolean" || kind == "Boolean",
			always:  def.is("true") || def.is("false"),
		}
	}
	return known
}
