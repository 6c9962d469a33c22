// Package page puts what was measured into a page of the documentation.
package page

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/coldcut/coldcut/artifact"
)

// Table prints rows as Markdown, the first as the head.
func Table(w io.Writer, rows [][]string) error {
	for i, row := range rows {
		if _, err := fmt.Fprintf(w, "| %s |\n", strings.Join(row, " | ")); err != nil {
			return err
		}
		if i == 0 {
			if _, err := fmt.Fprintf(w, "|%s\n", strings.Repeat("---|", len(row))); err != nil {
				return err
			}
		}
	}
	return nil
}

// Place is where results stand on a page: between two marks, which stay.
type Place struct{ Begin, End string }

// Rewrite puts text in the place of what a file had there before. It fails, and
// leaves the file alone, where a mark is missing.
func (p Place) Rewrite(file, text string) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	data, err := p.replaced(old, text)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return artifact.WriteFile(file, data)
}

func (p Place) replaced(old []byte, text string) ([]byte, error) {
	before, rest, ok := bytes.Cut(old, []byte(p.Begin))
	if !ok {
		return nil, fmt.Errorf("the line %q is missing", strings.TrimSpace(p.Begin))
	}
	_, after, ok := bytes.Cut(rest, []byte(p.End))
	if !ok {
		return nil, fmt.Errorf("the line %q is missing", strings.TrimSpace(p.End))
	}
	return bytes.Join([][]byte{before, []byte(p.Begin), []byte("\n" + text + "\n"), []byte(p.End), after}, nil), nil
}
