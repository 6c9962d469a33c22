package verify

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/coldcut/coldcut/internal/pyrun"
)

// scout starts the fat package in the Python that was asked for, or else in the
// newest that it can be imported in, and returns what it says of itself.
func (t *trial) scout(ctx context.Context) (*side, *reply, error) {
	candidates := pyrun.All(ctx)
	if t.opts.Python != "" {
		p, err := pyrun.Find(ctx, t.opts.Python)
		if err != nil {
			return nil, nil, err
		}
		candidates = []*pyrun.Interpreter{p}
	}
	var tried []string
	for _, p := range candidates {
		s, err := t.start(ctx, p, "fat", t.fat)
		if err != nil {
			return nil, nil, err
		}
		said, err := s.ask(request{Do: "hello"})
		if err == nil && said.Fails == "" {
			t.python = p
			return s, said, nil
		}
		s.end()
		if ctx.Err() != nil {
			return nil, nil, context.Cause(ctx)
		}
		if err == nil {
			err = errors.New(said.Fails)
		}
		tried = append(tried, fmt.Sprintf("python %s: %s", p.Language(), err))
	}
	if len(tried) == 0 {
		return nil, nil, errors.New("no Python was found: install one with `uv python install 3.13`")
	}
	return nil, nil, &ImportError{tried}
}

// ImportError says why no Python could import the fat package.
type ImportError struct{ Tried []string }

func (e *ImportError) Error() string {
	return "the fat package cannot be imported: " + strings.Join(e.Tried, "; ")
}
