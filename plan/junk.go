package plan

import (
	"bytes"
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/boto"
)

// junk decides the files that no running function reads.
func (p *planner) junk() error {
	owners, err := p.pkg.Owners()
	if err != nil {
		return err
	}
	for _, in := range p.installed {
		p.drop("examples", "only the documentation builder reads them", in.Root, p.examples(in))
		p.drop("boto3-examples", "documentation", in.Root, p.below(in, "boto3/examples"))
		p.drop("tests", "tests of the boto3 family", in.Root, p.tests(in))
		if p.uses.Docutils {
			p.drop("docutils", "only botocore's documentation builder imports it", in.Root, p.docutils(in))
		}
	}
	if err := p.scripts(owners); err != nil {
		return err
	}
	if p.pkg.Form() != artifact.ContainerImage { // it lies in layers that nothing else concerns
		p.bytecode()
	}
	return nil
}

// drop decides a group of files, if there are any. With several copies of boto
// in the package the group carries the folder's name.
func (p *planner) drop(group, why, root string, paths []string) {
	if len(paths) == 0 {
		return
	}
	if root != "" {
		group = root + "/" + group
	}
	p.decide(Decision{
		Item:   Item{Kind: Files, Name: group, Paths: paths},
		Action: Drop, Pass: JunkPass, Rule: "junk", Why: why,
	})
}

// examples are botocore's request examples (read by botocore/docs/service.py alone).
func (p *planner) examples(in *boto.Installation) []string {
	var out []string
	for _, f := range p.pkg.Under(in.DataDir()) {
		if base := path.Base(f.Path); base == "examples-1.json" || base == "examples-1.json.gz" {
			out = append(out, f.Path)
		}
	}
	return out
}

// below is a folder of the installation, if it is there.
func (p *planner) below(in *boto.Installation, dir string) []string {
	dir = path.Join(in.Root, dir)
	if len(p.pkg.Under(dir)) == 0 {
		return nil
	}
	return []string{dir}
}

// family are the packages whose tests no function runs.
var family = []string{"boto3", "botocore", "s3transfer", "jmespath", "aioboto3", "aiobotocore"}

