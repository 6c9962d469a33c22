package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/plan"
	"github.com/coldcut/coldcut/scan"
	"github.com/coldcut/coldcut/shake"
	"github.com/coldcut/coldcut/verify"
)

// proof is the campaign against one release.
type proof struct {
	*campaign
	*installed
	*store
	fat     *artifact.Artifact
	uses    *scan.Result // what botocore calls by itself: there is no program
	parcels []*parcel

	mu      sync.Mutex
	lines   []line
	begun   time.Time
	done    int // by weight
	ahead   int // by weight, at the beginning
	differs int
}

// prove does everything for one release, or what is left of it to do.
func (c *campaign) prove(ctx context.Context, r release) (*summary, error) {
	in, err := c.install(ctx, r)
	if err != nil {
		return nil, err
	}
	p := &proof{campaign: c, installed: in, begun: time.Now()}
	if p.store, err = openStore(in, c); err != nil {
		return nil, err
	}
	if p.fat, err = artifact.Open(in.dir, artifact.Options{}); err != nil {
		return nil, err
	}
	defer func() { _ = p.fat.Close() }()
	if p.uses, err = scan.Scan(ctx, p.fat, scan.Options{}); err != nil {
		return nil, err
	}
	operations, err := p.operations()
	if err != nil {
		return nil, err
	}
	p.parcels = partOf(c.part, c.choose(operations))
	todo, err := p.resume()
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(os.Stdout, "botocore %s, Python %s, seed %d, part %s: %d packages, %d of them done before\n",
		in.botocore, in.python.Version, c.seed, &c.part, len(p.parcels), len(p.parcels)-len(todo))
	if err := p.run(ctx, todo); err != nil {
		return nil, err
	}
	if len(todo) == len(p.parcels) {
		if err := p.keepElapsed(time.Since(p.begun)); err != nil {
			return nil, err
		}
	}
	return p.summarize(operations)
}

// choose makes the packages of the campaign, or of its sample.
func (c *campaign) choose(operations map[string][]string) []*parcel {
	if c.sample {
		return sample(operations, c.seed)
	}
	return design(operations, c.seed)
}

// operations are those of each service, in all its API versions.
func (p *proof) operations() (map[string][]string, error) {
	found, err := boto.Find(p.fat)
	if err != nil {
		return nil, err
	}
	catalog := boto.CatalogOf(found)
	all := map[string][]string{}
	for _, name := range catalog.Services() {
		if !p.only.wants(name) {
			continue
		}
		service, err := catalog.Service(name)
		if err != nil {
			return nil, err
		}
		for _, o := range service.Operations {
			all[name] = append(all[name], o.Name)
		}
	}
	return all, nil
}

// resume takes what was done before and returns what is left.
func (p *proof) resume() (todo []*parcel, err error) {
	for _, parcel := range p.parcels {
		lines, done, err := p.load(parcel.name)
		if err != nil {
			return nil, err
		}
		if done {
			p.take(lines)
			parcel.lot.left--
			continue
		}
		todo = append(todo, parcel)
		p.ahead += parcel.weight()
	}
	return todo, nil
}

func (p *proof) take(lines []line) {
	p.lines = append(p.lines, lines...)
	for _, l := range lines {
		p.differs += l.Differs
	}
}

// run proves packages side by side. Each has two interpreters, of which one waits
// for the other now and then.
func (p *proof) run(ctx context.Context, todo []*parcel) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(p.workers)
	for _, parcel := range todo {
		group.Go(func() error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			lines, err := p.parcel(ctx, parcel)
			if err != nil {
				return fmt.Errorf("package %s: %w", parcel.name, err)
			}
			return p.finish(parcel, lines)
		})
	}
	return group.Wait()
}

// finish keeps what was found out of a package and says how far it is.
func (p *proof) finish(parcel *parcel, lines []line) error {
	if err := p.save(parcel.name, lines); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.take(lines)
	if parcel.lot.left--; parcel.lot.left == 0 {
		parcel.lot.memory = nil
	}
	p.done += parcel.weight()
	spent := time.Since(p.begun)
	left := time.Duration(float64(spent) / float64(p.done) * float64(p.ahead-p.done))
	fmt.Fprintf(os.Stdout, "%s: %d services, %d differ; %d %% after %s, about %s left\n", parcel.name, len(parcel.groups),
		p.differs, 100*p.done/p.ahead, spent.Round(time.Second), left.Round(time.Second))
	return nil
}

