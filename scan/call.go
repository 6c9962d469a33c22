package scan

import (
	"strings"

	"github.com/coldcut/coldcut/internal/python"
)

// call evaluates what a call returns.
func (s *solver) call(c *python.Call, in *scope) set {
	if f, ok := c.Func.(*python.Attribute); ok {
		if v, ok := s.method(c, f, in); ok {
			return v
		}
	}
	var out set
	for _, v := range s.expr(c.Func, in) {
		out = out.join(s.result(v, c, in)...)
	}
	return out
}

// method evaluates the methods of strings and containers.
func (s *solver) method(c *python.Call, f *python.Attribute, in *scope) (set, bool) {
	switch f.Attr {
	case "lower", "upper", "strip", "items", "values", "keys", "copy", "get", "pop", "setdefault", "format":
	default:
		return nil, false
	}
	var out set
	for _, v := range s.expr(f.Value, in) {
		switch v.kind {
		case text:
			if f.Attr == "format" {
				out = out.join(s.format(v.text, c, in)...)
				continue
			}
			out = out.join(stringMethod(f.Attr, v.text, len(c.Args)))
		case mapping, sequence, additions, rest:
			out = out.join(s.containerMethod(f.Attr, v, c, in)...)
		case plain:
			out = out.join(v)
		default:
			return nil, false
		}
	}
	return out, true
}

func stringMethod(name, on string, args int) value {
	if args == 0 {
		switch name {
		case "lower":
			return value{kind: text, text: strings.ToLower(on)}
		case "upper":
			return value{kind: text, text: strings.ToUpper(on)}
		case "strip":
			return value{kind: text, text: strings.TrimSpace(on)}
		}
	}
	return unsure("it is made with str.%s, which the scan does not follow", name)
}

func (s *solver) containerMethod(name string, v value, c *python.Call, in *scope) set {
	switch name {
	case "copy":
		return set{v}
	case "lower", "upper", "strip":
		return set{unsure("it is made with .%s, which the scan does not follow", name)}
	case "items", "values", "keys":
		return set{{kind: sequence, expr: c, scope: in}}
	case "get", "pop", "setdefault":
		var out set
		if len(c.Args) > 0 && v.kind == additions {
			out = out.join(s.additions(v, viewAt(s.expr(c.Args[0], in)))...)
		} else if len(c.Args) > 0 && v.kind != sequence {
			out = out.join(s.item(v, s.expr(c.Args[0], in))...)
		} else {
			out = out.join(s.valuesOf(set{v})...)
		}
		if len(c.Args) > 1 {
			out = out.join(s.expr(c.Args[1], in)...)
		}
		return out
	}
	return set{unsure("it is made with .%s, which the scan does not follow", name)}
}

// callElements evaluates the elements of what a call that makes a sequence
// returns: a mapping's views, or a builtin over its argument.
func (s *solver) callElements(c *python.Call, in *scope, values bool) set {
	switch lastName(c.Func) {
	case "values":
		return s.valuesOf(s.expr(receiver(c.Func), in))
	case "keys":
		return s.elements(s.expr(receiver(c.Func), in))
	case "items", "enumerate", "zip":
		return set{{kind: row, expr: c, scope: in}}
	}
	var out set
	if lastName(c.Func) == "dict" {
		out = s.keywordValues(c, in)
	}
	for _, a := range c.Args {
		if values {
			out = out.join(s.valuesOf(s.expr(a, in))...)
		} else {
			out = out.join(s.elements(s.expr(a, in))...)
		}
	}
	return out
}

// column evaluates one place of a row.
func (s *solver) column(v value, i int) set {
	c := v.expr.(*python.Call)
	switch name := lastName(c.Func); {
	case name == "items" && i == 0:
		return s.elements(s.expr(receiver(c.Func), v.scope))
	case name == "items" && i == 1:
		return s.valuesOf(s.expr(receiver(c.Func), v.scope))
	case name == "enumerate" && i == 0:
		return set{{kind: plain}}
	case name == "enumerate" && i == 1 && len(c.Args) > 0:
		return s.elements(s.expr(c.Args[0], v.scope))
	case name == "zip" && i >= 0 && i < len(c.Args):
		return s.elements(s.expr(c.Args[i], v.scope))
	}
	return set{unsure("it is unpacked in a way that the scan does not follow")}
}

// result evaluates a call of v.
func (s *solver) result(v value, c *python.Call, in *scope) set {
	switch v.kind {
	case global:
		return s.globalResult(v.text, c, in)
	case funcVal:
		return s.returnedTo(v.scope, c, in)
	case classVal:
		if s.isSession(v.scope) {
			return set{{kind: session}, {kind: instance, scope: v.scope}}
		}
		return set{{kind: instance, scope: v.scope}}
	case resource, plain, answer:
		return set{v}
	case unknown:
		return set{v}
	}
	return set{unsure("it is the result of a call that the scan does not follow, at %s", in.unit.pos(c))}
}

