package boto

import (
	"bytes"
	"maps"
	"slices"
	"strings"
)

// ruleParameter is what is known of a parameter of endpoint rules before any request.
type ruleParameter struct {
	boolean bool // botocore refuses any other value
	always  bool // there is a default, and it is a boolean
}

type ruleParameters map[string]ruleParameter

// rule is an endpoint rule. A leaf gives an endpoint or raises an error; a tree
// tries its rules in order.
type rule struct {
	body       *element // nil for a tree that is made here
	tree       bool
	conditions []*condition
	rules      []*rule
}

// condition is a call of one of the functions of botocore's rule library.
type condition struct {
	text   string // with what the result is assigned to
	asks   string // function and arguments alone
	fn     string
	args   []*element
	assign string
}

// simplify returns rules that give the same for every request; !ok where it does not
// know what it sees. Simplifying again changes nothing.
func simplify(rules *element, params ruleParameters) (text []byte, ok bool) {
	all, ok := readRules(rules)
	if !ok {
		return nil, false
	}
	s := &simplifier{params: maps.Clone(params)}
	s.assignments(all)
	const most = 50
	for range most {
		before := appendRules(nil, all)
		all = grouped(s.decided(flattened(all), &knowledge{known: map[string]bool{}, is: map[string]string{}}))
		if text = appendRules(nil, all); bytes.Equal(text, before) {
			return text, true
		}
	}
	return nil, false
}

func readRules(e *element) (rules []*rule, ok bool) {
	if e == nil || e.kind != '[' {
		return nil, false
	}
	for _, item := range e.items {
		r, ok := readRule(item)
		if !ok {
			return nil, false
		}
		rules = append(rules, r)
	}
	return rules, true
}

// ruleMembers are the members that each type of rule may have besides those of all.
var ruleMembers = map[string]string{"tree": "rules", "endpoint": "endpoint", "error": "error"}

func readRule(e *element) (r *rule, ok bool) {
	kind, _ := e.member("type").text()
	own := ruleMembers[kind]
	conditions := e.member("conditions")
	if own == "" || e.member(own) == nil || conditions == nil || conditions.kind != '[' || len(e.keys) != 3 {
		return nil, false
	}
	r = &rule{body: e, tree: kind == "tree"}
	for _, c := range conditions.items {
		read, ok := readCondition(c)
		if !ok {
			return nil, false
		}
		r.conditions = append(r.conditions, read)
	}
	if r.tree {
		r.rules, ok = readRules(e.member("rules"))
		return r, ok
	}
	return r, true
}

func readCondition(e *element) (c *condition, ok bool) {
	fn, ok := e.member("fn").text()
	args := e.member("argv")
	if !ok || args == nil || args.kind != '[' {
		return nil, false
	}
	members := 2
	c = &condition{text: string(e.append(nil)), fn: fn, args: args.items, asks: fn + string(args.append(nil))}
	if to := e.member("assign"); to != nil {
		members++
		if c.assign, ok = to.text(); !ok {
			return nil, false
		}
	}
	inner := false // what an argument assigns would be lost with the condition
	args.eachText(func(s string) { inner = inner || s == "assign" })
	return c, len(e.keys) == members && !inner
}

// appendRules writes a list of rules.
func appendRules(out []byte, rules []*rule) []byte {
	out = append(out, '[')
	for i, r := range rules {
		out = r.append(separated(out, i))
	}
	return append(out, ']')
}

func (r *rule) append(out []byte) []byte {
	conditions := []byte{'['}
	for i, c := range r.conditions {
		conditions = append(separated(conditions, i), c.text...)
	}
	members := map[string][]byte{"conditions": append(conditions, ']')}
	if r.tree {
		members["rules"] = appendRules(nil, r.rules)
	}
	if r.body == nil {
		out = append(append(out, `{"conditions":`...), members["conditions"]...)
		out = append(append(out, `,"rules":`...), members["rules"]...)
		return append(out, `,"type":"tree"}`...)
	}
	return r.body.appendWith(out, members)
}

