// Package trace records which AWS services and operations a run of a program
// really uses, and holds the scan to it.
//
// A trace proves that what it saw is needed. It proves nothing of what it did
// not see: a run takes one way of many through a program. So a trace adds to
// what a scan keeps, and never takes away or settles anything.
package trace

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"unicode"
)

// Schema is the version of the file's form.
const Schema = 1

// Trace is what one run used, or several. Every list is sorted.
type Trace struct {
	Schema int   `json:"schema"`
	Runs   []Run `json:"runs"`
	// Services maps each service of which a client or a model was made to the
	// operations that were called.
	Services map[string][]string `json:"services"`
	Uses     []Use               `json:"uses"`
}

// Run is one command that was traced.
type Run struct {
	Command []string `json:"command"`
	// Exit is the command's exit code; 128 and the signal's number where one ended it.
	Exit int `json:"exit"`
	// Processes counts the Python processes that started with the hook in them.
	// Those that forked from one without starting Python anew are that one.
	Processes int `json:"processes"`
	// Pythons are their versions.
	Pythons []string `json:"pythons"`
	// Boto holds the versions of boto3, botocore, aioboto3 and aiobotocore of
	// which clients were made.
	Boto map[string][]string `json:"boto"`
}

// Use is a line that used a service. Operation is empty where a client or a
// service's model was made.
type Use struct {
	Service   string `json:"service"`
	Operation string `json:"operation"`
	// File and Line tell the nearest caller outside of boto and of Python's
	// library. File is relative to the folder that Python imported it from. Both
	// are absent where there is no such caller, as in a thread of s3transfer.
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
}

func (u Use) compare(v Use) int {
	return cmp.Or(cmp.Compare(u.Service, v.Service), cmp.Compare(u.Operation, v.Operation), cmp.Compare(u.File, v.File), cmp.Compare(u.Line, v.Line))
}

// Parse reads a trace and refuses what is not one.
func Parse(data []byte) (*Trace, error) {
	t := &Trace{}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(t); err != nil {
		return nil, fmt.Errorf("not a trace: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("not a trace: something follows it")
	}
	if err := t.check(); err != nil {
		return nil, fmt.Errorf("not a trace: %w", err)
	}
	t.sort()
	return t, nil
}

// isName tells what a service or an operation may be called. AWS's own names are
// narrower, but AWS_DATA_PATH may bring others. Written out, since to compile such
// a regexp takes longer than the rest of a start.
func isName(name string) bool {
	for i, r := range name {
		word := unicode.IsLetter(r) || unicode.IsNumber(r) || r == '_'
		if !word && (i == 0 || r != '.' && r != '-') {
			return false
		}
	}
	return name != ""
}

func (t *Trace) check() error {
	if t.Schema != Schema {
		return fmt.Errorf("its schema is %d, not %d", t.Schema, Schema)
	}
	if len(t.Runs) == 0 {
		return errors.New("it has no runs")
	}
	for _, r := range t.Runs {
		if len(r.Command) == 0 {
			return errors.New("a run has no command")
		}
	}
	for service, operations := range t.Services {
		if !isName(service) {
			return fmt.Errorf("%q is no name of a service", service)
		}
		for _, operation := range operations {
			if !isName(operation) {
				return fmt.Errorf("%q is no name of an operation of %s", operation, service)
			}
		}
	}
	for _, u := range t.Uses {
		operations, known := t.Services[u.Service]
		if !known || u.Operation != "" && !slices.Contains(operations, u.Operation) {
			return fmt.Errorf("%s %s is used and not listed under services", u.Service, u.Operation)
		}
		if u.Line < 0 || (u.File == "") != (u.Line == 0) {
			return fmt.Errorf("%s %s is used at line %d of %q", u.Service, u.Operation, u.Line, u.File)
		}
	}
	return nil
}

// sort puts everything in order, without repetitions and without null.
func (t *Trace) sort() {
	if t.Services == nil {
		t.Services = map[string][]string{}
	}
	for service, operations := range t.Services {
		t.Services[service] = sorted(operations)
	}
	slices.SortFunc(t.Uses, Use.compare)
	t.Uses = append([]Use{}, slices.Compact(t.Uses)...)
	for i := range t.Runs {
		r := &t.Runs[i]
		r.Pythons = sorted(r.Pythons)
		r.Boto = maps.Clone(r.Boto)
		if r.Boto == nil {
			r.Boto = map[string][]string{}
		}
		for name, versions := range r.Boto {
			r.Boto[name] = sorted(versions)
		}
	}
}

func sorted(list []string) []string {
	out := append([]string{}, list...)
	slices.Sort(out)
	return slices.Compact(out)
}

// Append adds the runs of another trace, and what they used, to t.
func (t *Trace) Append(more *Trace) {
	t.Runs = append(t.Runs, more.Runs...)
	for service, operations := range more.Services {
		t.Services[service] = append(t.Services[service], operations...)
	}
	t.Uses = append(t.Uses, more.Uses...)
	t.sort()
}

// Operations counts the operations of all services.
func (t *Trace) Operations() (n int) {
	for _, operations := range t.Services {
		n += len(operations)
	}
	return n
}

// Encode writes the trace as [Parse] reads it.
func (t *Trace) Encode() ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(t); err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	return out.Bytes(), nil
}
