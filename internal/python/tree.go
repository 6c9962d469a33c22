package python

// Span is a half-open range of byte offsets into File.Text.
type Span struct{ Start, End uint32 }

// Bounds returns the span itself; every node embeds Span and so satisfies Node.
func (s Span) Bounds() Span { return s }

// Node is any part of the tree that has a place in the source.
type Node interface{ Bounds() Span }

// Expr is an expression. The concrete types carry the names of CPython's ast.
type Expr interface {
	Node
	expr()
}

// Stmt is a statement. The concrete types carry the names of CPython's ast.
type Stmt interface {
	Node
	stmt()
}

// Operator is a binary, unary, boolean or comparison operator.
type Operator uint8

// The operators. Comparison operators appear in Compare, And and Or in BoolOp.
const (
	Add Operator = iota + 1
	Sub
	Mult
	MatMult
	Div
	Mod
	Pow
	LShift
	RShift
	BitOr
	BitXor
	BitAnd
	FloorDiv
	Invert
	Not
	UAdd
	USub
	And
	Or
	Eq
	NotEq
	Lt
	LtE
	Gt
	GtE
	Is
	IsNot
	In
	NotIn
)

// Expressions.

type (
	// Name is an identifier. ID is NFKC-normalised, as Python compares it.
	Name struct {
		Span
		ID string
	}
	// Attribute is Value.Attr.
	Attribute struct {
		Span
		Value Expr
		Attr  string
	}
	// Call is Func(Args..., Keywords...). Starred arguments stand in Args.
	Call struct {
		Span
		Func     Expr
		Args     []Expr
		Keywords []Keyword
	}
	// Str is a run of adjacent string literals that holds no replacement field.
	// Value is decoded; lone surrogates are kept as their three-byte form.
	Str struct {
		Span
		Value string
	}
	// Bytes is a run of adjacent bytes literals.
	Bytes struct {
		Span
		Value string
	}
	// Num is a number, in the source's own spelling.
	Num struct {
		Span
		Text string
	}
	// Singleton is True, False, None or Ellipsis (Text "...").
	Singleton struct {
		Span
		Text string
	}
	// JoinedStr is an f-string: Values alternates *Str and *FormattedValue.
	JoinedStr struct {
		Span
		Values []Expr
	}
	// TemplateStr is a t-string (3.14), built as JoinedStr is.
	TemplateStr struct {
		Span
		Values []Expr
	}
	// FormattedValue is one {Value!Conversion:Spec} of a JoinedStr or TemplateStr.
	// Conversion is 0, 's', 'r' or 'a'; Spec is nil where there is none.
	FormattedValue struct {
		Span
		Value      Expr
		Conversion byte
		Spec       *JoinedStr
	}
	// BinOp is Left Op Right.
	BinOp struct {
		Span
		Left  Expr
		Op    Operator
		Right Expr
	}
	// BoolOp is its Values joined by and or by or.
	BoolOp struct {
		Span
		Op     Operator
		Values []Expr
	}
	// UnaryOp is Op Operand.
	UnaryOp struct {
		Span
		Op      Operator
		Operand Expr
	}
	// Compare is Left Ops[0] Comparators[0] Ops[1] and so on.
	Compare struct {
		Span
		Left        Expr
		Ops         []Operator
		Comparators []Expr
	}
	// IfExp is Body if Test else Else.
	IfExp struct {
		Span
		Test, Body, Else Expr
	}
	// Lambda is lambda Params: Body.
	Lambda struct {
		Span
		Params *Params
		Body   Expr
	}
	// Dict is a display; Keys[i] is nil where Values[i] is unpacked with **.
	Dict struct {
		Span
		Keys, Values []Expr
	}
	// Set is a display.
	Set struct {
		Span
		Elts []Expr
	}
	// List is a display.
	List struct {
		Span
		Elts []Expr
	}
	// Tuple is a display, with or without parentheses; its span has them.
	Tuple struct {
		Span
		Elts []Expr
	}
	// ListComp is [Elt Generators].
	ListComp struct {
		Span
		Elt        Expr
		Generators []Comprehension
	}
	// SetComp is {Elt Generators}.
	SetComp struct {
		Span
		Elt        Expr
		Generators []Comprehension
	}
	// GeneratorExp is (Elt Generators).
	GeneratorExp struct {
		Span
		Elt        Expr
		Generators []Comprehension
	}
	// DictComp has a nil Value where 3.15 unpacks Key with **.
	DictComp struct {
		Span
		Key, Value Expr
		Generators []Comprehension
	}
	// Await is await Value.
	Await struct {
		Span
		Value Expr
	}
	// Yield has a nil Value for a bare yield.
	Yield struct {
		Span
		Value Expr
	}
	// YieldFrom is yield from Value.
	YieldFrom struct {
		Span
		Value Expr
	}
	// NamedExpr is Target := Value.
	NamedExpr struct {
		Span
		Target *Name
		Value  Expr
	}
	// Subscript is Value[Index]; several indices are a Tuple.
	Subscript struct {
		Span
		Value, Index Expr
	}
	// Slice has nil for each part that is left out.
	Slice struct {
		Span
		Lower, Upper, Step Expr
	}
	// Starred is *Value.
	Starred struct {
		Span
		Value Expr
	}
)