// tests are test folders inside the boto3 family. Data folders are left out: a
// service could have such a name.
func (p *planner) tests(in *boto.Installation) []string {
	var out []string
	for _, name := range family {
		top := path.Join(in.Root, name)
		for _, f := range p.pkg.Under(top) {
			rest := strings.TrimPrefix(f.Path, top+"/")
			if strings.HasPrefix(rest, "data/") {
				continue
			}
			parts := strings.Split(rest, "/")
			for i, part := range parts[:len(parts)-1] {
				if part == "tests" || part == "test" {
					out = append(out, path.Join(top, path.Join(parts[:i+1]...)))
					break
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// docutils is the package beside old botocores. Its dist-info stays: botocore's
// metadata requires it, and pip check reads that.
func (p *planner) docutils(in *boto.Installation) []string { return p.below(in, "docutils") }

// scripts are the console scripts that pip put into bin/, where a RECORD proves
// that pip did and nothing in the package names them.
func (p *planner) scripts(owners map[string]string) error {
	var found []string
	for _, f := range p.pkg.Files() {
		dir := path.Dir(f.Path)
		if owners[f.Path] != "" && (dir == "bin" || dir == "python/bin") && f.Mode.IsRegular() {
			found = append(found, f.Path)
		}
	}
	named, err := p.namedInOwnFiles(found, owners)
	if err != nil {
		return err
	}
	byDir := map[string][]string{}
	for _, f := range found {
		if !named[f] {
			dir := path.Dir(f)
			byDir[dir] = append(byDir[dir], f)
			byDir[dir] = append(byDir[dir], p.bytecodeOf(f)...)
		}
	}
	for _, dir := range []string{"bin", "python/bin"} {
		p.drop("bin", "console scripts that pip installed; nothing in the package names them", strings.TrimPrefix(path.Dir(dir), "."), byDir[dir])
	}
	return nil
}

// largestText bounds the files of the function's own that are searched for a script's name.
const largestText = 1 << 20

// namedInOwnFiles returns the scripts whose names stand in a file that pip did
// not install: a start script, a Procfile, a configuration.
func (p *planner) namedInOwnFiles(scripts []string, owners map[string]string) (map[string]bool, error) {
	named := map[string]bool{}
	if len(scripts) == 0 {
		return named, nil
	}
	for _, f := range p.pkg.Files() {
		if !f.Mode.IsRegular() || f.Size > largestText || p.installedByPip(f.Path, owners) {
			continue
		}
		data, err := p.pkg.ReadFile(f.Path)
		if err != nil {
			return nil, err
		}
		for _, s := range scripts {
			name := strings.TrimSuffix(path.Base(s), ".py")
			if bytes.Contains(data, []byte(name)) {
				named[s] = true
			}
		}
	}
	return named, nil
}

func (p *planner) installedByPip(name string, owners map[string]string) bool {
	return owners[name] != "" || strings.Contains(name, ".dist-info/") || strings.Contains(name, "__pycache__/") || path.Base(name) == LockName
}

// bytecodeOf lists the compiled forms of a source file.
func (p *planner) bytecodeOf(source string) []string {
	dir, base := path.Split(source)
	stem := strings.TrimSuffix(base, ".py") + "."
	var out []string
	for _, f := range p.pkg.Under(path.Join(dir, "__pycache__")) {
		if strings.HasPrefix(path.Base(f.Path), stem) {
			out = append(out, f.Path)
		}
	}
	return out
}

var (
	// compiledFor matches the tag of bytecode (PEP 3147).
	compiledFor = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\.cpython-(\d)(\d+)(?:\.opt-\d)?\.pyc$`) })
	// builtFor matches the tag of an extension module.
	builtFor = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`\.cpython-(\d)(\d+)[^/]*\.so$|\.cp(\d)(\d+)-[^/]*\.pyd$`)
	})
	// layerFor matches the folder of a layer, or of a virtual environment.
	layerFor = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?:^|/)lib/python(\d)\.(\d+)/site-packages/`) })
)

// bytecode drops what other versions of Python than the target's compiled. Where
// the target is not known by evidence, all of it stays.
func (p *planner) bytecode() {
	targets, why := p.targets()
	byVersion := map[string][]string{}
	for _, f := range p.pkg.Files() {
		if m := compiledFor().FindStringSubmatch(f.Path); m != nil {
			version := m[1] + "." + m[2]
			byVersion[version] = append(byVersion[version], f.Path)
		}
	}
	if len(targets) == 0 {
		if len(byVersion) > 1 {
			p.plan.Warnings = append(p.plan.Warnings, "the package holds bytecode of several versions of Python; all of it stays, since nothing says which one runs it: give --python X.Y")
		}
		return
	}
	for version, files := range byVersion {
		if !slices.Contains(targets, version) {
			p.drop("bytecode-"+version, fmt.Sprintf("bytecode of Python %s; the target is %s (%s)", version, strings.Join(targets, ", "), why), "", files)
		}
	}
}

// targets finds the Pythons that run the package: as declared, or as it is built.
func (p *planner) targets() (versions []string, why string) {
	if len(p.opts.Pythons) > 0 {
		return p.opts.Pythons, cmp.Or(p.opts.PythonsFrom, "as declared")
	}
	return p.built()
}

// built finds the Python that the package was built for, by a layer's folder or by
// extension modules. Evidence that disagrees is none.
func (p *planner) built() (versions []string, evidence string) {
	found := map[string]string{}
	for _, f := range p.pkg.Files() {
		if m := layerFor().FindStringSubmatch(f.Path); m != nil {
			found[m[1]+"."+m[2]] = path.Dir(m[0])
		}
		if m := builtFor().FindStringSubmatch(f.Path); m != nil {
			found[m[1]+m[3]+"."+m[2]+m[4]] = f.Path
		}
	}
	return only(found)
}

// only is the one version that there is evidence of, and the evidence.
func only(found map[string]string) (versions []string, evidence string) {
	if len(found) != 1 {
		return nil, ""
	}
	for v, evidence := range found {
		return []string{v}, evidence
	}
	return nil, ""
}
