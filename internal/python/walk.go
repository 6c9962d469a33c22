package python

// Inspect calls visit for n and everything below it, parents first, in the
// order of CPython's fields. Below a node for which visit returns false it does
// not go. The nodes are all expressions, statements and patterns, and pointers
// to Keyword, Param, TypeParam, ExceptHandler and Alias.
func Inspect(n Node, visit func(Node) bool) { walker{visit}.node(n) }

// InspectAll is [Inspect] for each of some statements in turn.
func InspectAll(body []Stmt, visit func(Node) bool) { walkAll(walker{visit}, body) }

type walker struct{ visit func(Node) bool }

// node visits n and what is below it.
func (w walker) node(n Node) {
	if !w.visit(n) {
		return
	}
	switch n := n.(type) {
	case Expr:
		w.expr(n)
	case Stmt:
		w.stmt(n)
	case Pattern:
		w.pattern(n)
	default:
		w.part(n)
	}
}

// optional visits an expression that may be absent.
func (w walker) optional(e Expr) {
	if e != nil {
		w.node(e)
	}
}

// part goes below a node that is neither expression, statement nor pattern.
func (w walker) part(n Node) {
	switch n := n.(type) {
	case *Keyword:
		w.node(n.Value)
	case *Param:
		w.optional(n.Annotation)
		w.optional(n.Default)
	case *TypeParam:
		w.optional(n.Bound)
		w.optional(n.Default)
	case *ExceptHandler:
		w.optional(n.Type)
		walkAll(w, n.Body)
	}
}

func walkAll[T Node](w walker, nodes []T) {
	for _, n := range nodes {
		w.node(n)
	}
}

// walkParts visits nodes that stand in a slice by value.
func walkParts[T any, P interface {
	*T
	Node
}](w walker, parts []T) {
	for i := range parts {
		w.node(P(&parts[i]))
	}
}

func (w walker) expr(e Expr) {
	switch e := e.(type) {
	case *Attribute:
		w.node(e.Value)
	case *Call:
		w.node(e.Func)
		walkAll(w, e.Args)
		walkParts(w, e.Keywords)
	case *JoinedStr:
		walkAll(w, e.Values)
	case *TemplateStr:
		walkAll(w, e.Values)
	case *FormattedValue:
		w.node(e.Value)
		if e.Spec != nil {
			w.node(e.Spec)
		}
	case *BinOp:
		w.node(e.Left)
		w.node(e.Right)
	case *BoolOp:
		walkAll(w, e.Values)
	case *UnaryOp:
		w.node(e.Operand)
	case *Compare:
		w.node(e.Left)
		walkAll(w, e.Comparators)
	case *IfExp:
		w.node(e.Test)
		w.node(e.Body)
		w.node(e.Else)
	case *Lambda:
		w.params(e.Params)
		w.node(e.Body)
	case *Await:
		w.node(e.Value)
	case *Yield:
		w.optional(e.Value)
	case *YieldFrom:
		w.node(e.Value)
	case *NamedExpr:
		w.node(e.Target)
		w.node(e.Value)
	case *Subscript:
		w.node(e.Value)
		w.node(e.Index)
	case *Slice:
		w.optional(e.Lower)
		w.optional(e.Upper)
		w.optional(e.Step)
	case *Starred:
		w.node(e.Value)
	default:
		w.display(e)
	}
}

// display goes below the displays and comprehensions.
func (w walker) display(e Expr) {
	switch e := e.(type) {
	case *Dict:
		for i, value := range e.Values {
			w.optional(e.Keys[i])
			w.node(value)
		}
	case *Set:
		walkAll(w, e.Elts)
	case *List:
		walkAll(w, e.Elts)
	case *Tuple:
		walkAll(w, e.Elts)
	case *ListComp:
		w.node(e.Elt)
		w.generators(e.Generators)
	case *SetComp:
		w.node(e.Elt)
		w.generators(e.Generators)
	case *GeneratorExp:
		w.node(e.Elt)
		w.generators(e.Generators)
	case *DictComp:
		w.node(e.Key)
		w.optional(e.Value)
		w.generators(e.Generators)
	}
}

func (w walker) generators(list []Comprehension) {
	for _, c := range list {
		w.node(c.Target)
		w.node(c.Iter)
		walkAll(w, c.Ifs)
	}
}

func (w walker) params(p *Params) {
	walkParts(w, p.PosOnly)
	walkParts(w, p.Args)
	if p.VarArg != nil {
		w.node(p.VarArg)
	}
	walkParts(w, p.KwOnly)
	if p.KwArg != nil {
		w.node(p.KwArg)
	}
}

func (w walker) stmt(s Stmt) {
	switch s := s.(type) {
	case *Return:
		w.optional(s.Value)
	case *Delete:
		walkAll(w, s.Targets)
	case *Assign:
		walkAll(w, s.Targets)
		w.node(s.Value)
	case *AugAssign:
		w.node(s.Target)
		w.node(s.Value)
	case *AnnAssign:
		w.node(s.Target)
		w.node(s.Annotation)
		w.optional(s.Value)
	case *TypeAlias:
		w.node(s.Name)
		walkParts(w, s.TypeParams)
		w.node(s.Value)
	case *Raise:
		w.optional(s.Exc)
		w.optional(s.Cause)
	case *Assert:
		w.node(s.Test)
		w.optional(s.Msg)
	case *Import:
		walkParts(w, s.Names)
	case *ImportFrom:
		walkParts(w, s.Names)
	case *ExprStmt:
		w.node(s.Value)
	default:
		w.compound(s)
	}
}

// compound goes below the statements that have blocks.
func (w walker) compound(s Stmt) {
	switch s := s.(type) {
	case *FunctionDef:
		walkAll(w, s.Decorators)
		walkParts(w, s.TypeParams)
		w.params(s.Params)
		w.optional(s.Returns)
		walkAll(w, s.Body)
	case *ClassDef:
		walkAll(w, s.Decorators)
		walkParts(w, s.TypeParams)
		walkAll(w, s.Bases)
		walkParts(w, s.Keywords)
		walkAll(w, s.Body)
	case *For:
		w.node(s.Target)
		w.node(s.Iter)
		walkAll(w, s.Body)
		walkAll(w, s.Else)
	case *While:
		w.node(s.Test)
		walkAll(w, s.Body)
		walkAll(w, s.Else)
	case *If:
		w.node(s.Test)
		walkAll(w, s.Body)
		walkAll(w, s.Else)
	case *With:
		for _, item := range s.Items {
			w.node(item.Context)
			w.optional(item.Target)
		}
		walkAll(w, s.Body)
	case *Match:
		w.node(s.Subject)
		for _, c := range s.Cases {
			w.node(c.Pattern)
			w.optional(c.Guard)
			walkAll(w, c.Body)
		}
	case *Try:
		walkAll(w, s.Body)
		walkParts(w, s.Handlers)
		walkAll(w, s.Else)
		walkAll(w, s.Finally)
	}
}

func (w walker) pattern(n Pattern) {
	switch n := n.(type) {
	case *MatchValue:
		w.node(n.Value)
	case *MatchSequence:
		walkAll(w, n.Patterns)
	case *MatchMapping:
		for i, key := range n.Keys {
			w.node(key)
			w.node(n.Patterns[i])
		}
	case *MatchClass:
		w.node(n.Class)
		walkAll(w, n.Patterns)
		walkAll(w, n.Values)
	case *MatchAs:
		if n.Pattern != nil {
			w.node(n.Pattern)
		}
	case *MatchOr:
		walkAll(w, n.Patterns)
	}
}
