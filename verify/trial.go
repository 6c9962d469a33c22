package verify

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/coldcut/coldcut/internal/pyrun"
)

// trial holds both packages and what was found of them so far.
type trial struct {
	opts      Options
	root      string // the folder in both packages that botocore is in
	scratch   string
	fat, slim string              // the folders to import from
	within    string              // the Python package that these are, if they are one
	path      map[string][]string // and, by these, all that are looked into, in order
	python    *pyrun.Interpreter
	unchanged map[string]bool // services whose operations cannot differ
	// clientsOnly are the services whose resources are gone, as they were meant to.
	clientsOnly []string

	mu      sync.Mutex
	verdict *Verdict
	done    int
	total   int
	ends    int // of interpreters that were started again
}

// detailed is how many differences keep what was seen.
const detailed = 1000

// chunk is how many operations are one job: enough for a client to pay off,
// few enough to share ec2's among the pairs.
const chunk = 40

// job is a part of a service's operations.
type job struct {
	service     string
	operations  []string
	whole, gone []string
	dimension   string   // the harness's module that makes the cases, if not those of operations
	dropped     []string // services, where what became of them is compared
	once        bool     // what is the package's is compared here
}

// compare does everything.
func (t *trial) compare(ctx context.Context) error {
	first, about, err := t.scout(ctx)
	if err != nil {
		return err
	}
	defer first.end()
	t.verdict.Python, t.verdict.Boto3, t.verdict.Botocore = t.python.Version, about.Boto3, about.Botocore
	has, err := first.ask(&first.slim, request{Do: "hello"})
	if err != nil {
		return err
	}
	if !first.sameBoto(about, has) {
		return nil
	}
	jobs, err := first.plan(about, has)
	if err != nil {
		return err
	}
	return t.run(ctx, first, jobs)
}

// run shares the jobs among pairs of interpreters.
func (t *trial) run(ctx context.Context, first *pair, jobs []job) error {
	queue := make(chan job, len(jobs))
	for _, j := range jobs {
		t.total += j.counts()
		queue <- j
	}
	close(queue)
	group, ctx := errgroup.WithContext(ctx)
	for i := range min(t.opts.jobs(), len(jobs)) {
		group.Go(func() error {
			p := first
			if i > 0 {
				var err error
				if p, err = t.pair(ctx); err != nil {
					return err
				}
				defer p.end()
			}
			for j := range queue {
				begun := time.Now()
				if err := p.do(ctx, j); err != nil || ctx.Err() != nil {
					return cmp.Or(context.Cause(ctx), err)
				}
				t.took(j.service, begun)
				t.advance(j.counts())
			}
			return nil
		})
	}
	return group.Wait()
}

func (t *trial) advance(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done += n
	if t.opts.Progress != nil {
		t.opts.Progress(t.done, t.total)
	}
}

// judge takes down one case. A hollow case shows nothing as long as both sides
// are hollow alike; where they are not, it differs as any other.
func (t *trial) judge(c Case, fat, slim json.RawMessage, hollow string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case !bytes.Equal(fat, slim):
		t.verdict.Differs++
		if t.verdict.Differs > detailed {
			fat, slim = nil, nil
		}
		t.verdict.Differences = append(t.verdict.Differences, Difference{Case: c, Fat: fat, Slim: slim})
	case hollow != "":
		t.verdict.Gaps = append(t.verdict.Gaps, Gap{c, hollow})
	default:
		t.verdict.Same++
		t.tally(c.Service).Same++
	}
}

// told judges by words rather than by observations. What is the same is no answer
// to a question for one case.
func (t *trial) told(c Case, fat, slim string) {
	if fat == slim && t.opts.Only.Case != "" {
		return
	}
	t.judge(c, text(fat), text(slim), "")
}

func text(s string) json.RawMessage {
	data, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string has JSON
	}
	return data
}

func (t *trial) gap(c Case, reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.verdict.Gaps = append(t.verdict.Gaps, Gap{c, reason})
}

// finish counts and sorts.
func (t *trial) finish() *Verdict {
	v := t.verdict
	slices.SortFunc(v.Differences, func(x, y Difference) int { return x.compare(y.Case) })
	slices.SortFunc(v.Gaps, func(x, y Gap) int { return x.compare(y.Case) })
	v.NotExercised = len(v.Gaps)
	v.Cases = v.Same + v.Differs + v.NotExercised
	return v
}

// pair is both packages, in step.
type pair struct {
	*trial
	fat, slim *side
	anew      func(*side) (*side, error) // starts a side again that ended
}

// pair starts one more, which lasts as long as the context.
func (t *trial) pair(ctx context.Context) (*pair, error) {
	fat, err := t.start(ctx, t.python, "fat", t.fat)
	if err != nil {
		return nil, err
	}
	slim, err := t.start(ctx, t.python, "slim", t.slim)
	if err != nil {
		fat.end()
		return nil, err
	}
	return &pair{t, fat, slim, func(s *side) (*side, error) {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return t.start(ctx, t.python, s.name, s.root)
	}}, nil
}

func (p *pair) end() {
	p.fat.end()
	p.slim.end()
}

// sameBoto compares what the packages say of themselves.
func (p *pair) sameBoto(fat, slim *reply) bool {
	say := func(r *reply) string {
		return cmp.Or(r.Fails, fmt.Sprintf("boto3 %s, botocore %s", cmp.Or(r.Boto3, "none"), r.Botocore))
	}
	p.told(Case{Case: "import"}, say(fat), say(slim))
	return say(fat) == say(slim)
}

