package shake

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/pyc"
	"github.com/coldcut/coldcut/internal/pyrun"
)

// Bytecode is what became of the package's bytecode: by the pass of that name, and, where
// it is left out, by what keeps valid that the package came with.
type Bytecode struct {
	// LeftOut says that the pass did not run. Then Lost are the sources that came with
	// bytecode which lasts no more, since other passes changed them, each with the pass.
	LeftOut bool   `json:"left_out,omitempty"`
	Lost    []Lost `json:"lost,omitempty"`
	// Pythons are those that the package is for; From says who named them, and Evidence
	// that it was something in the package.
	Pythons  []Compiled `json:"pythons"`
	From     string     `json:"from,omitempty"`
	Evidence bool       `json:"evidence,omitempty"`
	// Sources counts what can be imported, and Bare what of it has no bytecode that
	// lasts, so that Python compiles it at every cold start.
	Sources int `json:"sources"`
	Bare    int `json:"bare"`
	// Lasting counts bytecode of the package's own that was checked by time, was fresh,
	// and lasts now. Stale counts what is still checked so: it was not seen to be fresh.
	Lasting int `json:"lasting"`
	Stale   int `json:"stale"`
	// Failed are the sources that do not compile.
	Failed []Uncompiled `json:"failed,omitempty"`
	// ByHash says that the bytecode is checked by the hash of its source.
	ByHash bool `json:"by_hash,omitempty"`
	// Stripped counts the sources that bytecode replaced, and Readers are those that
	// were to be, and stay since they are read.
	Stripped int      `json:"stripped,omitempty"`
	Readers  []Reader `json:"readers,omitempty"`
}

// Lost is a source whose bytecode went since a pass changed it.
type Lost struct {
	Path string `json:"path"`
	Pass string `json:"pass"`
}

// Compiled is what one Python compiled.
type Compiled struct {
	Python string `json:"python"` // "3.13"
	// Version is the interpreter's: "3.13.0"; empty where none compiled, for the reason
	// Missing.
	Version string `json:"version,omitempty"`
	Missing string `json:"missing,omitempty"`
	Files   int    `json:"files"`
	Bytes   int64  `json:"bytes"`
}

// Uncompiled is a source that one Python does not compile: a template, or code of
// another Python.
type Uncompiled struct {
	Path   string `json:"path"`
	Python string `json:"python"`
	Reason string `json:"reason"`
}

// bytecode compiles what can be imported, where the interpreter is known and there, and
// makes the bytecode last that is fresh in the fat package.
func bytecode(ctx context.Context, c *cut) error {
	b := c.plan.Bytecode
	if b == nil {
		return nil
	}
	c.bytecode = &Bytecode{Pythons: []Compiled{}, From: b.From, Evidence: b.Evidence, ByHash: c.plan.InPlace}
	view := c.fat.With(c.edits)
	sources := importable(view)
	c.bytecode.Sources = len(sources)
	for i, language := range b.Pythons {
		done, err := c.compileFor(ctx, language, view, sources, i)
		if err != nil {
			return err
		}
		c.bytecode.Pythons = append(c.bytecode.Pythons, done)
	}
	c.dropOrphans()
	if !c.timesKept() {
		if err := c.makeLast(); err != nil {
			return err
		}
	}
	return c.countBare(sources)
}

// dropOrphans takes away the bytecode of sources that a pass took away: in __pycache__
// it counts only beside its source.
func (c *cut) dropOrphans() {
	for _, f := range c.fat.Files() {
		if source, _ := pyc.Source(f.Path); source != "" && c.removed(source) {
			c.remove(f.Path)
		}
	}
}

// importable lists the sources that can be imported: no name below the root, and no
// folder, may have a dot in it. Roots are the package's own, and each site-packages.
func importable(view *artifact.Artifact) []string {
	var all []string
	for _, f := range view.Files() {
		stem, ok := strings.CutSuffix(f.Path, ".py")
		if !ok || f.Mode.IsDir() {
			continue
		}
		for _, root := range []string{"site-packages/", "dist-packages/"} {
			if i := strings.LastIndex("/"+stem, "/"+root); i >= 0 {
				stem = stem[i+len(root):]
			}
		}
		if !strings.Contains(stem, ".") && !strings.Contains("/"+f.Path, "/__pycache__/") {
			all = append(all, f.Path)
		}
	}
	return all
}

