package lambdasim

import (
	"strings"
	"testing"
)

// FuzzParseFaults: what is understood is within bounds, and what is not is an error.
func FuzzParseFaults(f *testing.F) {
	for _, seed := range []string{"", "trace-delay=2s,split-traces", "throttle=5,,conflict=1", "throttle=-1", "proactive"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseFaults(text)
		if err != nil && got != (Faults{}) {
			t.Errorf("%q: %+v and %v", text, got, err)
		}
		if got.TraceDelay < 0 || got.Throttle < 0 || got.Conflict < 0 || got.Proactive < 0 || got.Unprocessed < 0 {
			t.Errorf("%q: %+v", text, got)
		}
	})
}

// FuzzSplitName: what stands for a function has a name that may be one.
func FuzzSplitName(f *testing.F) {
	for _, seed := range []string{"f", "f:1", "f:$LATEST", "arn:aws:lambda:eu-west-1:000000000000:function:f:live", "000000000000:function:f", "arn:", ":", "a:b:c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		name, qualifier, err := splitName(text)
		if err == nil && (!functionName().MatchString(name) || strings.Contains(qualifier, ":") || !strings.Contains(text, name)) {
			t.Errorf("%q: %q %q", text, name, qualifier)
		}
	})
}

// FuzzLog writes a text in two pieces, cut anywhere, with a mark between: the log
// holds the text, and the mark is seen.
func FuzzLog(f *testing.F) {
	f.Add("hello\nworld\n", 3, 4)
	f.Add("\x00coldcut:no mark", 5, 1)
	f.Add("\x00", 0, 9)
	f.Fuzz(func(t *testing.T, text string, at, cut int) {
		if strings.Contains(text, "\x00") { // could itself be the beginning of a mark
			text = strings.ReplaceAll(text, "\x00", "0")
		}
		if len(text) > logSize/2 {
			return
		}
		at = min(max(at, 0), len(text))
		l := &functionLog{marks: map[string]chan struct{}{}}
		id := mark + "0123456789abcdef\x00"
		seen := make(chan struct{})
		l.marks[id] = seen
		stream := text[:at] + id + text[at:]
		cut = min(max(cut, 0), len(stream))
		l.arrived([]byte(stream[:cut]))
		l.arrived([]byte(stream[cut:]))
		select {
		case <-seen:
		default:
			t.Error("the mark was not seen")
		}
		if string(l.text) != text {
			t.Errorf("the log is %q, not %q", l.text, text)
		}
	})
}

// TestLogBounded keeps the end of a log that is too long.
func TestLogBounded(t *testing.T) {
	l, err := newFunctionLog(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	for range 40 {
		if _, err := l.write.WriteString(strings.Repeat("x", logSize/20)); err != nil {
			t.Fatal(err)
		}
	}
	l.sync()
	l.printf("the end\n")
	if n := len(l.text); n > logSize {
		t.Errorf("%d bytes are kept", n)
	}
	tail := string(l.tail())
	if len(tail) != tailSize || !strings.HasSuffix(tail, "xthe end\n") || len(l.text) != 0 {
		t.Errorf("the tail has %d bytes and ends in %q", len(tail), tail[len(tail)-20:])
	}
}
