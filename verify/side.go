package verify

import (
	"bufio"
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/coldcut/coldcut/internal/pyrun"
)

//go:embed harness/*.py
var harness embed.FS

// writeHarness puts the harness into the scratch folder.
func (t *trial) writeHarness() error {
	programs, err := fs.Sub(harness, "harness")
	if err == nil {
		err = os.CopyFS(filepath.Join(t.scratch, "harness"), programs)
	}
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	return nil
}

// side is one package in a Python of its own.
type side struct {
	name   string
	root   string
	limit  time.Duration
	in     *os.File
	from   *os.File
	out    *bufio.Reader
	stop   context.CancelFunc
	stderr *lastWords
	paths  *strings.Replacer // of this machine, in what it says at its end
	ended  chan struct{}
	err    error // how the interpreter ended; read after ended
}

// environment is all that a package sees of the world, the same on every machine.
var environment = []string{
	// Not -I: that would ignore the seed, and with it sets come in another order.
	"PYTHONHASHSEED=0",
	"PYTHONIOENCODING=utf-8",
	"TZ=UTC",
	"AWS_ACCESS_KEY_ID=AKIDEXAMPLE",
	"AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
	"AWS_EC2_METADATA_DISABLED=true",
	"AWS_CONFIG_FILE=" + os.DevNull,
	"AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
}

// start runs the harness on the package below root. The pipes are the system's:
// those of package io would be copied from, and the end of a process waits for
// the copying, which waits for us.
func (t *trial) start(ctx context.Context, p *pyrun.Interpreter, name, root string) (*side, error) {
	stdin, in, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	out, stdout, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("verify: %w", err), stdin.Close(), in.Close())
	}
	ctx, stop := context.WithCancel(ctx)
	s := &side{
		name: name, root: root, limit: t.opts.limit(), stop: stop, stderr: &lastWords{}, ended: make(chan struct{}),
		in: in, from: out, out: bufio.NewReaderSize(out, 1<<16),
		paths: strings.NewReplacer(t.folderOf(root), "PACKAGE", filepath.Join(t.scratch, "harness"), "HARNESS"),
	}
	go func() {
		_, _, s.err = p.Run(ctx, pyrun.Command{
			Args:      t.arguments(root),
			Dir:       t.scratch,
			Env:       append([]string{"HOME=" + t.scratch}, environment...),
			Stdin:     stdin,
			Stdout:    stdout,
			Stderr:    s.stderr,
			Bare:      true,
			NoSite:    true,
			Terminate: true,
		})
		close(s.ended)
		_ = stdin.Close()
		_ = stdout.Close()
	}()
	return s, nil
}

// arguments start the harness on one of the packages.
func (t *trial) arguments(root string) []string {
	return append([]string{filepath.Join(t.scratch, "harness", "main.py"), t.folderOf(root), t.within}, t.path[root]...)
}

// send hands the harness a request.
func (s *side) send(r request) (*reply, error) {
	return s.limited(func() (*reply, error) { return nil, s.write(r) })
}

// receive reads the next reply.
func (s *side) receive() (*reply, error) { return s.limited(s.read) }

// ask is a request with one reply. One that cannot import its package says why and ends,
// whether it was asked by then or not.
func (s *side) ask(r request) (*reply, error) {
	return s.limited(func() (*reply, error) {
		asked := s.write(r)
		said, err := s.read()
		if err != nil {
			return nil, cmp.Or(asked, err)
		}
		return said, nil
	})
}

func (s *side) write(r request) error {
	e := json.NewEncoder(s.in)
	e.SetEscapeHTML(false)
	return e.Encode(r)
}

func (s *side) read() (*reply, error) {
	line, err := s.out.ReadBytes('\n')
	if err != nil {
		return nil, err
	}
	r := &reply{}
	return r, json.Unmarshal(line, r)
}

// end stops the interpreter, however busy it is.
func (s *side) end() {
	_ = s.in.Close()
	s.stop()
	<-s.ended
	_ = s.from.Close()
}

// request is what the harness understands.
type request struct {
	Do         string   `json:"do"`
	Service    string   `json:"service,omitempty"`
	Operations []string `json:"operations"`
	Whole      []string `json:"whole"` // all operations that were kept, where the service itself is to be compared
	Gone       []string `json:"gone"`  // those that were not
	// ClientsOnly says that there are no resources of the service to compare.
	ClientsOnly bool `json:"clients_only,omitempty"`
	// Once says that what is of the package, and of no service, is compared here.
	Once      bool              `json:"once,omitempty"`
	Dimension string            `json:"dimension,omitempty"` // the module that makes the cases, if not those of operations
	Dropped   []string          `json:"dropped,omitempty"`   // some services that were dropped
	Seed      int               `json:"seed"`
	Only      []string          `json:"only,omitempty"` // the operation and the name of the one case
	Case      json.RawMessage   `json:"case,omitempty"`
	Cases     []json.RawMessage `json:"cases,omitempty"`
	// Careful has each case told before the next begins, which may end the interpreter.
	Careful bool `json:"careful,omitempty"`
	// Begun is how many cases an interpreter that ended had begun: they are not
	// done again, and the last is named as the one that ended it.
	Begun int `json:"begun,omitempty"`
}

// reply is what the harness says: to hello, to operations, or of a case.
type reply struct {
	Fails      string   `json:"fails"`
	Boto3      string   `json:"boto3"`
	Botocore   string   `json:"botocore"`
	Services   []string `json:"services"`
	Resources  []string `json:"resources"`   // services that boto3 has resources of
	Aio        string   `json:"aiobotocore"` // its version, if the package has it
	Operations []string `json:"operations"`

	Operation string          `json:"operation"`
	Case      string          `json:"case"`
	Input     json.RawMessage `json:"input"`
	Saw       json.RawMessage `json:"saw"`
	Hollow    string          `json:"hollow"`
	Reason    string          `json:"reason"`
	Ended     bool            `json:"ended"` // this case ended the interpreter before
	Done      bool            `json:"done"`
}
