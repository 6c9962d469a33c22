package shake

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/plan"
)

// models cuts inside the models: what the plan names it rewrites. The models are
// independent of each other and large, so they are rewritten in parallel.
func models(ctx context.Context, c *cut) error {
	if err := drop(ctx, c); err != nil {
		return err
	}
	installed, err := boto.Find(c.fat)
	if err != nil {
		return err
	}
	var todo []func() ([]boto.Rewritten, error)
	for _, item := range c.plan.Rewritten(c.pass) {
		for _, file := range item.Paths {
			in := owner(installed, file)
			if in == nil {
				return fmt.Errorf("%s: %s is not in %s", item.Name, file, c.fat.Path())
			}
			todo = append(todo, func() ([]boto.Rewritten, error) { return c.rewritten(in, item, file) })
		}
	}
	done := make([][]boto.Rewritten, len(todo))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, rewrite := range todo {
		g.Go(func() (err error) {
			if err = ctx.Err(); err == nil {
				done[i], err = rewrite()
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return c.replace(slices.Concat(done...))
}

// owner is the botocore that the path lies in.
func owner(installed []*boto.Installation, path string) *boto.Installation {
	for _, in := range installed {
		if strings.HasPrefix(path, in.DataDir()+"/") {
			return in
		}
	}
	return nil
}

// rewritten is what changes in a service's model folder, or of the endpoints.
func (c *cut) rewritten(in *boto.Installation, item plan.Item, path string) ([]boto.Rewritten, error) {
	if item.Kind == plan.Model {
		return in.Trim(item.Name, path, boto.Kept{
			Operations: c.plan.Services[item.Name], ClientsOnly: slices.Contains(c.plan.ClientsOnly, item.Name),
		})
	}
	endpoints, err := in.TrimEndpoints(slices.Sorted(maps.Keys(c.plan.Services)))
	if err != nil || endpoints == nil {
		return nil, err
	}
	return []boto.Rewritten{*endpoints}, nil
}

func (c *cut) replace(all []boto.Rewritten) error {
	for _, r := range all {
		if r.From != r.Path {
			c.move(r.From, r.Path, r.Data)
		} else if err := c.write(r.Path, r.Data); err != nil {
			return err
		}
	}
	return nil
}
