package python

import (
	"bytes"
	"math"
	"strings"
	"sync"
)

// File is a parsed source file.
type File struct {
	// Text is the source as UTF-8, decoded by its byte order mark (which it
	// lacks then) or its coding comment. Every span indexes it. It may share the
	// memory of the bytes that Parse was given.
	Text []byte
	Body []Stmt

	linesOnce sync.Once
	lines     []uint32
}

// Comments returns the places of all comments, each from its # to the end of its
// line. They are no part of the tree, and few want them: the source is read
// again for them.
func (f *File) Comments() []Span {
	comments := []Span{}
	lex(terminate(f.Text), nil, &comments)
	return comments
}

// maxDepth bounds the depth of the tree between two brackets, far above what
// CPython can compile and far below what a goroutine's stack can hold.
const maxDepth = 10_000

// Parse parses a whole source file. An error in it is a *SyntaxError.
func Parse(src []byte) (file *File, err error) {
	text, err := decodeSource(src)
	if err != nil {
		return nil, err
	}
	file = &File{Text: text}
	defer func() {
		switch reason := recover().(type) {
		case nil:
		case failure:
			line, column := file.Position(min(reason.offset, uint32(len(text))))
			file, err = nil, &SyntaxError{line, column, reason.message}
		default:
			panic(reason)
		}
	}()
	if uint64(len(text)) > math.MaxUint32-2 {
		panic(failure{0, "source is larger than 4 GiB"})
	}
	if i := bytes.IndexByte(text, 0); i >= 0 {
		panic(failure{uint32(i), "source code cannot contain null bytes"})
	}
	buffer := tokenBuffers.Get().(*[]token)
	p := parser{text: terminate(text), returns: bytes.IndexByte(text, '\r') >= 0}
	p.tokens = lex(p.text, (*buffer)[:0], nil)
	p.kind = p.tokens[0].kind
	file.Body = p.file()
	*buffer = p.tokens
	tokenBuffers.Put(buffer)
	return file, nil
}

// tokenBuffers keeps the tokens' memory, several times the source's, between
// files. Nothing in a tree points into it.
var tokenBuffers = sync.Pool{New: func() any { return new([]token) }}

// terminate copies text and ends it in a line end and a zero byte.
func terminate(text []byte) string {
	var out strings.Builder
	out.Grow(len(text) + 2)
	out.Write(text)
	if n := len(text); n == 0 || text[n-1] != '\n' {
		out.WriteByte('\n')
	}
	out.WriteByte(0)
	return out.String()
}

// failure is what lexer and parser panic with at the first error.
type failure struct {
	offset  uint32
	message string
}

// parser is a recursive descent over the tokens of one file. Each method that
// parses a construct begins at its first token and ends after its last.
type parser struct {
	text    string
	returns bool // the text has carriage returns
	tokens  []token
	pos     int
	kind    kind // of tokens[pos]
	depth   int

	// Lists are gathered on these stacks and copied when complete.
	exprStack    []Expr
	stmtStack    []Stmt
	keywordStack []Keyword
	paramStack   []Param

	exprs       slab[Expr]
	stmts       slab[Stmt]
	names       slab[Name]
	attributes  slab[Attribute]
	calls       slab[Call]
	keywords    slab[Keyword]
	params      slab[Param]
	strs        slab[Str]
	nums        slab[Num]
	singletons  slab[Singleton]
	binOps      slab[BinOp]
	compares    slab[Compare]
	operators   slab[Operator]
	subscripts  slab[Subscript]
	tuples      slab[Tuple]
	exprStmts   slab[ExprStmt]
	assigns     slab[Assign]
	returnStmts slab[Return]
	ifs         slab[If]
}

func (p *parser) token() token { return p.tokens[p.pos] }

// start is where the present token begins.
func (p *parser) start() uint32 { return p.tokens[p.pos].start }

// span is from start to the end of the last token read.
func (p *parser) span(start uint32) Span { return Span{start, p.tokens[p.pos-1].end} }

// next steps to the next token and returns the one before it. The last token
// is never stepped over.
func (p *parser) next() token {
	t := p.tokens[p.pos]
	if t.kind != kindEOF {
		p.pos++
		p.kind = p.tokens[p.pos].kind
	}
	return t
}

// peek is the kind of the token after the present one.
func (p *parser) peek() kind {
	if p.kind == kindEOF {
		return kindEOF
	}
	return p.tokens[p.pos+1].kind
}

// accept steps over a token of kind k if it is there.
func (p *parser) accept(k kind) bool {
	if p.kind != k {
		return false
	}
	p.next()
	return true
}

func (p *parser) expect(k kind, spelling string) token {
	if p.kind != k {
		p.fail("expected '" + spelling + "'")
	}
	return p.next()
}

func (p *parser) fail(message string) { p.failAt(p.start(), message) }

func (p *parser) failAt(offset uint32, message string) { panic(failure{offset, message}) }

// enter counts a level of recursion; leave it by subtracting one.
func (p *parser) enter() {
	if p.depth++; p.depth > maxDepth {
		p.fail("too deeply nested")
	}
}

// name parses an identifier.
func (p *parser) name() string {
	if !p.kind.isName() {
		p.fail("expected a name")
	}
	t := p.next()
	return identifier(p.text[t.start:t.end], t.flags)
}

// atWord tells whether the present token is the soft keyword word.
func (p *parser) atWord(word string) bool {
	t := p.token()
	return t.kind == kindName && p.text[t.start:t.end] == word
}

// takeExprs ends a list that began when exprStack was mark long.
func (p *parser) takeExprs(mark int) []Expr {
	list := p.exprs.list(p.exprStack[mark:])
	p.exprStack = p.exprStack[:mark]
	return list
}

func (p *parser) push(e Expr) { p.exprStack = append(p.exprStack, e) }