// plan compares which services and operations there are, and returns the jobs.
func (p *pair) plan(fat, slim *reply) ([]job, error) {
	p.verdict.Services = map[string][]string{}
	if p.opts.Only.Case == "" {
		if err := p.dropped(fat.Services, slim.Services); err != nil {
			return nil, err
		}
		p.samePackages(fat, slim)
	}
	if err := p.resourceless(fat, slim); err != nil {
		return nil, err
	}
	var jobs []job
	for _, service := range slim.Services {
		if !p.opts.wants(service) {
			continue
		}
		more, err := p.planService(service, fat)
		if err != nil {
			return nil, err
		}
		if len(jobs) == 0 && len(more) > 0 {
			// Once for the package, as it costs a session for each case.
			dropped := subtract(fat.Services, slim.Services)
			last := &more[len(more)-1]
			last.once = true
			jobs = append(jobs, job{service: service, gone: last.gone, dimension: "datapath", dropped: dropped[:min(len(dropped), 2)]})
		}
		jobs = append(jobs, more...)
	}
	return jobs, nil
}

// planService compares a service's operations and makes its jobs.
func (p *pair) planService(service string, fat *reply) ([]job, error) {
	kept := Case{Service: service, Case: "operations"}
	if !slices.Contains(fat.Services, service) {
		p.told(kept, "no such service", "a service")
		return nil, nil
	}
	has, err := p.ask(&p.fat, request{Do: "operations", Service: service})
	if err != nil {
		return nil, err
	}
	left, err := p.ask(&p.slim, request{Do: "operations", Service: service})
	if err != nil {
		return nil, err
	}
	if has.Fails != "" {
		p.gap(kept, "the fat package cannot load it: "+has.Fails)
		return nil, nil
	}
	both := intersect(has.Operations, left.Operations)
	p.told(kept, p.meant(service, has.Operations, both), cmp.Or(left.Fails, strings.Join(left.Operations, ", ")))
	if len(both) == 0 {
		return nil, nil
	}
	p.verdict.Services[service] = both
	if p.unchanged[service] && len(subtract(has.Operations, both)) == 0 {
		p.gap(Case{Service: service, Case: "unchanged"}, "all that the operations of a service read is the same in both packages, byte for byte")
		return []job{{service: service, operations: []string{}, whole: both, gone: []string{}}}, nil
	}
	return p.jobs(service, both, p.gone(service, has.Operations, both), dimensions(service, fat)), nil
}

// gone lists the operations that the slim package need not have.
func (p *pair) gone(service string, has, both []string) []string {
	return subtract(subtract(has, both), p.wanted(service, has))
}

// wanted lists the operations that the slim package was meant to keep.
func (p *pair) wanted(service string, has []string) []string {
	if wanted := p.opts.Keep[service]; !slices.Contains(wanted, "*") {
		return wanted
	}
	return has
}

// meant lists the operations that the slim package must have: those that it has
// and no more, and what it was meant to keep.
func (p *pair) meant(service string, has, both []string) string {
	wanted := p.wanted(service, has)
	return strings.Join(slices.DeleteFunc(slices.Clone(has), func(o string) bool {
		return !slices.Contains(both, o) && !slices.Contains(wanted, o)
	}), ", ")
}

func (p *pair) jobs(service string, operations, gone, dimensions []string) []job {
	more := dimensionJobs(service, operations, gone, dimensions)
	if only := p.opts.Only; only.Case != "" {
		return append(more, job{service: service, operations: intersect(operations, []string{only.Operation}), whole: operations, gone: gone})
	}
	var jobs []job
	for part := range slices.Chunk(operations, chunk) {
		jobs = append(jobs, job{service: service, operations: part})
	}
	if len(jobs) == 0 || p.opts.Memory != nil { // what is remembered is of operations alone
		jobs = append(jobs, job{service: service})
	}
	last := &jobs[len(jobs)-1]
	last.whole, last.gone = operations, gone
	return append(more, jobs...)
}

// dropped holds each service that is gone to the error that botocore has for it,
// and what was meant to be kept to being there.
func (p *pair) dropped(fat, slim []string) error {
	for _, service := range subtract(fat, slim) {
		if _, wanted := p.opts.Keep[service]; wanted {
			p.told(Case{Service: service, Case: "operations"}, "a service", "no such service")
			continue
		}
		if !p.opts.wants(service) {
			continue
		}
		said, err := p.ask(&p.slim, request{Do: "unknown", Service: service})
		if err != nil {
			return err
		}
		saw := said.Fails
		if saw == "" {
			if err := json.Unmarshal(said.Saw, &saw); err != nil {
				return fmt.Errorf("slim package: %w", err)
			}
		}
		p.told(Case{Service: service, Case: "unknown service"}, unknownService(service, slim, saw), saw)
	}
	return nil
}

// unknownService returns what the error must say. What follows it is free.
func unknownService(service string, known []string, saw string) string {
	want := fmt.Sprintf("botocore.exceptions.UnknownServiceError: Unknown service: '%s'. Valid service names are: %s",
		service, strings.Join(slices.Sorted(slices.Values(known)), ", "))
	if rest, ok := strings.CutPrefix(saw, want); ok && (rest == "" || strings.ContainsAny(rest[:1], ".;\n ")) {
		return saw
	}
	return want
}

func intersect(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return !slices.Contains(b, s) })
}

func subtract(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}