// flattened puts the rules of a tree without conditions in its place, and the only
// rule of a tree, with the conditions of both.
func flattened(rules []*rule) (out []*rule) {
	for _, r := range rules {
		if !r.tree {
			out = append(out, r)
			continue
		}
		below := flattened(r.rules)
		switch {
		case len(r.conditions) == 0:
			out = append(out, below...)
		case len(below) == 1:
			only := *below[0]
			only.conditions = slices.Concat(r.conditions, only.conditions)
			out = append(out, &only)
		default:
			out = append(out, &rule{body: r.body, tree: true, conditions: r.conditions, rules: below})
		}
	}
	return out
}

// treeSize is what a tree takes beside its conditions and rules, in bytes.
const treeSize = len(`,{"conditions":[],"rules":[],"type":"tree"}`)

// grouped puts neighbours that begin with the same conditions under one tree.
func grouped(rules []*rule) (out []*rule) {
	for len(rules) > 0 {
		n := 1
		for n < len(rules) && common(rules[:n+1]) > 0 {
			n++
		}
		r, prefix := rules[0], 0
		if n > 1 {
			prefix = common(rules[:n])
		}
		switch saved := (n - 1) * sizeOf(r.conditions[:prefix]); {
		case saved > treeSize:
			out = append(out, &rule{tree: true, conditions: r.conditions[:prefix], rules: grouped(shortened(rules[:n], prefix))})
		default:
			for _, r := range rules[:n] {
				if r.tree {
					r = &rule{body: r.body, tree: true, conditions: r.conditions, rules: grouped(r.rules)}
				}
				out = append(out, r)
			}
		}
		rules = rules[n:]
	}
	return out
}

// common counts the conditions with which all of the rules begin.
func common(rules []*rule) int {
	for n := 0; ; n++ {
		for _, r := range rules {
			if n >= len(r.conditions) || r.conditions[n].text != rules[0].conditions[n].text {
				return n
			}
		}
	}
}

func sizeOf(conditions []*condition) (size int) {
	for _, c := range conditions {
		size += len(c.text)
	}
	return size
}

func shortened(rules []*rule, prefix int) (out []*rule) {
	for _, r := range rules {
		rest := *r
		rest.conditions = r.conditions[prefix:]
		out = append(out, &rest)
	}
	return out
}

// simplifier decides conditions.
type simplifier struct{ params ruleParameters }

// assignments takes what rules assign for no parameter.
func (s *simplifier) assignments(rules []*rule) {
	for _, r := range rules {
		for _, c := range r.conditions {
			delete(s.params, c.assign)
		}
		s.assignments(r.rules)
	}
}

// knowledge is what is known where a rule stands: conditions that were decided, and
// names whose value, as it is spelled, is known.
type knowledge struct {
	known map[string]bool
	is    map[string]string
}

func (k *knowledge) clone() *knowledge { return &knowledge{maps.Clone(k.known), maps.Clone(k.is)} }

// decided takes out the rules that cannot hold, the conditions that always do, and
// what stands behind a rule that always gives something.
func (s *simplifier) decided(rules []*rule, above *knowledge) (out []*rule) {
	here := above.clone()
	for _, r := range rules {
		r = s.rule(r, here.clone())
		if r == nil {
			continue
		}
		out = append(out, r)
		if len(r.conditions) == 0 && r.gives() {
			break
		}
		if len(r.conditions) == 1 && r.gives() {
			s.learn(here, r.conditions[0], false)
		}
	}
	return out
}

// rule decides one rule; nil where it cannot give anything.
func (s *simplifier) rule(r *rule, k *knowledge) *rule {
	out := &rule{body: r.body, tree: r.tree}
	safe := 0 // how many of the conditions count: what stands behind cannot raise an error
	for _, c := range r.conditions {
		value, sure := s.decide(k, c)
		if sure && !value {
			return out.never(safe)
		}
		if sure && c.assign == "" {
			continue
		}
		out.conditions = append(out.conditions, c)
		if s.mayRaise(k, c) {
			safe = len(out.conditions)
		}
		s.learn(k, c, true)
	}
	if !r.tree {
		return out
	}
	if out.rules = s.decided(r.rules, k); len(out.rules) == 0 {
		return out.never(safe)
	}
	return out
}

