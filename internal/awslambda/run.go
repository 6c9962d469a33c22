package awslambda

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"golang.org/x/sync/errgroup"

	"github.com/coldcut/coldcut/bench"
)

// Arm is a package that gets temporary functions, or a function that is there.
type Arm struct {
	Name    string
	Package *bench.Package
	// Function is the name of one that is there; Package is nil then.
	Function string
}

// Options of a run.
type Options struct {
	Arms []Arm
	// MemoryMB are the sizes to measure at. None leaves functions that are there at
	// their own.
	MemoryMB []int
	// Samples is the number of cold starts for each arm at each size.
	Samples int
	Seed    uint64
	// Runtime, Handler, Arch (x86_64 or arm64), Role, Env and Timeout are those of
	// temporary functions.
	Runtime, Handler, Arch, Role string
	Env                          map[string]string
	Timeout                      time.Duration
	// Event is the payload of every invocation.
	Event []byte
	// Bucket takes packages that are too large to be uploaded directly.
	Bucket string
	// Parallel limits how many functions are sampled at a time; 0 takes what the
	// account allows.
	Parallel int
	// AllowErrors counts cold starts whose handler failed.
	AllowErrors bool
	// Poll is the time between two looks at an update or at traces, and Patience how
	// long traces may take; each has a default for AWS.
	Poll, Patience time.Duration
	// DeleteLogs removes the log groups of temporary functions too.
	DeleteLogs bool
	// Progress, if set, is told how many cold starts are done. Calls never overlap.
	Progress func(done, total int)
}

// cell is one arm at one size.
type cell struct {
	arm       Arm
	memory    int
	function  *function
	samples   []bench.Sample
	discarded []bench.Sample
}

// session is one run.
type session struct {
	*Client
	opts      Options
	id        string
	functions []*function // all, for the clean-up
	cells     []*cell
	taken     int // places in the order that were given out
	notes     []string
	reports   bool // there are no traces to be had
	local     atomic.Bool
}

// refills is how often cells are sampled again for samples that did not count.
const refills = 3

// Run takes cold starts and returns them analysed. Whatever it made is deleted and
// whatever it borrowed is restored before it returns, also where the context is
// cancelled; an error that is or wraps a [CleanupError] says where that failed.
func (c *Client) Run(ctx context.Context, opts Options) (result *bench.Result, err error) {
	s := &session{Client: c, opts: opts.withDefaults(), id: runID()}
	if err := s.opts.check(); err != nil {
		return nil, err
	}
	defer func() {
		if left := s.cleanUp(context.WithoutCancel(ctx)); left != nil {
			err = errors.Join(err, left)
		}
	}()
	started := time.Now()
	if s.reports = c.searchable(ctx); s.reports {
		s.note("X-Ray Transaction Search is on, so BatchGetTraces finds nothing: all figures are those of REPORT lines, and what lies before Initialization is not known")
	}
	if c.detour != "" && c.place.Endpoint == "" {
		s.note("the AWS configuration names another endpoint than AWS's: " + c.detour)
	}
	if err := s.prepare(ctx); err != nil {
		return nil, err
	}
	if err := s.take(ctx); err != nil {
		return nil, err
	}
	r := s.result(started)
	r.Analyse()
	return r, nil
}

