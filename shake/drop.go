package shake

import (
	"context"
	"fmt"
)

// drop removes the files of everything that the plan drops in this pass.
func drop(_ context.Context, c *cut) error {
	for _, item := range c.plan.Dropped(c.pass) {
		for _, path := range item.Paths {
			if err := c.removeAll(path); err != nil {
				return fmt.Errorf("%s: %w", item.Name, err)
			}
		}
	}
	return nil
}

// removeAll removes a file, or everything below a folder. A path that is not
// there means that the plan was made for another package.
func (c *cut) removeAll(path string) error {
	below := c.fat.Under(path)
	for _, f := range below {
		c.remove(f.Path)
	}
	_, isFile := c.fat.Lookup(path)
	if isFile {
		c.remove(path)
	}
	if !isFile && len(below) == 0 {
		return fmt.Errorf("%s is not in %s", path, c.fat.Path())
	}
	return nil
}
