package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sync"

	"github.com/coldcut/coldcut/scan"
)

// LockName is the lock's file name, beside the sources and in the package.
const LockName = scan.LockName

// Lock is the plan as a team reviews it: it changes when what is kept changes,
// and not when a line moves or another machine makes it.
type Lock struct {
	Schema      int                      `json:"schema"`
	Boto        Boto                     `json:"boto"`
	Credentials Credentials              `json:"credentials"`
	Passes      []string                 `json:"passes"`
	Fallback    Fallback                 `json:"fallback,omitempty"`
	Services    map[string]LockedService `json:"services"`
	Declared    []string                 `json:"declared"`
	Settled     []LockedPlace            `json:"settled"`
}

// LockedService is one service that stays.
type LockedService struct {
	Rule       string   `json:"rule"`
	Operations []string `json:"operations"`
	// ClientsOnly says that boto3 has no resources of it any more.
	ClientsOnly bool `json:"clients_only,omitempty"`
	// Files are the sources that make its client.
	Files []string `json:"files"`
}

// LockedPlace is a place that the scan could not resolve and the declaration settles.
type LockedPlace struct {
	File   string `json:"file"`
	Reason string `json:"reason"`
}

// Lock returns the plan's lock.
func (p *Plan) Lock() *Lock {
	l := &Lock{
		Schema: p.Schema, Boto: p.Boto, Credentials: p.Credentials, Passes: p.Passes, Fallback: p.Fallback,
		Services: map[string]LockedService{}, Declared: orEmpty(p.Declared), Settled: settled(p.Settled),
	}
	for _, d := range p.Decisions {
		if d.Kind == Service && d.Action != Drop {
			l.Services[d.Name] = LockedService{Rule: d.Rule, Operations: orEmpty(p.Services[d.Name]), ClientsOnly: slices.Contains(p.ClientsOnly, d.Name), Files: filesOf(d.Evidence)}
		}
	}
	return l
}

// filesOf lists the files that make a client.
func filesOf(uses []scan.Use) []string {
	files := []string{}
	for _, u := range uses {
		if u.Operation == "" {
			files = append(files, u.File)
		}
	}
	slices.Sort(files)
	return slices.Compact(files)
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// lines matches the line and column after a file's name in a reason.
var lines = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`:\d+:\d+`) })

func settled(places []scan.Unresolved) []LockedPlace {
	out := []LockedPlace{}
	for _, u := range places {
		out = append(out, LockedPlace{File: u.File, Reason: lines().ReplaceAllString(u.Reason, "")})
	}
	return slices.Compact(out)
}

// Encode writes the lock as sorted, indented JSON with a final newline.
func (l *Lock) Encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(l); err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	return b.Bytes(), nil
}

// ReadLock decodes a lock; name is used in errors.
func ReadLock(name string, data []byte) (*Lock, error) {
	var l Lock
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if l.Schema != Schema {
		return nil, fmt.Errorf("%s: schema %d is not known; this coldcut writes schema %d", name, l.Schema, Schema)
	}
	if l.Services == nil {
		return nil, fmt.Errorf("%s: %w", name, errors.New("no services"))
	}
	return &l, nil
}