// parcel cuts one package and verifies it. Where it differs it stays, to be
// looked into.
func (p *proof) parcel(ctx context.Context, parcel *parcel) ([]line, error) {
	out := filepath.Join(p.dir(), parcel.name)
	if err := os.RemoveAll(out); err != nil {
		return nil, err
	}
	if err := p.cut(ctx, parcel, out); err != nil {
		return nil, err
	}
	verdict, err := p.verify(ctx, parcel, out)
	if err != nil {
		return nil, err
	}
	if verdict.Differs == 0 {
		err = os.RemoveAll(out)
	}
	return p.linesOf(parcel, verdict, out), err
}

func (p *proof) dir() string { return p.store.dir }

// cut does what slim does, with declarations for uses.
func (p *proof) cut(ctx context.Context, parcel *parcel, out string) error {
	decided, err := plan.New(p.fat, p.uses, plan.Options{
		Keep: parcel.keep(), Only: plan.Passes, Pythons: []string{p.python.Language()}, Credentials: plan.Environment,
		NoBytecode: true, // which is made of the sources that are compared
	})
	if err != nil {
		return err
	}
	slim, err := shake.Options{Closed: true}.Apply(ctx, p.fat, decided)
	if err != nil {
		return err
	}
	staged, err := artifact.Stage(ctx, slim.Artifact, out, artifact.WriteOptions{})
	if err != nil {
		return err
	}
	return staged.Commit()
}

// verify holds the package to what it was cut from.
func (p *proof) verify(ctx context.Context, parcel *parcel, out string) (v *verify.Verdict, err error) {
	slim, err := artifact.Open(out, artifact.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, slim.Close()) }()
	keep := map[string][]string{}
	for _, g := range parcel.groups {
		keep[g.Service] = g.Operations
	}
	return verify.Compare(ctx, p.fat, slim, verify.Options{
		Python: p.python.Language(), Seed: p.seed, Jobs: 1, Keep: keep, Memory: parcel.lot.memory,
	})
}

// linesOf shares the verdict out among the groups; what is left is the package's.
func (p *proof) linesOf(parcel *parcel, v *verify.Verdict, out string) (lines []line) {
	about := line{Botocore: p.botocore, Python: p.python.Version, Seed: p.seed, Package: parcel.name, Operations: []string{}, Gaps: []verify.Gap{}, Differences: []difference{}}
	of := map[string]*line{"": &about}
	for _, g := range parcel.groups {
		l := about
		l.Service, l.Group, l.Operations = g.Service, g.Name, v.Services[g.Service]
		of[g.Service] = &l
	}
	owner := func(c verify.Case) *line { return cmp.Or(of[c.Service], &about) }
	for service, t := range v.Tally {
		l := owner(verify.Case{Service: service})
		l.Same += t.Same
		l.Seconds += t.Spent.Seconds()
	}
	for _, g := range v.Gaps {
		l := owner(g.Case)
		l.NotExercised++
		l.Gaps = append(l.Gaps, g)
	}
	for _, d := range v.Differences {
		l := owner(d.Case)
		l.Differs++
		l.Differences = append(l.Differences, difference{d.String(), d.Parts(), p.repeat(d.Case, out)})
	}
	for _, service := range slices.Sorted(maps.Keys(of)) {
		l := of[service]
		l.Cases = l.Same + l.Differs + l.NotExercised
		lines = append(lines, *l)
	}
	return lines
}

// repeat is the command that shows a difference again.
func (p *proof) repeat(c verify.Case, out string) string {
	return strings.Join([]string{
		"go run ./cmd/coldcut verify", p.installed.dir, out, "--python", p.python.Language(),
		"--seed", fmt.Sprint(p.seed), "--only-case", "'" + c.String() + "'",
	}, " ")
}
