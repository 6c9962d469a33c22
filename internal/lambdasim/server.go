package lambdasim

import (
	"context"
	"errors"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/coldcut/coldcut/internal/pyrun"
)

// Account is the account that all functions here belong to: none that AWS gives.
const Account = "000000000000"

// Backend is what the header [BackendHeader] of every answer says, and the
// annotation of every trace.
const Backend = "local"

// BackendHeader is the header of every answer that tells this from AWS.
const BackendHeader = "X-Coldcut-Backend"

// PageCache says what a cold start finds in the system's page cache of the package
// that was just unpacked.
type PageCache int

// The ways to leave the page cache.
const (
	// PageCacheKept: unpacking leaves every file in memory.
	PageCacheKept PageCache = iota
	// PageCacheDropped: every file is written out and forgotten, so that the first
	// read of it comes from the disk. On Linux alone.
	PageCacheDropped
)

// String returns "kept" or "dropped".
func (p PageCache) String() string {
	if p == PageCacheDropped {
		return "dropped"
	}
	return "kept"
}

// TraceShape is the form of a cold start's trace. AWS has both.
type TraceShape int

// The shapes of traces.
const (
	// ShapeClassic has subsegments Initialization, Invocation and Overhead.
	ShapeClassic TraceShape = iota
	// ShapeInit has Init instead, and no Invocation.
	ShapeInit
)

// Options for [New]. The zero value is a Lambda that forgets everything when it is
// closed, limits what it can, and fails in no way of its own.
type Options struct {
	// Data is the folder that functions, layers and code are kept in from one run
	// to the next. Where it is empty they are gone with the server.
	Data string
	// Work is the folder for execution environments; the system's for temporary
	// files if empty. What is put there is removed again.
	Work string
	// InitCPU is how many vCPUs initialisation gets; 0 does not limit it. AWS does
	// not say what it gives.
	InitCPU float64
	// Unlimited leaves CPU and memory unlimited even where they could be.
	Unlimited bool
	// Unisolated uses no mount namespaces even where it could.
	Unisolated bool
	// PageCache is what a cold start finds of the unpacked package in memory.
	PageCache PageCache
	// Shape is the form of traces.
	Shape TraceShape
	// UpdateTime is how long a function stays in the state Pending after its
	// creation, and an update in progress.
	UpdateTime time.Duration
	// Concurrency is how many environments may run at a time; 1,000 if 0, as in an
	// AWS account.
	Concurrency int
	// IdleTime is how long an environment waits for another invocation; ten minutes
	// if 0.
	IdleTime time.Duration
	// Faults are what goes wrong on purpose.
	Faults Faults
	// Log, where set, gets a line for every request and everything that functions
	// write. It may be called from several goroutines.
	Log func(line string)

	initLimit time.Duration // for tests; Lambda's if 0
}

// Server is a Lambda and an X-Ray. All its methods are safe for concurrent use.
type Server struct {
	opts    Options
	work    string
	machine *machine
	blobs   *blobs
	traces  *traceStore
	faults  *faultState
	locks   []*os.File // of the folders

	mux *http.ServeMux

	mu        sync.Mutex
	functions map[string]*function
	layers    map[string]*layer
	closed    bool

	running     sync.WaitGroup // background invocations and timers
	environment envCount
	ctx         context.Context
	stop        context.CancelFunc
	pythons     pythons
}

// New starts a server. The caller must [Server.Close] it, or processes and folders
// stay behind.
func New(opts Options) (*Server, error) {
	if opts.PageCache == PageCacheDropped && !canDropCache {
		return nil, errors.New("the page cache can only be dropped on Linux")
	}
	if opts.InitCPU < 0 || opts.Concurrency < 0 {
		return nil, errors.New("limits cannot be less than nothing")
	}
	if opts.initLimit == 0 {
		opts.initLimit = maxInit
	}
	data, err := takeData(opts.Data)
	if err != nil {
		return nil, err
	}
	work, lock, err := takeWork(opts.Work)
	if err != nil {
		return nil, errors.Join(err, unlock(data))
	}
	s := &Server{
		opts: opts, work: work, locks: []*os.File{data, lock},
		functions: map[string]*function{}, layers: map[string]*layer{},
		traces: newTraceStore(), faults: newFaultState(opts.Faults),
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.environment.most = opts.Concurrency
	if s.environment.most == 0 {
		s.environment.most = 1000
	}
	s.machine = newMachine(opts, work)
	s.mux = s.routes()
	if err := s.restore(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close ends every environment and removes what was made outside Options.Data.
// Invocations under way fail.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	functions := make([]*function, 0, len(s.functions))
	for _, f := range s.functions {
		functions = append(functions, f)
	}
	s.mu.Unlock()
	s.stop()
	for _, f := range functions {
		f.retire()
	}
	s.running.Wait()
	s.environment.wait()
	return errors.Join(s.machine.close(), unlock(s.locks...), removeTree(s.work))
}

// unlock gives up locks; nil is none.
func unlock(locks ...*os.File) error {
	var errs []error
	for _, f := range locks {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}

// Conditions say what the figures of this server are made under. They belong
// beside every figure.
type Conditions struct {
	// CPU is how the CPU is limited: "cgroups v1", "cgroups v2", or "unlimited: "
	// and why.
	CPU string
	// Memory is how memory is limited, in the same words.
	Memory string
	// Code is how the code folder is kept from being written: "read-only mount",
	// "permissions", or "writable: " and why.
	Code string
	// Paths is "as on AWS" where code lies in /var/task and layers in /opt, or why
	// they do not.
	Paths string
	// Unpacked is where packages are unpacked to: "in memory" or "on disk".
	Unpacked string
	// PageCache is "kept" or "dropped".
	PageCache string
	// InitCPU is how many vCPUs initialisation gets; 0 is all there are, as where CPU
	// is not limited.
	InitCPU float64
}

// Limited reports whether CPU and memory are limited as Lambda does it.
func (c Conditions) Limited() bool { return limited(c.CPU) && limited(c.Memory) }

// Conditions returns what this machine allows.
func (s *Server) Conditions() Conditions {
	c := s.machine.conditions()
	c.PageCache = s.opts.PageCache.String()
	if limited(c.CPU) {
		c.InitCPU = s.opts.InitCPU
	}
	c.Unpacked = "on disk"
	if s.machine.isolates() && s.opts.PageCache == PageCacheKept {
		c.Unpacked = "in memory"
	}
	return c
}

// pythons finds each interpreter once.
type pythons struct {
	mu    sync.Mutex
	found map[string]*pyrun.Interpreter
}

// find returns the interpreter for a runtime such as python3.13.
func (p *pythons) find(ctx context.Context, version string) (*pyrun.Interpreter, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if found := p.found[version]; found != nil {
		return found, nil
	}
	found, err := pyrun.Find(ctx, version)
	if err != nil {
		return nil, err
	}
	if p.found == nil {
		p.found = map[string]*pyrun.Interpreter{}
	}
	p.found[version] = found
	return found, nil
}

var _ http.Handler = (*Server)(nil)
