package shake

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/plan"
)

// Wheel gives a wheel that was cut a version of its own, a local one (PEP 440) made of
// what is in it, so that it satisfies whoever wants the release and is not taken for it.
// The lock goes to the metadata: beside the packages it would stand in the way of that
// of another wheel. RECORD lists it, as installers require of every file.
func Wheel(a *artifact.Artifact, w artifact.Wheel) (*artifact.Artifact, artifact.Wheel, error) {
	old := w.DistInfo()
	content, err := contentOf(a, old)
	if err != nil {
		return nil, w, err
	}
	w = w.WithLocal("coldcut." + content)
	in := func(name string) string { return path.Join(w.DistInfo(), name) }
	edits, moved := artifact.Edits{}, map[string]string{}
	for _, f := range a.Under(old) {
		if f.Mode.IsDir() {
			continue
		}
		moved[f.Path] = in(strings.TrimPrefix(f.Path, old+"/"))
		edits[f.Path] = nil
		if edits[moved[f.Path]], err = a.ReadFile(f.Path); err != nil {
			return nil, w, err
		}
	}
	edits[plan.LockName] = nil
	if edits[in(plan.LockName)], err = a.ReadFile(plan.LockName); err != nil {
		return nil, w, err
	}
	if edits[in("METADATA")], err = artifact.SetVersion(edits[in("METADATA")], w.Version); err != nil {
		return nil, w, fmt.Errorf("%s: %w", old, err)
	}
	if edits[in("RECORD")], err = recordOf(edits, moved, in); err != nil {
		return nil, w, fmt.Errorf("%s: %w", old, err)
	}
	return a.With(edits), w, nil
}

// recordOf is RECORD under its new name: the metadata has moved, its version is another
// one, and the lock has come to it.
func recordOf(edits artifact.Edits, moved map[string]string, in func(string) string) ([]byte, error) {
	changed := map[string][]byte{}
	for _, name := range []string{"METADATA", plan.LockName} {
		changed[in(name)] = edits[in(name)]
	}
	record, err := artifact.RewriteRecord(edits[in("RECORD")], "", nil, moved, changed)
	if err != nil {
		return nil, err
	}
	beside := map[string][]string{in("METADATA"): {in(plan.LockName)}}
	return artifact.AddToRecord(record, "", beside, func(string) []byte { return changed[in(plan.LockName)] })
}

// contentOf is a short hash of all files but those that tell the version.
func contentOf(a *artifact.Artifact, distInfo string) (string, error) {
	sum := sha256.New()
	for _, f := range a.Files() {
		name, inside := strings.CutPrefix(f.Path, distInfo+"/")
		if f.Mode.IsDir() || inside && slices.Contains([]string{"METADATA", "RECORD", plan.LockName}, name) || f.Path == plan.LockName {
			continue
		}
		data, err := a.ReadFile(f.Path)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%s %x\n", cmp.Or(name, f.Path), sha256.Sum256(data))
	}
	return hex.EncodeToString(sum.Sum(nil))[:12], nil
}
