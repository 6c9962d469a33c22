package boto

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/artifact"
)

// The model types by the names that botocore's loader has for them.
const (
	TypeService    = "service-2"
	TypePaginators = "paginators-1"
	TypeWaiters    = "waiters-2"
	TypeEndpoints  = "endpoint-rule-set-1"
	TypeResources  = "resources-1"
)

// Model is one API version of one service: a folder of botocore's or boto3's
// data with its files.
type Model struct {
	Service, Version string
	// Boto3 says that the folder is boto3's (resource models).
	Boto3 bool
	// Dir is the folder inside the artifact.
	Dir string
	// Files are sorted by path.
	Files []artifact.File
}

// Types returns the model types in the folder, extras counted to the type
// that they extend.
func (m *Model) Types() []string {
	var types []string
	for _, f := range m.Files {
		if path.Dir(f.Path) != m.Dir {
			continue
		}
		if t, ok := typeOf(path.Base(f.Path)); ok {
			types = append(types, t)
		}
	}
	slices.Sort(types)
	return slices.Compact(types)
}

// typeOf returns the model type of a file name: "service-2.json.gz" and
// "service-2.sdk-extras.json" are both of type service-2.
func typeOf(base string) (string, bool) {
	name, ok := strings.CutSuffix(strings.TrimSuffix(base, ".gz"), ".json")
	if !ok {
		return "", false
	}
	return strings.TrimSuffix(name, extras), true
}

// extras marks what Loader._find_extras merges into a model. "sdk" is the only
// kind that botocore has (botocore/loaders.py, Loader.BUILTIN_EXTRAS_TYPES).
const extras = ".sdk-extras"

// Services returns the services that botocore can make a client for: those with
// a service model in some version (botocore/loaders.py,
// Loader.list_available_services).
func (in *Installation) Services() []string {
	var names []string
	for name := range in.models {
		if in.Newest(name, TypeService) != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Versions returns the API versions of a service in botocore's order, oldest
// first. They compare as strings there, and here.
func (in *Installation) Versions(service string) []string {
	return slices.Sorted(maps.Keys(in.models[service]))
}

// ResourceVersions returns the API versions that boto3 has resource models for.
func (in *Installation) ResourceVersions(service string) []string {
	return slices.Sorted(maps.Keys(in.resources[service]))
}

// Newest returns the version that botocore loads if asked for none, "" if
// there is none. Each model type is looked up on its own
// (botocore/loaders.py, Loader.determine_latest_version), so the types of one
// client may come from different versions.
func (in *Installation) Newest(service, typeName string) string {
	dir, versions := in.DataDir(), in.models[service]
	if typeName == TypeResources {
		dir, versions = in.Boto3DataDir(), in.resources[service]
	}
	newest := ""
	for version := range versions {
		if version > newest && in.exists(path.Join(dir, service, version, typeName)) {
			newest = version
		}
	}
	return newest
}

// exists is JSONFileLoader.exists of botocore/loaders.py.
func (in *Installation) exists(base string) bool {
	for _, suffix := range suffixes {
		if f, ok := in.artifact.Lookup(base + suffix); ok && !f.Mode.IsDir() {
			return true
		}
	}
	return false
}

// suffixes in the order in which the loader tries them.
var suffixes = []string{".json", ".json.gz"}

// ReachableVersions returns the versions of a service that can be loaded by
// code that names no API version: the newest of every type that is there and,
// where resources may be made, what boto3's resource models ask for, since boto3
// makes the client of a resource with the very version of its model
// (boto3/session.py, Session.resource).
func (in *Installation) ReachableVersions(service string, resources bool) []string {
	var versions []string
	for _, m := range in.Models(service) {
		if m.Boto3 {
			if _, ok := in.models[service][m.Version]; ok && resources {
				versions = append(versions, m.Version)
			}
			continue
		}
		for _, t := range m.Types() {
			versions = append(versions, in.Newest(service, t))
		}
	}
	slices.Sort(versions)
	return slices.DeleteFunc(slices.Compact(versions), func(v string) bool { return v == "" })
}

// Models returns the folders of a service, botocore's first, oldest first.
func (in *Installation) Models(service string) []Model {
	var all []Model
	for _, version := range in.Versions(service) {
		all = append(all, Model{
			Service: service, Version: version,
			Dir:   path.Join(in.DataDir(), service, version),
			Files: in.models[service][version],
		})
	}
	for _, version := range in.ResourceVersions(service) {
		all = append(all, Model{
			Service: service, Version: version, Boto3: true,
			Dir:   path.Join(in.Boto3DataDir(), service, version),
			Files: in.resources[service][version],
		})
	}
	return all
}
