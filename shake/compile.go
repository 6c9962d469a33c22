package shake

import (
	"bytes"
	"context"
	_ "embed" // the program that compiles
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/coldcut/coldcut/internal/pyc"
	"github.com/coldcut/coldcut/internal/pyrun"
)

// compileProgram compiles what it is handed, in the target's own Python.
//
//go:embed bytecode/compile.py
var compileProgram []byte

// compiler has one Python compile sources, several at a time.
type compiler struct {
	python *pyrun.Interpreter
	script string
	// read gives the content of a source, and name the file name that its code has.
	read func(path string) ([]byte, error)
	name func(path string) string
	// chunk is how many sources one process compiles, jobs how many processes there
	// are at a time. Neither may show in the result.
	chunk, jobs int
	seed        string // of the hashes, which order sets before 3.11; may not show either
	done        func()
	limit       time.Duration
}

// compiled is what became of one source.
type compiled struct {
	path   string
	code   []byte // in canonical form; nil where there is none
	hash   uint64
	reason string // why there is none
}

// Each process costs some 20 ms, and one that ends costs its sources a new one.
const sourcesAProcess = 64

// patience is how long a process may take for a source. The largest that people ship
// take a second or two.
const patience = time.Minute

// inPython makes a compiler for an interpreter, with its program in the folder dir. An
// interpreter whose bytecode no release takes ends with a [foreignError].
func (c *cut) inPython(python *pyrun.Interpreter, dir string) (*compiler, error) {
	k := &compiler{
		python: python, script: filepath.Join(dir, "compile.py"), chunk: sourcesAProcess, jobs: runtime.GOMAXPROCS(0),
		seed: "0", limit: patience, done: func() {},
	}
	return k, os.WriteFile(k.script, compileProgram, 0o600)
}

// all compiles the sources. The result is in their order.
func (k *compiler) all(ctx context.Context, paths []string) ([]compiled, error) {
	out := make([]compiled, len(paths))
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(k.jobs)
	for at := 0; at < len(paths); at += k.chunk {
		end := min(at+k.chunk, len(paths))
		g.Go(func() error {
			return k.some(ctx, paths[at:end], func(i int, c compiled) {
				mu.Lock()
				defer mu.Unlock()
				out[at+i] = c
				k.done()
			})
		})
	}
	return out, g.Wait()
}

// some compiles a few sources in one process, or in more where one ends of a source:
// old Pythons run out of stack on what nests deeply.
func (k *compiler) some(ctx context.Context, paths []string, have func(int, compiled)) error {
	for from := 0; from < len(paths); {
		run := &compilation{compiler: k, paths: paths[from:], have: func(i int, c compiled) { have(from+i, c) }}
		err := run.do(ctx)
		switch {
		case run.failed != nil:
			return run.failed
		case ctx.Err() != nil || !run.began:
			return err
		case run.next == len(run.paths):
			return nil
		}
		reason := "it ends the compiler"
		if errors.Is(err, errPatience) {
			reason = fmt.Sprintf("it takes longer than %s to compile", k.limit)
		}
		have(from+run.next, compiled{path: run.paths[run.next], reason: reason})
		from += run.next + 1
	}
	return nil
}

var errPatience = errors.New("a source takes too long to compile")

// compilation is one process.
type compilation struct {
	*compiler
	paths []string
	have  func(int, compiled)

	began  bool // the interpreter said what it is
	next   int  // the source that is being compiled
	magic  uint16
	text   []byte // of what it says, as far as it is not understood
	failed error  // for a reason that is not one source's
	timer  *time.Timer
}

// answer is a line of the program's.
type answer struct {
	Tag   string `json:"tag"`
	Magic uint16 `json:"magic"`
	Size  int    `json:"size"`
	Error string `json:"error"`
}

func (r *compilation) do(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r.timer = time.AfterFunc(r.limit, func() { stop(errPatience) })
	defer r.timer.Stop()
	in, feed := io.Pipe()
	fed := make(chan error, 1)
	go func() {
		err := r.feed(feed)
		_ = feed.CloseWithError(err)
		fed <- err
	}()
	_, _, err := r.python.Run(ctx, pyrun.Command{
		Args: []string{"-W", "ignore", r.script}, Env: []string{"PYTHONHASHSEED=" + r.seed},
		Stdin: in, Stdout: r, Bare: true, NoSite: true,
	})
	_ = in.Close()
	if ferr := <-fed; r.failed == nil && !errors.Is(ferr, io.ErrClosedPipe) {
		r.failed = ferr
	}
	return err
}

// feed hands the sources to the process.
func (r *compilation) feed(w io.Writer) error {
	for _, path := range r.paths {
		source, err := r.read(path)
		if err != nil {
			return err
		}
		line, err := json.Marshal(struct {
			Name string `json:"name"`
			Size int    `json:"size"`
		}{r.name(path), len(source)})
		if err != nil {
			return err
		}
		if _, err := w.Write(append(ascii(line), '\n')); err != nil {
			return err
		}
		if _, err := w.Write(source); err != nil {
			return err
		}
	}
	return nil
}

// ascii escapes what is no ASCII in a line of JSON.
func ascii(line []byte) []byte {
	var out bytes.Buffer
	for _, r := range string(line) {
		switch {
		case r < 0x80:
			out.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			r -= 0x10000
			fmt.Fprintf(&out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		}
	}
	return out.Bytes()
}

// Write takes what the process says.
func (r *compilation) Write(p []byte) (int, error) {
	r.text = append(r.text, p...)
	for r.failed == nil {
		line, rest, whole := bytes.Cut(r.text, []byte("\n"))
		var a answer
		if whole && (json.Unmarshal(line, &a) != nil || a.Size < 0) {
			r.failed = fmt.Errorf("python %s says %.80q", r.python.Version, line)
		} else if !whole || len(rest) < a.Size {
			return len(p), nil
		} else if r.failed = r.take(a, rest[:a.Size]); r.failed == nil {
			r.text = slices.Clone(rest[a.Size:])
		}
	}
	return 0, r.failed
}

// take takes an answer: what the interpreter is, and then of one source after another.
func (r *compilation) take(a answer, code []byte) error {
	r.timer.Reset(r.limit)
	if !r.began {
		r.magic = a.Magic
		want, _ := pyc.Magic(r.python.Language())
		if r.magic != want || a.Tag != tagOf(r.python.Language()) {
			return &foreignError{r.python.Version, r.python.Language()}
		}
		r.began = true
		return nil
	}
	if r.next == len(r.paths) {
		return fmt.Errorf("python %s answers what it was not asked", r.python.Version)
	}
	c, err := r.compiled(r.paths[r.next], a, code)
	if err != nil {
		return err
	}
	r.have(r.next, c)
	r.next++
	return nil
}

func (r *compilation) compiled(path string, a answer, code []byte) (compiled, error) {
	c := compiled{path: path, reason: a.Error}
	if c.reason != "" {
		return c, nil
	}
	source, err := r.read(path)
	if err != nil {
		return c, err
	}
	c.hash = pyc.Hash(r.magic, source)
	if c.code, err = pyc.Canonical(r.python.Language(), code); err != nil {
		c.reason = err.Error()
	}
	return c, nil
}

// foreignError is of an interpreter whose bytecode the releases of its version do not
// take, as of a release candidate.
type foreignError struct{ version, language string }

func (e *foreignError) Error() string {
	return fmt.Sprintf("the bytecode of Python %s is not that of the releases of %s", e.version, e.language)
}

// tagOf is how files of bytecode are tagged: cpython-313.
func tagOf(language string) string { return "cpython-" + strings.ReplaceAll(language, ".", "") }
