package shake

import "github.com/coldcut/coldcut/artifact"

// timesKept reports whether files keep their times where the package is used, in place or
// in the layers of an image, so that bytecode which is checked by them stays valid.
func (c *cut) timesKept() bool { return c.plan.InPlace || c.fat.Form() == artifact.ContainerImage }

// inTouchedLayers are the sources of an image that lie in layers which other passes
// change anyway: bytecode alone is no reason to give a layer another digest, which
// whoever has the layer would have to fetch anew. Of other packages they are all.
func (c *cut) inTouchedLayers(sources []string) []string {
	touched := map[int]bool{}
	for path := range c.edits {
		if layer, ok := c.fat.LayerOf(path); ok {
			touched[layer] = true
		}
	}
	var all []string
	for _, source := range sources {
		if layer, ok := c.fat.LayerOf(source); !ok || touched[layer] {
			all = append(all, source)
		}
	}
	return all
}
