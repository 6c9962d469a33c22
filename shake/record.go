package shake

import (
	"context"
	"fmt"
	"path"

	"github.com/coldcut/coldcut/artifact"
)

// record makes true again what the package tells of its files: bytecode of the times of
// sources, and RECORD, so that pip and importlib.metadata find what they list. It puts
// the lock into the package.
func record(_ context.Context, c *cut) error {
	if err := c.keepValid(); err != nil {
		return err
	}
	if err := c.addLock(); err != nil {
		return err
	}
	dists, err := c.fat.Distributions()
	if err != nil {
		return err
	}
	for _, d := range dists {
		if err := c.rewriteRecord(d); err != nil {
			return err
		}
	}
	return nil
}

// addLock puts the lock into the package. In place it is botocore's, so that it goes when
// pip removes or upgrades that: it tells of no other.
func (c *cut) addLock() error {
	lock, err := c.plan.Lock().Encode()
	if err != nil {
		return err
	}
	if c.plan.InPlace {
		return c.add(c.plan.LockPath, path.Join(path.Dir(c.plan.LockPath), "botocore", "__init__.py"), lock)
	}
	return c.write(c.plan.LockPath, lock)
}

func (c *cut) rewriteRecord(d artifact.Distribution) error {
	name := path.Join(d.Dir, "RECORD")
	if _, ok := c.fat.Lookup(name); !ok || c.removed(name) {
		return nil
	}
	old, err := c.fat.ReadFile(name)
	if err != nil {
		return err
	}
	changed := map[string][]byte{}
	for p, data := range c.edits {
		if data != nil {
			changed[p] = data
		}
	}
	renewed, err := artifact.RewriteRecord(old, d.Root, c.removed, c.moved, changed)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if renewed, err = artifact.AddToRecord(renewed, d.Root, c.neighbours(), func(added string) []byte { return c.edits[added] }); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return c.write(name, renewed)
}

// neighbours are the new files by the file that each lies beside, under the name that
// this one has now.
func (c *cut) neighbours() map[string][]string {
	by := map[string][]string{}
	for added, beside := range c.beside {
		if to, ok := c.moved[beside]; ok {
			beside = to
		}
		by[beside] = append(by[beside], added)
	}
	return by
}