func (o Options) withDefaults() Options {
	if o.Poll == 0 {
		o.Poll = time.Second
	}
	if o.Patience == 0 {
		o.Patience = 2 * time.Minute
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	if len(o.Event) == 0 {
		o.Event = []byte("{}")
	}
	return o
}

func (s *session) note(text string) {
	if !slices.Contains(s.notes, text) {
		s.notes = append(s.notes, text)
	}
}

// prepare makes and borrows the functions, and takes the first cold start after
// each upload, which counts for nothing.
func (s *session) prepare(ctx context.Context) error {
	if err := s.layOut(ctx); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(s.parallel(ctx))
	for _, c := range s.cells {
		if c.function.borrowed != nil {
			continue
		}
		g.Go(func() error {
			if err := s.create(ctx, c); err != nil {
				return err
			}
			inv, err := s.call(ctx, c)
			if err != nil {
				return err
			}
			first := inv.sample()
			c.discarded = append(c.discarded, first)
			return nil
		})
	}
	return g.Wait()
}

// layOut decides which cells there are, and which function each is sampled from.
func (s *session) layOut(ctx context.Context) error {
	for _, arm := range s.opts.Arms {
		var shared *function
		if arm.Function != "" {
			var err error
			if shared, err = s.borrow(ctx, arm.Function); err != nil {
				return err
			}
			s.functions = append(s.functions, shared)
		}
		for _, memory := range s.sizes(shared) {
			f := shared
			if f == nil {
				f = &function{name: s.nameFor(arm.Name, memory), env: s.opts.Env, memory: int32(memory)}
				s.functions = append(s.functions, f)
			}
			s.cells = append(s.cells, &cell{arm: arm, memory: memory, function: f})
		}
	}
	return nil
}

func (s *session) sizes(borrowed *function) []int {
	if borrowed != nil && len(s.opts.MemoryMB) == 0 {
		return []int{int(borrowed.memory)}
	}
	return s.opts.MemoryMB
}

// mostParallel is enough for the usual two arms at three sizes, twice.
const mostParallel = 12

// parallel is how many functions may be sampled at a time: half of what the account
// has left, since others want some of it.
func (s *session) parallel(ctx context.Context) int {
	if s.opts.Parallel > 0 {
		return s.opts.Parallel
	}
	s.opts.Parallel = mostParallel
	out, err := s.lambda.GetAccountSettings(ctx, &lambda.GetAccountSettingsInput{})
	if err == nil && out.AccountLimit != nil {
		s.opts.Parallel = min(mostParallel, max(1, int(aws.ToInt32(out.AccountLimit.UnreservedConcurrentExecutions))/2))
	}
	return s.opts.Parallel
}

// take samples the cells in turns until each has its samples, reads the traces, and
// fills up for what did not count.
func (s *session) take(ctx context.Context) error {
	lanes := make([]string, len(s.cells))
	for i, c := range s.cells {
		lanes[i] = c.function.name
	}
	for refill := range refills {
		order := bench.Schedule(s.opts.Seed+uint64(refill), s.missing())
		if len(order) == 0 {
			break
		}
		if err := s.takeAll(ctx, order, lanes); err != nil {
			return err
		}
		if err := s.readTraces(ctx); err != nil {
			return err
		}
	}
	return s.enough()
}

// missing is how many samples each cell still needs.
func (s *session) missing() []int {
	counts := make([]int, len(s.cells))
	for i, c := range s.cells {
		counts[i] = s.opts.Samples
		for _, sample := range c.samples {
			if !sample.Excluded {
				counts[i]--
			}
		}
	}
	return counts
}

// enough fails where there is an arm without a single cold start.
func (s *session) enough() error {
	for i, n := range s.missing() {
		c := s.cells[i]
		if n == s.opts.Samples {
			return fmt.Errorf("%s at %d MB: none of %d invocations counts, the last was one %s", c.arm.Name, c.memory, len(c.samples), c.samples[len(c.samples)-1].Why)
		}
	}
	return nil
}

func (s *session) takeAll(ctx context.Context, order []int, lanes []string) error {
	from := s.taken
	s.taken += len(order)
	var mu sync.Mutex
	done := 0
	return bench.Take(ctx, order, lanes, s.parallel(ctx), func(ctx context.Context, i, place int) error {
		sample, err := s.sample(ctx, s.cells[i], from+place+1)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		done++
		s.cells[i].samples = append(s.cells[i].samples, sample)
		s.opts.progress(from+done, s.taken)
		return nil
	})
}

func (o Options) progress(done, total int) {
	if o.Progress != nil {
		o.Progress(done, total)
	}
}

// sample takes one cold start.
func (s *session) sample(ctx context.Context, c *cell, order int) (bench.Sample, error) {
	if err := s.force(ctx, c.function, fmt.Sprintf("%s-%d", s.id, order), int32(c.memory), s.opts.Poll); err != nil {
		return bench.Sample{}, err
	}
	inv, err := s.call(ctx, c)
	if err != nil {
		return bench.Sample{}, err
	}
	sample := inv.sample()
	sample.Order = order
	return sample, nil
}

// call invokes a cell's function, and fails if that does not work.
func (s *session) call(ctx context.Context, c *cell) (*invocation, error) {
	inv, err := s.invoke(ctx, c.function, s.opts.Event)
	if err != nil {
		return nil, err
	}
	if inv.report != nil && inv.report.Local {
		s.local.Store(true) // whatever the configuration says
	}
	if e := inv.failed; e != nil && (e.Init || !s.opts.AllowErrors) {
		e.Arm = c.arm.Name
		return nil, e
	}
	return inv, nil
}

// readTraces completes the samples that have no figures yet.
func (s *session) readTraces(ctx context.Context) error {
	var ids []string
	var open []*bench.Sample
	for _, c := range s.cells {
		for i := range c.samples {
			if sample := &c.samples[i]; !sample.Excluded && sample.Init == nil {
				open, ids = append(open, sample), append(ids, sample.TraceID)
			}
		}
	}
	found := map[string]figures{}
	if !s.reports {
		var err error
		if found, err = s.collect(ctx, ids, s.opts.Poll, s.opts.Patience); err != nil {
			return err
		}
		if len(found) == 0 && len(ids) > 0 {
			s.reports = true
			s.note("X-Ray had no trace of any cold start: all figures are those of REPORT lines. Does the functions' role have the policy AWSXRayDaemonWriteAccess?")
		}
	}
	for _, sample := range open {
		f, ok := found[sample.TraceID]
		trace(sample, f, ok)
	}
	return nil
}

// result is what there is, not analysed yet.
func (s *session) result(started time.Time) *bench.Result {
	r := &bench.Result{
		Backend: bench.AWS, Seed: s.opts.Seed, Asked: s.opts.Samples, Started: started.UTC(), Ended: time.Now().UTC(),
		Place: s.region, Runtime: s.opts.Runtime, Handler: s.opts.Handler, Arch: s.opts.Arch, Notes: s.notes,
		Rates: bench.DefaultRates(s.opts.Arch),
	}
	if s.place.Endpoint != "" || s.local.Load() {
		r.Backend, r.Place = bench.Local, "this machine"
	}
	for _, c := range s.cells {
		slices.SortFunc(c.samples, func(a, b bench.Sample) int { return a.Order - b.Order })
		arm := bench.Arm{Name: c.arm.Name, MemoryMB: c.memory, Bytecode: bench.Unknown, Package: c.arm.Package, Samples: c.samples, Discarded: c.discarded}
		if arm.Function = c.arm.Function; arm.Package != nil {
			arm.Bytecode = arm.Package.Bytecode.State()
		}
		r.Arms = append(r.Arms, arm)
	}
	return r
}

func decodeLog(encoded string) (string, error) {
	log, err := base64.StdEncoding.DecodeString(encoded)
	return string(log), err
}
