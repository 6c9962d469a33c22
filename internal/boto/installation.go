// Package boto reads botocore's inventory: which services, API versions and
// operations an installed botocore knows, and what boto3 builds on them. It
// reads what lies in the package and keeps no list of its own, for a list is
// wrong one release later; only for what a package lacks, be it botocore, boto3
// or the sources of either, does the embedded [Index] stand in.
//
// Models are not built into trees: names are picked from their text, and a model
// that is cut is a copy of its text with less in it.
package boto

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/coldcut/coldcut/artifact"
)

// Installation is one botocore in an artifact, with the boto3 beside it where
// there is one, or a boto3 alone whose botocore lies elsewhere. It is immutable
// and safe for concurrent use.
type Installation struct {
	// Root is the folder inside the artifact that Python imports from: "",
	// "python", "python/lib/python3.12/site-packages", "awscli".
	Root string
	// Botocore and Boto3 are versions. Botocore is empty if there is none;
	// a package whose version cannot be told has the version "unknown".
	Botocore, Boto3 string

	artifact  *artifact.Artifact
	models    tree // botocore/data
	resources tree // boto3/data
	aliases   map[string]string
	naming    *naming
	services  cache
}

// unknown is the version of what has neither __version__ nor dist-info.
const unknown = "unknown"

// tree holds the files of a data folder: service, then API version.
type tree map[string]map[string][]artifact.File

// Find returns every botocore in a, and every boto3 without one, sorted by
// root. A folder is a botocore if it holds both the package and its data:
// aiobotocore's or a stub's are none.
func Find(a *artifact.Artifact) ([]*Installation, error) {
	var found []*Installation
	for _, root := range roots(a) {
		in, err := open(a, root)
		if err != nil {
			return nil, err
		}
		if in.Botocore != "" || in.Boto3 != "" {
			found = append(found, in)
		}
	}
	return found, nil
}

