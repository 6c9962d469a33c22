package audit

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/shard"
)

// Facts are what Lambda tells of a function without its code.
type Facts struct {
	Function
	// CodeSHA256 is the sum of the zip, in base64.
	CodeSHA256 string
	// Container says that it is a container image.
	Container bool
	Env       map[string]string
	EnvError  string
}

// Key tells whether anything that a verdict follows from has changed. Layers have
// versions that never change, so that their ARNs say all of them.
func (f *Facts) Key() string {
	layers := make([]string, len(f.Layers))
	for i, l := range f.Layers {
		layers[i] = l.ARN
	}
	data, err := json.Marshal([]any{f.CodeSHA256, layers, f.Runtime, f.Handler, f.MemoryMB, f.Container, f.Env, f.EnvError})
	if err != nil {
		panic(err) // strings and numbers alone cannot fail
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// journalSchema is the version of a journal's form.
const journalSchema = 1

// header is a journal's first line. What another program found out may be wrong.
type header struct {
	Schema  int    `json:"schema"`
	Program string `json:"program"`
}

// entry is each other line.
type entry struct {
	Key      string   `json:"key"`
	Function Function `json:"function"`
}

// Journal keeps verdicts as they are found, so that a run which was stopped goes on
// where it was, and the next one looks at nothing that has not changed. It holds
// neither code nor environments. All methods are safe for concurrent use.
type Journal struct {
	name    string
	release func() error

	mu    sync.Mutex
	known map[string]entry // by ARN
	file  *os.File
}

// OpenJournal opens the journal of a part of the work in a folder, which is made. What
// a program of another fingerprint wrote is forgotten. One run at a time has it: others
// get [artifact.ErrBusy].
func OpenJournal(dir, program string, part shard.Shard) (*Journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	name := "functions"
	if part.Count > 1 {
		name = fmt.Sprintf("functions-%d-of-%d", part.Index, part.Count)
	}
	j := &Journal{name: filepath.Join(dir, name+".jsonl"), known: map[string]entry{}}
	var err error
	if j.release, err = artifact.Lock(filepath.Join(dir, name+".lock")); err != nil {
		return nil, err
	}
	head := header{journalSchema, program}
	if err := j.start(head); err != nil {
		return nil, errors.Join(err, j.release())
	}
	return j, nil
}

// start reads the journal, writes it anew with one line a function, and opens it to be
// added to.
func (j *Journal) start(head header) error {
	if err := j.read(head); err != nil {
		return err
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	if err := e.Encode(head); err != nil {
		return err
	}
	for _, arn := range slices.Sorted(maps.Keys(j.known)) {
		if err := e.Encode(j.known[arn]); err != nil {
			return err
		}
	}
	if err := artifact.WriteFile(j.name, out.Bytes()); err != nil {
		return err
	}
	var err error
	j.file, err = os.OpenFile(j.name, os.O_WRONLY|os.O_APPEND, 0)
	return err
}

// read takes what is there up to the first line that is not whole: a run that is
// killed leaves one at the end.
func (j *Journal) read(head header) error {
	f, err := os.Open(j.name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	lines := bufio.NewReader(f)
	for first := true; ; first = false {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var was header
		if first && (json.Unmarshal(line, &was) != nil || was != head) {
			return nil
		}
		var e entry
		if !first && json.Unmarshal(line, &e) != nil {
			return nil
		}
		if !first {
			j.known[e.Function.ARN] = e
		}
	}
}

// Known returns what an earlier run found out of a function that has not changed. It is
// told once: a run asks for each function once, and need not hold it twice.
func (j *Journal) Known(arn, key string) (Function, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	e, ok := j.known[arn]
	delete(j.known, arn)
	return e.Function, ok && e.Key == key
}

// Add keeps a verdict. One of what could not be read is not kept: the next run tries
// again.
func (j *Journal) Add(key string, f *Function) error {
	if f.Verdict == NotRead {
		return nil
	}
	line, err := json.Marshal(entry{key, *f})
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	_, err = j.file.Write(append(line, '\n'))
	return err
}

// Scratch makes an empty folder beside the journal for what is downloaded. Nobody else
// uses it, and Close deletes it; what a run that was killed left in it goes now.
func (j *Journal) Scratch() (string, error) {
	dir := j.scratch()
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	return dir, os.Mkdir(dir, 0o700)
}

func (j *Journal) scratch() string { return strings.TrimSuffix(j.name, ".jsonl") + "-code" }

// Close gives the journal up, and deletes the folder of Scratch.
func (j *Journal) Close() error {
	return errors.Join(os.RemoveAll(j.scratch()), j.file.Close(), j.release())
}