// Keyword is one keyword argument; Name is empty for **Value.
type Keyword struct {
	Span
	Name  string
	Value Expr
}

// Comprehension is one for clause of a comprehension, with its conditions.
type Comprehension struct {
	Target, Iter Expr
	Ifs          []Expr
	Async        bool
}

// Param is one parameter; Annotation and Default may be nil.
type Param struct {
	Span
	Name                string
	Annotation, Default Expr
}

// Params are a function's parameters. VarArg and KwArg are nil where absent.
type Params struct {
	PosOnly, Args, KwOnly []Param
	VarArg, KwArg         *Param
}

// TypeParam is a type parameter of PEP 695; Stars is 0 for T, 1 for *Ts, 2 for **P.
type TypeParam struct {
	Span
	Name           string
	Stars          int
	Bound, Default Expr
}

// Statements.

type (
	// FunctionDef begins at its def or async; its Decorators stand before it.
	FunctionDef struct {
		Span
		Name       string
		TypeParams []TypeParam
		Params     *Params
		Returns    Expr
		Body       []Stmt
		Decorators []Expr
		Async      bool
	}
	// ClassDef begins at its class; its Decorators stand before it.
	ClassDef struct {
		Span
		Name       string
		TypeParams []TypeParam
		Bases      []Expr
		Keywords   []Keyword
		Body       []Stmt
		Decorators []Expr
	}
	// Return has a nil Value where it returns nothing.
	Return struct {
		Span
		Value Expr
	}
	// Delete is del Targets.
	Delete struct {
		Span
		Targets []Expr
	}
	// Assign is Targets[0] = Targets[1] = Value.
	Assign struct {
		Span
		Targets []Expr
		Value   Expr
	}
	// AugAssign is Target Op= Value.
	AugAssign struct {
		Span
		Target Expr
		Op     Operator
		Value  Expr
	}
	// AnnAssign has a nil Value for a bare annotation.
	AnnAssign struct {
		Span
		Target, Annotation, Value Expr
	}
	// TypeAlias is type Name[TypeParams] = Value (3.12).
	TypeAlias struct {
		Span
		Name       *Name
		TypeParams []TypeParam
		Value      Expr
	}
	// For is for Target in Iter.
	For struct {
		Span
		Target, Iter Expr
		Body, Else   []Stmt
		Async        bool
	}
	// While is while Test.
	While struct {
		Span
		Test       Expr
		Body, Else []Stmt
	}
	// If is if Test; an elif is an If alone in Else.
	If struct {
		Span
		Test       Expr
		Body, Else []Stmt
	}
	// With is with Items.
	With struct {
		Span
		Items []WithItem
		Body  []Stmt
		Async bool
	}
	// Match is match Subject (3.10).
	Match struct {
		Span
		Subject Expr
		Cases   []MatchCase
	}
	// Raise is raise Exc from Cause; either may be nil.
	Raise struct {
		Span
		Exc, Cause Expr
	}
	// Try covers except* too, where Star is set.
	Try struct {
		Span
		Body     []Stmt
		Handlers []ExceptHandler
		Else     []Stmt
		Finally  []Stmt
		Star     bool
	}
	// Assert is assert Test, Msg; Msg may be nil.
	Assert struct {
		Span
		Test, Msg Expr
	}
	// Import is import Names.
	Import struct {
		Span
		Names []Alias
		// Lazy is PEP 810's soft keyword (3.15).
		Lazy bool
	}
	// ImportFrom is from {dots}Module import Names; "*" is an Alias of that name.
	ImportFrom struct {
		Span
		Module string
		Level  int
		Names  []Alias
		Lazy   bool
	}
	// Global is global Names.
	Global struct {
		Span
		Names []string
	}
	// Nonlocal is nonlocal Names.
	Nonlocal struct {
		Span
		Names []string
	}
	// ExprStmt is an expression that stands alone.
	ExprStmt struct {
		Span
		Value Expr
	}
	// Pass is pass.
	Pass struct{ Span }
	// Break is break.
	Break struct{ Span }
	// Continue is continue.
	Continue struct{ Span }
)

