package adversary

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/scan"
)

//go:embed oracle.py
var oracle string

// Use is a service that was used, and the operation where one was called.
type Use struct{ Service, Operation string }

// UnmarshalJSON reads the pair that the oracle writes.
func (u *Use) UnmarshalJSON(data []byte) error {
	var pair [2]string
	if err := json.Unmarshal(data, &pair); err != nil {
		return err
	}
	*u = Use{pair[0], pair[1]}
	return nil
}

// Outcome is what a program did, and what the scan says of it.
type Outcome struct {
	Used  []Use  `json:"used"`
	Error string `json:"error"` // Python's, where the program did not run to its end

	Scan *scan.Result `json:"-"`
}

// Missed are the uses that the scan neither found nor called unresolved.
func (o *Outcome) Missed() []Use {
	if len(o.Scan.Unresolved) > 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(o.Used), o.found)
}

func (o *Outcome) found(u Use) bool {
	ops, ok := o.Scan.Services[u.Service]
	return ok && (u.Operation == "" || slices.Contains(ops, u.Operation) || slices.Contains(ops, scan.AllOperations))
}

// Run writes the programs below dir, and tells what they use and what the scan finds.
func Run(ctx context.Context, python *pyrun.Interpreter, dir string, programs []*Program, catalog []*boto.Service) ([]*Outcome, error) {
	var folders []string
	for i, p := range programs {
		folder := filepath.Join(dir, fmt.Sprint(i))
		if err := p.Write(folder); err != nil {
			return nil, err
		}
		folders = append(folders, folder)
	}
	outcomes, err := ask(ctx, python, folders, catalog)
	if err != nil {
		return nil, err
	}
	for i, folder := range folders {
		if outcomes[i].Scan, err = scanned(ctx, folder); err != nil {
			return nil, fmt.Errorf("seed %d: %w", programs[i].Seed, err)
		}
		if err := os.RemoveAll(folder); err != nil {
			return nil, err
		}
	}
	return outcomes, nil
}

// Write writes the program's files.
func (p *Program) Write(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for name, text := range p.Files {
		name = filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func scanned(ctx context.Context, folder string) (*scan.Result, error) {
	a, err := artifact.Open(folder, artifact.Options{})
	if err != nil {
		return nil, err
	}
	result, err := scan.Scan(ctx, a, scan.Options{})
	return result, errors.Join(err, a.Close())
}

// model is what the oracle knows of a service.
type model struct {
	Methods    map[string]string   `json:"methods"`
	Paginators []string            `json:"paginators"`
	Waiters    map[string]string   `json:"waiters"`
	Names      map[string][]string `json:"names"`
	Load       []string            `json:"load"`
}

func modelOf(s *boto.Service) model {
	m := model{Methods: map[string]string{}, Paginators: []string{}, Waiters: map[string]string{}}
	for _, o := range s.Operations {
		m.Methods[o.Method] = o.Name
		if slices.Contains(s.Paginators, o.Name) {
			m.Paginators = append(m.Paginators, o.Method)
		}
	}
	for _, w := range s.Waiters {
		m.Waiters[w.Method] = w.Operation
	}
	if s.Resource != nil {
		m.Names, m.Load = s.Resource.Names, s.Resource.Load
	}
	return m
}

// ask runs the programs in one Python.
func ask(ctx context.Context, python *pyrun.Interpreter, folders []string, catalog []*boto.Service) ([]*Outcome, error) {
	question := struct {
		Services map[string]model `json:"services"`
		Programs []string         `json:"programs"`
	}{map[string]model{}, folders}
	for _, s := range catalog {
		question.Services[s.Name] = modelOf(s)
	}
	stdin, err := json.Marshal(question)
	if err != nil {
		return nil, err
	}
	stdout, _, err := python.Run(ctx, pyrun.Command{Args: []string{"-c", oracle}, Isolated: true, Stdin: bytes.NewReader(stdin)})
	if err != nil {
		return nil, fmt.Errorf("run the programs: %w", err)
	}
	outcomes := make([]*Outcome, len(folders))
	answers := json.NewDecoder(bytes.NewReader(stdout))
	for i := range outcomes {
		outcomes[i] = &Outcome{}
		if err := answers.Decode(outcomes[i]); err != nil {
			return nil, fmt.Errorf("read what program %d used: %w", i, err)
		}
	}
	return outcomes, nil
}
