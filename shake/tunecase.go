package shake

import (
	"regexp"
	"strings"
	"sync"

	"github.com/coldcut/coldcut/internal/python"
)

// rawText is a literal that stands in the source as it is read.
var rawText = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^r(?:"[^"\n]*"|'[^'\n]*')$`)
})

// caseless recognises patterns whose only letters are the ranges A-Z in classes of
// their own. Whoever ignores case in ASCII text could as well ask for A-Za-z.
var caseless = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:\[A-Z(?:\\d)?-?\]|\(\?<?[!=]|[()^$*+?|-]|\\[.d]|\{\d*,?\d*\})+$`)
})

// cased spares what it costs Python to work out what each letter of a pattern is equal
// to when case does not count, three quarters of what it takes to compile one:
//
//	NAME = re.compile(PATTERN, re.IGNORECASE)
//	return NAME.match(TEXT)
//
// botocore does so for the host of each endpoint. Where the text is ASCII, a pattern
// that has both cases finds the same; any other text is matched as before.
func (t *tuner) cased(body []python.Stmt) {
	for i, s := range body[:max(len(body)-1, 0)] {
		name, value, ok := assigned(s)
		call, isCall := value.(*python.Call)
		if !ok || !isCall || dotted(call.Func) != "re.compile" || len(call.Args) != 2 || len(call.Keywords) > 0 {
			continue
		}
		pattern, isText := call.Args[0].(*python.Str)
		flags := dotted(call.Args[1])
		result, returns := body[i+1].(*python.Return)
		if !isText || !returns || flags != "re.IGNORECASE" && flags != "re.I" {
			continue
		}
		receiver, text, ok := method(result.Value, "match")
		if !ok || !is(receiver, name) || !onlyName(text) || is(text, name) {
			continue
		}
		written := t.text(pattern)
		if !rawText().MatchString(written) || !caseless().MatchString(pattern.Value) || !t.plainCase() {
			continue
		}
		both := strings.ReplaceAll(written, "[A-Z", "[A-Za-z")
		ascii := "type(TEXT) is str and max(TEXT, default='') < '\\x80'"
		t.found = append(t.found,
			substitution{pattern.Span, "*((" + both + ",) if " + strings.ReplaceAll(ascii, "TEXT", dotted(text)) + " else (" + written},
			substitution{call.Args[1].Bounds(), flags + "))"})
	}
}

// plainCase: re is the module, and what the other form asks are Python's own functions.
func (t *tuner) plainCase() bool {
	return importsOnly(t.file, "re") && t.given("type")+t.given("str")+t.given("max") == 0
}
