package verify

import (
	"bytes"
	"path"
	"strings"

	"github.com/coldcut/coldcut/artifact"
)

// unchanged finds the services of which both packages hold the same files, byte for
// byte, if they also hold the same of everything else. Other services may be gone:
// botocore reads a service's models from its own folders alone
// (botocore/loaders.py, Loader.load_service_model).
func unchanged(fat, slim *artifact.Artifact, root string) (map[string]bool, error) {
	services := map[string]bool{}
	for _, f := range fat.Files() {
		if f.Mode.IsDir() {
			continue
		}
		if name := serviceOf(f.Path, root); name != "" {
			if _, known := services[name]; !known {
				services[name] = true
			}
		}
		same, err := sameFile(fat, slim, f)
		if err != nil {
			return nil, err
		}
		if !same && !mayDiffer(services, f.Path, root) {
			return nil, nil
		}
	}
	for _, f := range slim.Files() {
		if f.Mode.IsDir() {
			continue
		}
		if _, both := fat.Lookup(f.Path); !both && !mayDiffer(services, f.Path, root) {
			return nil, nil
		}
	}
	return services, nil
}

// mayDiffer takes down that a file is not the same. It returns false if that may
// concern every service.
func mayDiffer(services map[string]bool, file, root string) bool {
	if name := serviceOf(file, root); name != "" {
		services[name] = false
		return true
	}
	// Neither is read by botocore.
	return path.Base(file) == "coldcut.lock" || strings.HasSuffix(file, ".dist-info/RECORD")
}

// serviceOf is the service whose folder, in botocore's or in boto3's data, holds the file.
func serviceOf(file, root string) string {
	for _, module := range []string{"botocore", "boto3"} {
		if rest, in := strings.CutPrefix(file, path.Join(root, module, "data")+"/"); in {
			if name, _, below := strings.Cut(rest, "/"); below {
				return name
			}
		}
	}
	return ""
}

func sameFile(fat, slim *artifact.Artifact, f artifact.File) (bool, error) {
	g, both := slim.Lookup(f.Path)
	if !both || f.Mode.Type() != g.Mode.Type() || f.Size != g.Size {
		return false, nil
	}
	if !f.Mode.IsRegular() {
		return false, nil // a link: whatever it leads to counts too
	}
	a, err := fat.ReadFile(f.Path)
	if err != nil {
		return false, err
	}
	b, err := slim.ReadFile(f.Path)
	return bytes.Equal(a, b), err
}