// compileFor compiles the sources for a version, if its interpreter is here.
func (c *cut) compileFor(ctx context.Context, language string, view *artifact.Artifact, sources []string, turn int) (done Compiled, err error) {
	done.Python = language
	if _, known := pyc.Magic(language); !known {
		done.Missing = "its bytecode is not known"
		if language == "3.6" {
			done.Missing = "before 3.7 all bytecode is checked by the times of its sources, which are not kept"
		}
		return done, nil
	}
	python, err := pyrun.Find(ctx, language)
	if err != nil {
		done.Missing = err.Error()
		return done, ctx.Err()
	}
	dir, err := os.MkdirTemp("", "coldcut-bytecode-")
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	k, err := c.inPython(python, dir)
	if err != nil {
		return done, err
	}
	todo, err := c.lacking(sources, language)
	if err != nil {
		return done, err
	}
	k.read, k.name = view.ReadFile, deployed(c.fat, sources)
	k.done = c.counted(turn*len(sources), len(c.plan.Bytecode.Pythons)*len(sources))
	all, err := k.all(ctx, todo)
	var foreign *foreignError
	if errors.As(err, &foreign) {
		done.Missing = foreign.Error()
		return done, nil
	}
	if err != nil {
		return done, err
	}
	done.Version = python.Version
	return done, c.keepCompiled(view, language, all, &done)
}

// counted tells of one source after another.
func (c *cut) counted(done, total int) func() {
	if c.opts.Progress == nil {
		return func() {}
	}
	return func() {
		done++
		c.opts.Progress(done, total)
	}
}

// deployed names a source as it is called in Lambda, below /var/task or, in a layer,
// /opt: it is what tracebacks of bytecode without its source show. With its source,
// Python puts the true name in its place as it imports the module (_fix_co_filename in
// importlib), which is no work where it is the same.
func deployed(pkg *artifact.Artifact, sources []string) func(string) string {
	root := "/opt/"
	if pkg.Form() == artifact.ContainerImage {
		root = "/" // paths are those of the image
	} else if slices.ContainsFunc(sources, func(s string) bool { return !strings.HasPrefix(s, "python/") }) {
		root = "/var/task/"
	}
	return func(source string) string { return root + source }
}

// lacking are the sources to compile: all, but in a folder that keeps its times only
// those without bytecode that is valid there.
func (c *cut) lacking(sources []string, language string) ([]string, error) {
	if !c.timesKept() {
		return sources, nil
	}
	var all []string
	for _, source := range c.inTouchedLayers(sources) {
		valid, err := c.validIn(c.fat, source, cached(source, language))
		if err != nil {
			return nil, err
		}
		if _, changed := c.edits[source]; changed || !valid {
			all = append(all, source)
		}
	}
	return all, nil
}

// cached is where Python looks for the bytecode of a source (PEP 3147).
func cached(source, language string) string {
	dir, base := path.Split(source)
	return dir + "__pycache__/" + strings.TrimSuffix(base, "py") + tagOf(language) + ".pyc"
}

// validIn reports whether Python takes the bytecode of a source in a package: by hash,
// unchecked, or, where files keep the times that they have there, by time.
func (c *cut) validIn(pkg *artifact.Artifact, source, compiled string) (bool, error) {
	f, ok, err := decode(pkg, compiled)
	if err != nil || !ok {
		return false, err
	}
	switch f.Check {
	case pyc.ByTime:
		return fresh(pkg, source, f), nil
	case pyc.ByHash:
		text, err := pkg.ReadFile(source)
		return err == nil && pyc.Hash(f.Magic, text) == f.Hash, err
	}
	return true, nil
}

// decode reads bytecode of the version that its name tells.
func decode(pkg *artifact.Artifact, name string) (f pyc.File, ok bool, err error) {
	if at, there := pkg.Lookup(name); !there || !at.Mode.IsRegular() {
		return f, false, nil
	}
	_, language := pyc.Source(name)
	magic, known := pyc.Magic(language)
	if !known {
		return f, false, nil
	}
	data, err := pkg.ReadFile(name)
	if err != nil {
		return f, false, err
	}
	f, ok = pyc.Decode(data)
	return f, ok && f.Magic == magic, nil
}

// fresh reports whether the source has the size and the time that its bytecode has
// taken down.
func fresh(pkg *artifact.Artifact, source string, f pyc.File) bool {
	s, ok := pkg.Lookup(source)
	return ok && uint32(s.Size) == f.Size && slices.ContainsFunc(pkg.Times(source), func(t int64) bool { return uint32(t) == f.Time })
}

