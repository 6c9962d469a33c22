package python

// kind is the kind of a token.
type kind uint8

// The layout kinds come first and the names follow, so that both are ranges.
const (
	kindEOF kind = iota
	kindNewline
	kindIndent
	kindDedent

	kindName
	kindAsync // a keyword only where def, for or with follows
	kindAwait // a keyword only where an operand follows

	kindNumber
	kindString
	kindFStringStart
	kindFStringText
	kindFStringEnd

	kindLeftParen
	kindRightParen
	kindLeftBracket
	kindRightBracket
	kindLeftBrace
	kindRightBrace
	kindComma
	kindColon
	kindSemicolon
	kindDot
	kindEllipsis
	kindAssign
	kindWalrus
	kindArrow
	kindExclamation
	kindTilde

	kindPlus
	kindMinus
	kindStar
	kindAt
	kindSlash
	kindPercent
	kindDoubleStar
	kindLeftShift
	kindRightShift
	kindPipe
	kindCaret
	kindAmpersand
	kindDoubleSlash

	// The augmented assignments stand in the order of their operators above.
	kindPlusAssign
	kindMinusAssign
	kindStarAssign
	kindAtAssign
	kindSlashAssign
	kindPercentAssign
	kindDoubleStarAssign
	kindLeftShiftAssign
	kindRightShiftAssign
	kindPipeAssign
	kindCaretAssign
	kindAmpersandAssign
	kindDoubleSlashAssign

	kindEqual
	kindNotEqual
	kindLess
	kindLessEqual
	kindGreater
	kindGreaterEqual

	kindAnd
	kindAs
	kindAssert
	kindBreak
	kindClass
	kindContinue
	kindDef
	kindDel
	kindElif
	kindElse
	kindExcept
	kindFalse
	kindFinally
	kindFor
	kindFrom
	kindGlobal
	kindIf
	kindImport
	kindIn
	kindIs
	kindLambda
	kindNone
	kindNonlocal
	kindNot
	kindOr
	kindPass
	kindRaise
	kindReturn
	kindTrue
	kindTry
	kindWhile
	kindWith
	kindYield

	kindCount
)

func (k kind) isName() bool { return kindName <= k && k <= kindAwait }

func (k kind) isAugmented() bool { return kindPlusAssign <= k && k <= kindDoubleSlashAssign }

// token is one token. A layout token's end is the end of the token before it,
// so that the end of a construct is always the end of the last token read.
type token struct {
	start, end uint32
	kind       kind
	flags      flags
}

// flags tell what the lexer has seen in a name or a string.
type flags uint8

const (
	flagNonASCII flags = 1 << iota // a name that needs normalising
	flagRaw
	flagBytes
	flagTriple
	flagTemplate
	flagEscape // a backslash stands in the string
)

// keyword returns the kind of an ASCII word.
func keyword(word string) kind {
	switch word {
	case "and":
		return kindAnd
	case "as":
		return kindAs
	case "assert":
		return kindAssert
	case "async":
		return kindAsync
	case "await":
		return kindAwait
	case "break":
		return kindBreak
	case "class":
		return kindClass
	case "continue":
		return kindContinue
	case "def":
		return kindDef
	case "del":
		return kindDel
	case "elif":
		return kindElif
	case "else":
		return kindElse
	case "except":
		return kindExcept
	case "False":
		return kindFalse
	case "finally":
		return kindFinally
	case "for":
		return kindFor
	case "from":
		return kindFrom
	case "global":
		return kindGlobal
	case "if":
		return kindIf
	case "import":
		return kindImport
	case "in":
		return kindIn
	case "is":
		return kindIs
	case "lambda":
		return kindLambda
	case "None":
		return kindNone
	case "nonlocal":
		return kindNonlocal
	case "not":
		return kindNot
	case "or":
		return kindOr
	case "pass":
		return kindPass
	case "raise":
		return kindRaise
	case "return":
		return kindReturn
	case "True":
		return kindTrue
	case "try":
		return kindTry
	case "while":
		return kindWhile
	case "with":
		return kindWith
	case "yield":
		return kindYield
	}
	return kindName
}