// never is what stays of a rule that cannot give anything: the conditions that may
// raise an error all the same.
func (r *rule) never(conditions int) *rule {
	if conditions == 0 {
		return nil
	}
	return &rule{tree: true, conditions: r.conditions[:conditions]}
}

// gives reports whether a rule gives something whenever its conditions hold.
func (r *rule) gives() bool {
	return !r.tree || slices.ContainsFunc(r.rules, func(below *rule) bool { return len(below.conditions) == 0 && below.gives() })
}

// decide tells what a condition gives, where that is sure.
func (s *simplifier) decide(k *knowledge, c *condition) (value, sure bool) {
	if value, sure = k.known[c.asks]; sure {
		return value, true
	}
	switch c.fn {
	case "not":
		if of := c.inner(); of != nil {
			value, sure = s.decide(k, of)
			return !value, sure
		}
	case "booleanEquals", "stringEquals":
		if is, ok := k.is[c.name(0)]; ok && c.literal() != "" {
			return is == c.literal(), true
		}
	}
	return false, false
}

// yesOrNo are the functions that give True or False and nothing else.
var yesOrNo = []string{"isSet", "not", "booleanEquals", "stringEquals", "isValidHostLabel", "aws.isVirtualHostableS3Bucket"}

// learn adds what a condition gave. What is assigned was not set before.
func (s *simplifier) learn(k *knowledge, c *condition, value bool) {
	if c.assign != "" {
		forget := func(asks string) bool { return strings.Contains(asks, `"`+c.assign+`"`) }
		maps.DeleteFunc(k.known, func(asks string, _ bool) bool { return forget(asks) })
		delete(k.is, c.assign)
		return
	}
	if !slices.Contains(yesOrNo, c.fn) || c.templates() {
		return
	}
	k.known[c.asks] = value
	if c.fn == "not" {
		if of := c.inner(); of != nil {
			s.learn(k, of, !value)
		}
		return
	}
	if c.literal() == "" || c.name(0) == "" {
		return
	}
	switch p := s.params[c.name(0)]; {
	case value:
		k.is[c.name(0)] = c.literal()
	case c.fn == "booleanEquals" && p.boolean && p.always:
		k.is[c.name(0)] = map[string]string{"true": "false", "false": "true"}[c.literal()]
	}
}

// mayRaise reports whether a condition may raise an error.
func (s *simplifier) mayRaise(k *knowledge, c *condition) bool {
	switch c.fn {
	case "isSet":
		return c.name(0) == "" || len(c.args) != 1
	case "not":
		of := c.inner()
		return of == nil || of.fn != "isSet" || s.mayRaise(k, of)
	case "booleanEquals":
		p := s.params[c.name(0)]
		return c.literal() == "" || !p.boolean || !p.always && !k.known[`isSet[{"ref":"`+c.name(0)+`"}]`]
	}
	return true
}

// name is the name that an argument refers to, or "".
func (c *condition) name(arg int) string {
	if arg >= len(c.args) || len(c.args[arg].keys) != 1 {
		return ""
	}
	name, _ := c.args[arg].member("ref").text()
	return name
}

// literal is the second of two arguments, as it is spelled, if it is a boolean for
// booleanEquals, or else a plain text.
func (c *condition) literal() string {
	if len(c.args) != 2 {
		return ""
	}
	switch arg := c.args[1]; {
	case c.fn == "booleanEquals" && (arg.is("true") || arg.is("false")):
		return string(arg.raw)
	case c.fn == "stringEquals" && arg.kind == 0 && len(arg.raw) > 0 && arg.raw[0] == '"' && !bytes.ContainsAny(arg.raw, `{\`):
		return string(arg.raw)
	}
	return ""
}

// inner is the only argument, where that is a condition itself.
func (c *condition) inner() *condition {
	if len(c.args) != 1 {
		return nil
	}
	of, ok := readCondition(c.args[0])
	if !ok || of.assign != "" || !slices.Contains(yesOrNo, of.fn) {
		return nil
	}
	return of
}

// templates reports whether a text among the arguments refers to names.
func (c *condition) templates() bool {
	found := false
	for _, arg := range c.args {
		arg.eachText(func(s string) { found = found || strings.Contains(s, "{") })
	}
	return found
}