// keepCompiled adds what was compiled to the package.
func (c *cut) keepCompiled(view *artifact.Artifact, language string, all []compiled, done *Compiled) error {
	magic, _ := pyc.Magic(language)
	check := pyc.Unchecked
	if c.plan.InPlace {
		check = pyc.ByHash
	}
	stay := func(string) bool { return true }
	if c.plan.Bytecode.StripSource {
		readers, err := c.readers(view)
		if err != nil {
			return err
		}
		stay = readers
	}
	for _, one := range all {
		if one.code == nil {
			c.bytecode.Failed = append(c.bytecode.Failed, Uncompiled{one.path, language, one.reason})
			continue
		}
		data := pyc.Encode(magic, check, one.hash, one.code)
		done.Files++
		done.Bytes += int64(len(data))
		if !stay(one.path) {
			c.strip(one.path, data)
		} else if err := c.add(cached(one.path, language), one.path, data); err != nil {
			return err
		}
	}
	return nil
}

// makeLast gives bytecode that Python would take in the fat package, by time, a header
// by which it is taken unchecked, since times are not kept. What was compiled anew, or
// belongs to a source that was changed, is none of that.
func (c *cut) makeLast() error {
	for _, f := range c.fat.Files() {
		source, language := pyc.Source(f.Path)
		if _, edited := c.edits[f.Path]; edited || source == "" {
			continue
		}
		old, ok, err := decode(c.fat, f.Path)
		switch {
		case err != nil:
			return err
		case language == "3.6":
			c.bytecode.Stale++
			continue
		case !ok || old.Check != pyc.ByTime:
			continue
		}
		s, there := c.fat.Lookup(source)
		if _, changed := c.edits[source]; changed || !there || !s.Mode.IsRegular() || !fresh(c.fat, source, old) {
			c.bytecode.Stale++
			continue
		}
		text, err := c.fat.ReadFile(source)
		if err != nil {
			return err
		}
		if err := c.write(f.Path, pyc.Encode(old.Magic, pyc.Unchecked, pyc.Hash(old.Magic, text), old.Code)); err != nil {
			return err
		}
		c.bytecode.Lasting++
	}
	return nil
}

// keepValid is what every writing does where the pass bytecode is left out: the package
// loses no bytecode by losing its times, and it is known what it loses by being changed.
func (c *cut) keepValid() error {
	if c.bytecode != nil || !slices.ContainsFunc(c.fat.Files(), func(f artifact.File) bool { return path.Ext(f.Path) == ".pyc" }) {
		return nil
	}
	c.bytecode = &Bytecode{LeftOut: true, Pythons: []Compiled{}}
	if !c.timesKept() {
		if err := c.makeLast(); err != nil {
			return err
		}
	}
	return c.findLost()
}

// findLost lists the sources that Python found compiled in the fat package, and finds
// so no more.
func (c *cut) findLost() error {
	lost := map[string]bool{}
	for _, f := range c.fat.Files() {
		source, language := pyc.Source(f.Path)
		if source == "" || f.Path != cached(source, language) || c.edits[source] == nil || !c.removed(f.Path) {
			continue
		}
		valid, err := c.validIn(c.fat, source, f.Path)
		if err != nil {
			return err
		}
		if valid && !lost[source] {
			lost[source] = true
			c.bytecode.Lost = append(c.bytecode.Lost, Lost{source, c.by[source]})
		}
	}
	return nil
}

// countBare counts the sources that Python compiles at every start: in any of the
// Pythons that the package is for or, where they are not known, in all.
func (c *cut) countBare(sources []string) error {
	view := c.fat.With(c.edits)
	for _, source := range sources {
		if _, there := view.Lookup(source); !there {
			continue
		}
		bare, err := c.bare(view, source)
		if err != nil {
			return fmt.Errorf("%s: %w", source, err)
		}
		if bare {
			c.bytecode.Bare++
		}
	}
	return nil
}

func (c *cut) bare(view *artifact.Artifact, source string) (bool, error) {
	lasts := func(compiled string) (bool, error) {
		f, ok, err := decode(view, compiled)
		if err != nil || !ok || f.Check != pyc.ByTime {
			return ok, err
		}
		return c.timesKept() && fresh(view, source, f), nil
	}
	for _, language := range c.plan.Bytecode.Pythons {
		if ok, err := lasts(cached(source, language)); err != nil || !ok {
			return true, err
		}
	}
	if len(c.plan.Bytecode.Pythons) > 0 {
		return false, nil
	}
	for _, f := range view.Under(path.Join(path.Dir(source), "__pycache__")) {
		if of, language := pyc.Source(f.Path); of == source && f.Path == cached(source, language) {
			if ok, err := lasts(f.Path); err != nil || ok {
				return false, err
			}
		}
	}
	return true, nil
}