// roots returns the folders that hold a package of one of the two names.
func roots(a *artifact.Artifact) []string {
	var all []string
	for _, f := range a.Files() {
		dir, base := path.Split(f.Path)
		if base != "__init__.py" && base != "__init__.pyc" {
			continue
		}
		dir = strings.TrimSuffix(dir, "/")
		if name := path.Base(dir); name == "botocore" || name == "boto3" {
			all = append(all, strings.TrimPrefix(path.Dir("/"+dir), "/"))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func open(a *artifact.Artifact, root string) (*Installation, error) {
	in := &Installation{Root: root, artifact: a}
	if in.has("boto3") {
		source, err := in.source("boto3/__init__.py")
		if err != nil {
			return nil, err
		}
		in.Boto3 = in.version("boto3", source)
		in.resources = list(a, in.Boto3DataDir())
	}
	if in.has("botocore") {
		in.models = list(a, in.DataDir())
	}
	if len(in.models) == 0 {
		return in, nil
	}
	return in, in.readSources()
}

// readSources takes from botocore's own sources what its data does not say.
func (in *Installation) readSources() error {
	const initializer = "botocore/__init__.py"
	source, err := in.source(initializer)
	if err != nil {
		return err
	}
	in.Botocore = in.version("botocore", source)
	if in.naming, err = readNaming(source); err != nil {
		return fmt.Errorf("%s: %w", in.path(initializer), err)
	}
	// The dictionary moved from handlers.py to utils.py with botocore 1.31.
	for _, file := range []string{"botocore/utils.py", "botocore/handlers.py"} {
		if source, err = in.source(file); err != nil {
			return err
		}
		if in.aliases, err = readAliases(source); err != nil {
			return fmt.Errorf("%s: %w", in.path(file), err)
		}
		if len(in.aliases) > 0 {
			break
		}
	}
	return nil
}

func (in *Installation) path(name string) string { return path.Join(in.Root, name) }

// has reports whether root holds the regular package called name.
func (in *Installation) has(name string) bool {
	for _, file := range []string{"__init__.py", "__init__.pyc"} {
		if _, ok := in.artifact.Lookup(in.path(name + "/" + file)); ok {
			return true
		}
	}
	return false
}

// source returns the content of a file, or nothing where it is missing: a
// package may ship bytecode alone.
func (in *Installation) source(name string) ([]byte, error) {
	if _, ok := in.artifact.Lookup(in.path(name)); !ok {
		return nil, nil
	}
	data, err := in.artifact.ReadFile(in.path(name))
	if err != nil {
		return nil, fmt.Errorf("read a source of boto: %w", err)
	}
	return data, nil
}

var versionLine = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^__version__ *= *['"]([^'"\n]+)['"]`) })

// version prefers what the package says of itself when imported.
func (in *Installation) version(name string, source []byte) string {
	if m := versionLine().FindSubmatch(source); m != nil {
		return string(m[1])
	}
	prefix := in.path(name) + "-"
	for _, f := range in.artifact.Under(in.Root) {
		rest, ok := strings.CutPrefix(f.Path, prefix)
		if !ok {
			continue
		}
		if version, file, ok := strings.Cut(rest, ".dist-info/"); ok && file == "METADATA" {
			return version
		}
	}
	return unknown
}

// list reads the layout SERVICE/VERSION/FILE below dir
// (botocore/loaders.py, "Directory Layout").
func list(a *artifact.Artifact, dir string) tree {
	t := tree{}
	for _, f := range a.Under(dir) {
		rest, ok := strings.CutPrefix(f.Path, dir+"/")
		if !ok || f.Mode.IsDir() {
			continue
		}
		parts := strings.SplitN(rest, "/", 3)
		if len(parts) < 3 {
			continue
		}
		if t[parts[0]] == nil {
			t[parts[0]] = map[string][]artifact.File{}
		}
		t[parts[0]][parts[1]] = append(t[parts[0]][parts[1]], f)
	}
	return t
}

// Source names the installation for people.
func (in *Installation) Source() string {
	name, version := "botocore", in.Botocore
	if version == "" {
		name, version = "boto3", in.Boto3
	}
	place := in.artifact.Path()
	if in.Root != "" {
		place += "/" + in.Root
	}
	return fmt.Sprintf("%s %s in %s", name, version, place)
}

// DataDir is botocore's data folder inside the artifact.
func (in *Installation) DataDir() string { return in.path("botocore/data") }

// Boto3DataDir is the folder of boto3's resource models inside the artifact.
func (in *Installation) Boto3DataDir() string { return in.path("boto3/data") }

// Aliases maps the names that botocore accepts beside its folder names to
// those (SERVICE_NAME_ALIASES, applied when a client is created). The caller
// must not change it.
func (in *Installation) Aliases() map[string]string { return in.aliases }

// Alias returns the service that botocore takes name for, if it renames it.
func (in *Installation) Alias(name string) (string, bool) {
	service, ok := in.aliases[name]
	return service, ok
}

// family are the import packages that make up boto and the wrappers that live
// inside its private interfaces: their sources are read as machinery, not as
// the user's code.
var family = []string{"aioboto3", "aiobotocore", "boto3", "botocore", "s3transfer"}

// IsFamily reports whether a distribution is of the boto family.
func IsFamily(distribution string) bool { return slices.Contains(family, distribution) }

// cutRuntime is what a cut adds beside the family for its deferred imports (package
// shake/imports): it asks for attributes by name, and for no operation.
const cutRuntime = "_coldcut_imports.py"

// Family returns which package of the boto family a file belongs to, or "".
func Family(installations []*Installation, file string) string {
	for _, in := range installations {
		rest := file
		if in.Root != "" {
			var ok bool
			if rest, ok = strings.CutPrefix(file, in.Root+"/"); !ok {
				continue
			}
		}
		if rest == cutRuntime {
			return rest
		}
		first, _, below := strings.Cut(rest, "/")
		if below && slices.Contains(family, first) {
			return first
		}
	}
	return ""
}
