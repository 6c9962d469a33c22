package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/verify"
)

// line is what was found out of a group: a line of results.jsonl. Service is empty
// for what belongs to a package as a whole.
type line struct {
	Botocore   string   `json:"botocore"`
	Python     string   `json:"python"`
	Seed       int      `json:"seed"`
	Package    string   `json:"package"`
	Service    string   `json:"service"`
	Group      string   `json:"group"`
	Operations []string `json:"operations"`

	Cases        int          `json:"cases"`
	Same         int          `json:"same"`
	Differs      int          `json:"differs"`
	NotExercised int          `json:"not_exercised"`
	Gaps         []verify.Gap `json:"gaps"`
	Differences  []difference `json:"differences"`
	Seconds      float64      `json:"seconds"`
}

// difference is a case that differs.
type difference struct {
	Case   string        `json:"case"`
	Parts  []verify.Part `json:"parts"`
	Repeat string        `json:"repeat"` // the command
}

// store keeps the lines of finished packages.
type store struct{ dir string }

// openStore returns the store for what decides of the results: this program, with
// all that it embeds, the packages, the seed and which services it is for.
func openStore(in *installed, c *campaign) (*store, error) {
	hash := sha256.New()
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	file, err := os.Open(self)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	if _, err := io.Copy(hash, file); err != nil {
		return nil, err
	}
	only := slices.Sorted(slices.Values(c.only))
	fmt.Fprintf(hash, "%q %q %d %v %q", in.botocore, in.python.Version, c.seed, c.sample, only) // never fails
	s := &store{filepath.Join(filepath.Dir(in.dir), hex.EncodeToString(hash.Sum(nil))[:16])}
	return s, os.MkdirAll(s.dir, 0o755)
}

func (s *store) file(parcel string) string { return filepath.Join(s.dir, parcel+".jsonl") }

// load returns the lines of a package that was finished before.
func (s *store) load(parcel string) (lines []line, done bool, err error) {
	data, err := os.ReadFile(s.file(parcel))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	for d.More() {
		var l line
		if err := d.Decode(&l); err != nil {
			return nil, false, fmt.Errorf("%s: %w", s.file(parcel), err)
		}
		lines = append(lines, l)
	}
	return lines, true, nil
}

// save keeps the lines of a package, all of them or none.
func (s *store) save(parcel string, lines []line) error {
	data, err := encoded(lines)
	if err != nil {
		return err
	}
	return artifact.WriteFile(s.file(parcel), data)
}

// keepElapsed keeps how long a run took that was not cut off, for those after it.
func (s *store) keepElapsed(d time.Duration) error {
	return artifact.WriteFile(s.clock(), []byte(d.String()))
}

// elapsed is what was kept, in minutes; 0 where it took several runs.
func (s *store) elapsed() (minutes float64, err error) {
	data, err := os.ReadFile(s.clock())
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	d, err := time.ParseDuration(string(data))
	return d.Minutes(), err
}

func (s *store) clock() string { return filepath.Join(s.dir, "elapsed") }

// results writes the lines of all packages into one file and returns its name.
func (s *store) results(lines []line) (string, error) {
	data, err := encoded(lines)
	if err != nil {
		return "", err
	}
	name := filepath.Join(filepath.Dir(s.dir), "results.jsonl")
	return name, artifact.WriteFile(name, data)
}

func encoded(lines []line) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	for _, l := range lines {
		if err := e.Encode(l); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}
