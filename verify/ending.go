package verify

import (
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// DefaultLimit is how long a package may take for one case. A case takes
// milliseconds, the first of a large service with its client a second or two, and
// no machine on which people build is thirty times slower; yet a person still
// waits for the end of it.
const DefaultLimit = 60 * time.Second

// A package that ends its interpreter is started again so often in one job, and
// so often in all. By then it is known not to work, and each time may have cost
// the limit.
const (
	mostEndsOfJob = 5
	mostEnds      = 30
)

// ending is how an interpreter ended, or had to be, instead of answering. That is
// an observation like any other: an application would end in the same way.
type ending struct {
	Ends   string   `json:"ends"`
	Stderr []string `json:"stderr,omitempty"` // its last words
}

func (e *ending) Error() string {
	return strings.Join(append([]string{e.Ends}, e.Stderr...), "\n")
}

// saw is the observation.
func (e *ending) saw() json.RawMessage {
	data, err := json.Marshal(e)
	if err != nil {
		panic(err) // strings have JSON
	}
	return data
}

// failing is the ending of a package that said itself why it cannot go on.
func failing(reason string) *ending { return &ending{Ends: reason} }

// how says how the interpreter of an ended side came to its end, or returns nil
// where it never began.
func (s *side) how() *ending {
	e := &ending{Stderr: s.stderr.lines(s.paths)}
	var exit *exec.ExitError
	switch {
	case errors.As(s.err, &exit):
		e.Ends = "Python ended: " + exit.String()
	case s.err == nil || errors.Is(s.err, exec.ErrWaitDelay):
		e.Ends = "Python ended: exit status 0"
	default:
		return nil
	}
	return e
}

// limited waits for no more than the limit. Whatever the package did instead of
// answering, it comes back as an [*ending], and the side is ended.
func (s *side) limited(do func() (*reply, error)) (*reply, error) {
	timer := time.AfterFunc(s.limit, s.cutOff)
	r, err := do()
	late := !timer.Stop()
	if err == nil && !late {
		return r, nil
	}
	s.end()
	e := s.how()
	if e == nil {
		return nil, fmt.Errorf("%s package: %w", s.name, s.err)
	}
	var garbage *json.SyntaxError
	var mistaken *json.UnmarshalTypeError
	switch {
	case late:
		e.Ends = fmt.Sprintf("no answer within %s", s.limit)
	case errors.As(err, &garbage), errors.As(err, &mistaken):
		e.Ends = "no answer but garbage: " + err.Error()
	}
	return nil, e
}

// cutOff ends the interpreter and frees who waits for it, though a child of its
// own may still hold the pipe.
func (s *side) cutOff() {
	s.stop()
	<-s.ended
	_ = s.from.Close()
}

// lastWords keeps the end of what is written to it: a package may write for ever.
type lastWords struct{ text []byte }

const mostWords = 1 << 14

func (w *lastWords) Write(p []byte) (int, error) {
	w.text = append(w.text, p...)
	if extra := len(w.text) - mostWords; extra > 0 {
		w.text = append(w.text[:0], w.text[extra:]...)
	}
	return len(p), nil
}

// lines returns the few that tell most, with the machine's paths replaced. A
// traceback of an exception has them at its end, one of a crash at its beginning.
func (w *lastWords) lines(paths *strings.Replacer) []string {
	const most = 8
	text := strings.TrimSpace(strings.ToValidUTF8(paths.Replace(string(w.text)), "?"))
	if text == "" {
		return nil
	}
	if i := strings.LastIndex(text, "(most recent call first)"); i >= 0 {
		from := strings.LastIndexByte(text[:i], '\n') + 1
		lines := strings.Split(text[from:], "\n")
		return lines[:min(len(lines), most)]
	}
	lines := strings.Split(text, "\n")
	return lines[max(0, len(lines)-most):]
}
