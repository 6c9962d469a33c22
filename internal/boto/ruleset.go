package boto

import (
	"bytes"
	"fmt"
	"path"
	"slices"
)

// Endpoint rules lose what no request can reach. That is proven from the rules and
// the parameters alone, and from how botocore reads them: a rule holds if all its
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
	"botocore/regions.py": {
		"param_val = self._resolve_param_from_context(",
		"if param_val is None and param_def.builtin is not None:",
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
	params, err := t.parameters(set.member("parameters"))
	if err != nil {
		return err
	}
	if rules, ok := simplify(set.member("rules"), params); ok {
		trimmed = set.appendWith(nil, map[string][]byte{"rules": rules})
	}
	r, err := rewritten(file, data, trimmed)
	if r != nil {
		t.out = append(t.out, *r)
	}
	return err
}

// parameters tells what is known of the parameters of the rules before any request.
func (t *trimming) parameters(spec *element) (ruleParameters, error) {
	known := ruleParameters{}
	if spec == nil || spec.kind != '{' {
		return known, nil
	}
	given, err := t.named()
	if err != nil {
		return nil, err
	}
	for i, name := range spec.keys {
		p := spec.items[i]
		kind, _ := p.member("type").text()
		def := p.member("default")
		known[name] = ruleParameter{
			boolean: kind == "boolean" || kind == "Boolean",
			always:  def.is("true") || def.is("false"),
			never:   p.member("builtIn") == nil && def == nil && !given[name],
		}
	}
	return known, t.in.unlessNamed(known)
}

// named are all texts in what is left of the service model. A parameter that stands
// nowhere there is given neither by an operation nor by a setting of the client
// (botocore/regions.py, EndpointRulesetResolver._get_provider_params).
func (t *trimming) named() (map[string]bool, error) {
	given := map[string]bool{}
	for name, text := range t.texts {
		e, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path.Join(t.dir, name), err)
		}
		e.eachText(func(s string) { given[s] = true })
	}
	return given, nil
}

// unlessNamed takes a parameter that botocore's own code names for one that it gives.
func (in *Installation) unlessNamed(known ruleParameters) error {
	var never []string
	for name, p := range known {
		if p.never {
			never = append(never, name)
		}
	}
	if len(never) == 0 {
		return nil
	}
	return in.eachSource(func(source []byte) {
		never = slices.DeleteFunc(never, func(name string) bool {
			named := bytes.Contains(source, []byte(name))
			if p := known[name]; named {
				p.never = false
				known[name] = p
			}
			return named
		})
	})
}