// WithItem is one "Context as Target"; Target is nil where there is none.
type WithItem struct{ Context, Target Expr }

// ExceptHandler is one except clause; Type is nil for a bare except.
type ExceptHandler struct {
	Span
	Type Expr
	Name string
	Body []Stmt
}

// Alias is "Name as AsName" of an import; Name is dotted in Import.
type Alias struct {
	Span
	Name, AsName string
}

// MatchCase is one case clause; Guard is nil where there is none.
type MatchCase struct {
	Pattern Pattern
	Guard   Expr
	Body    []Stmt
}

// Pattern is a pattern of a match statement.
type Pattern interface {
	Node
	pattern()
}

// Patterns.

type (
	// MatchValue is a literal or a dotted name.
	MatchValue struct {
		Span
		Value Expr
	}
	// MatchSequence is a sequence, in brackets or not.
	MatchSequence struct {
		Span
		Patterns []Pattern
	}
	// MatchMapping has Rest empty where no **rest is bound.
	MatchMapping struct {
		Span
		Keys     []Expr
		Patterns []Pattern
		Rest     string
	}
	// MatchClass is Class(Patterns..., Names=Values...).
	MatchClass struct {
		Span
		Class    Expr
		Patterns []Pattern
		Names    []string
		Values   []Pattern
	}
	// MatchStar is *Name; Name is empty for *_.
	MatchStar struct {
		Span
		Name string
	}
	// MatchAs is "Pattern as Name", a capture (nil Pattern) or the wildcard (no Name).
	MatchAs struct {
		Span
		Pattern Pattern
		Name    string
	}
	// MatchOr is its Patterns joined by |.
	MatchOr struct {
		Span
		Patterns []Pattern
	}
)

func (*Name) expr()           {}
func (*Attribute) expr()      {}
func (*Call) expr()           {}
func (*Str) expr()            {}
func (*Bytes) expr()          {}
func (*Num) expr()            {}
func (*Singleton) expr()      {}
func (*JoinedStr) expr()      {}
func (*TemplateStr) expr()    {}
func (*FormattedValue) expr() {}
func (*BinOp) expr()          {}
func (*BoolOp) expr()         {}
func (*UnaryOp) expr()        {}
func (*Compare) expr()        {}
func (*IfExp) expr()          {}
func (*Lambda) expr()         {}
func (*Dict) expr()           {}
func (*Set) expr()            {}
func (*List) expr()           {}
func (*Tuple) expr()          {}
func (*ListComp) expr()       {}
func (*SetComp) expr()        {}
func (*GeneratorExp) expr()   {}
func (*DictComp) expr()       {}
func (*Await) expr()          {}
func (*Yield) expr()          {}
func (*YieldFrom) expr()      {}
func (*NamedExpr) expr()      {}
func (*Subscript) expr()      {}
func (*Slice) expr()          {}
func (*Starred) expr()        {}

func (*FunctionDef) stmt() {}
func (*ClassDef) stmt()    {}
func (*Return) stmt()      {}
func (*Delete) stmt()      {}
func (*Assign) stmt()      {}
func (*AugAssign) stmt()   {}
func (*AnnAssign) stmt()   {}
func (*TypeAlias) stmt()   {}
func (*For) stmt()         {}
func (*While) stmt()       {}
func (*If) stmt()          {}
func (*With) stmt()        {}
func (*Match) stmt()       {}
func (*Raise) stmt()       {}
func (*Try) stmt()         {}
func (*Assert) stmt()      {}
func (*Import) stmt()      {}
func (*ImportFrom) stmt()  {}
func (*Global) stmt()      {}
func (*Nonlocal) stmt()    {}
func (*ExprStmt) stmt()    {}
func (*Pass) stmt()        {}
func (*Break) stmt()       {}
func (*Continue) stmt()    {}

func (*MatchValue) pattern()    {}
func (*MatchSequence) pattern() {}
func (*MatchMapping) pattern()  {}
func (*MatchClass) pattern()    {}
func (*MatchStar) pattern()     {}
func (*MatchAs) pattern()       {}
func (*MatchOr) pattern()       {}
