package verify

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/coldcut/coldcut/internal/pyrun"
)

// scout starts both packages in the Python that was asked for, or else in the
// newest that the fat one can be imported in, and returns what that says of itself.
func (t *trial) scout(ctx context.Context) (*pair, *reply, error) {
	candidates := pyrun.All(ctx)
	if t.opts.Python != "" {
		p, err := pyrun.Find(ctx, t.opts.Python)
		if err != nil {
			return nil, nil, err
		}
		candidates = []*pyrun.Interpreter{p}
	}
	failed := &ImportError{}
	for _, p := range candidates {
		t.python = p
		first, err := t.pair(ctx) // the slim one imports meanwhile
		if err != nil {
			return nil, nil, err
		}
		said, err := first.fat.ask(request{Do: "hello"})
		if err == nil && said.Fails == "" {
			return first, said, nil
		}
		first.end()
		if ctx.Err() != nil {
			return nil, nil, context.Cause(ctx)
		}
		if err == nil {
			err = errors.New(said.Fails)
		}
		failed.add(p.Language(), err.Error())
	}
	if len(failed.Attempts) == 0 {
		return nil, nil, errors.New("no Python was found: install one with `uv python install 3.13`")
	}
	return nil, nil, failed
}

// ImportError says why no Python could import the fat package.
type ImportError struct{ Attempts []Attempt }

// Attempt is some Pythons, such as "3.13", that failed for the same reason.
type Attempt struct {
	Pythons []string
	Reason  string
}

func (e *ImportError) add(python, reason string) {
	if n := len(e.Attempts); n > 0 && e.Attempts[n-1].Reason == reason {
		e.Attempts[n-1].Pythons = append(e.Attempts[n-1].Pythons, python)
		return
	}
	e.Attempts = append(e.Attempts, Attempt{[]string{python}, reason})
}

func (e *ImportError) Error() string {
	var all []string
	for _, a := range e.Attempts {
		all = append(all, fmt.Sprintf("python %s: %s", strings.Join(a.Pythons, ", "), a.Reason))
	}
	return "the fat package cannot be imported: " + strings.Join(all, "; ")
}

var missing = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`No module named '([^']+)'`) })

// Missing returns the module that every attempt lacks, if there is one.
func (e *ImportError) Missing() string {
	found := ""
	for _, a := range e.Attempts {
		m := missing().FindStringSubmatch(a.Reason)
		if m == nil || found != "" && found != m[1] {
			return ""
		}
		found = m[1]
	}
	return found
}