// returned evaluates what a function of the sources hands back.
func (s *solver) returned(f *scope) set {
	return s.answer(f, func() set {
		if len(f.yields)+len(f.delegates) > 0 {
			return set{{kind: sequence, scope: f}}
		}
		var out set
		for _, r := range f.returns {
			out = out.join(s.expr(r, f)...)
		}
		if f.fn != nil && !s.passesThrough(f.fn.Decorators, f.parent) {
			out = out.join(unsure("%s has a decorator that the scan does not follow", f.fn.Name))
		}
		if len(out) == 0 {
			out = set{{kind: plain}}
		}
		return out
	})
}

// globalResult evaluates a call of a name outside the sources.
func (s *solver) globalResult(dotted string, c *python.Call, in *scope) set {
	switch {
	case isClientMaker(dotted):
		return s.made(client, c, in)
	case isResourceMaker(dotted):
		return s.made(resource, c, in)
	case isSessionClass(dotted):
		return set{{kind: session}}
	}
	switch dotted {
	case "importlib.import_module", "builtins.__import__":
		return s.importedByName(c, in)
	case "builtins.list", "builtins.tuple", "builtins.set", "builtins.frozenset", "builtins.sorted",
		"builtins.reversed", "builtins.iter", "builtins.enumerate", "builtins.zip":
		return set{{kind: sequence, expr: c, scope: in}}
	case "builtins.str":
		if len(c.Args) == 1 {
			return s.expr(c.Args[0], in)
		}
	case "builtins.len", "builtins.int", "builtins.bool", "builtins.float", "builtins.print", "builtins.isinstance":
		return set{{kind: plain}}
	case "builtins.dict":
		return set{{kind: mapping, expr: c, scope: in}}
	case "builtins.getattr":
		if len(c.Args) > 1 {
			return s.getattr(c, in)
		}
	case "builtins.type":
		if len(c.Args) == 1 {
			return s.classOf(s.expr(c.Args[0], in))
		}
	}
	return set{unsure("it comes from %s", strings.TrimPrefix(dotted, "builtins."))}
}

// getattr evaluates getattr(x, name, default).
func (s *solver) getattr(c *python.Call, in *scope) set {
	var out set
	for _, name := range s.expr(c.Args[1], in) {
		if name.kind != text {
			out = out.join(unsure("it is read with getattr by a name that the scan does not follow"))
			continue
		}
		for _, v := range s.expr(c.Args[0], in) {
			out = out.join(s.attributeOf(v, name.text, in.unit.file)...)
		}
	}
	if len(c.Args) > 2 {
		out = out.join(s.expr(c.Args[2], in)...)
	}
	return out
}

// classOf evaluates type(x) and x.__class__.
func (s *solver) classOf(vals set) set {
	var out set
	for _, v := range vals {
		if v.kind == client || v.kind == resource {
			out = out.join(v) // which has the operations too
			continue
		}
		if v.kind != instance {
			out = out.join(unsure("it is the class of an object that the scan does not follow"))
			continue
		}
		out = out.join(value{kind: classVal, scope: v.scope})
	}
	return out
}

// importedByName evaluates import_module(name).
func (s *solver) importedByName(c *python.Call, in *scope) set {
	if len(c.Args) == 0 {
		return set{anyModule}
	}
	var out set
	for _, v := range s.expr(c.Args[0], in) {
		if v.kind == text {
			out = out.join(s.moduleValue(v.text, in.unit.file)...)
			continue
		}
		out = out.join(anyModule)
	}
	return out
}

// anyModule is a module that could be boto3 as well.
var anyModule = unsure("it is a module imported by a name that the scan does not follow")

// made evaluates a client's or a resource's constructor.
func (s *solver) made(k kind, c *python.Call, in *scope) set {
	arg, ok := serviceArgument(c)
	if !ok {
		return set{{kind: k}}
	}
	var out set
	for _, v := range s.expr(arg, in) {
		name := ""
		if v.kind == text {
			name = v.text
		}
		out = out.join(value{kind: k, text: name})
	}
	return out
}

// serviceArgument returns the service that a call of boto3.client and its kin is
// given; !ok where an unpacked argument may hide it, or where there is none.
func serviceArgument(c *python.Call) (python.Expr, bool) {
	if e := keyword(c, "service_name"); e != nil {
		return e, true
	}
	if len(c.Args) == 0 {
		return nil, false
	}
	if _, starred := c.Args[0].(*python.Starred); starred {
		return nil, false
	}
	return c.Args[0], true
}

// unpacks reports whether a call has *args or **kwargs.
func unpacks(c *python.Call) bool {
	for _, a := range c.Args {
		if _, ok := a.(*python.Starred); ok {
			return true
		}
	}
	for _, k := range c.Keywords {
		if k.Name == "" {
			return true
		}
	}
	return false
}
