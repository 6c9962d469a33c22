package shake

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/plan"
)

// Wheel gives a wheel that was cut a version of its own, a local one (PEP 440) made of
// what is in it, so that it satisfies whoever wants the release and is not taken for it.
// The lock goes to the metadata: beside the packages it would stand in the way of that
// of another wheel. RECORD lists every file, as installers require.
func Wheel(a *artifact.Artifact, w artifact.Wheel) (*artifact.Artifact, artifact.Wheel, error) {
	old := w.DistInfo()
	content, err := contentOf(a, old)
	if err != nil {
		return nil, w, err
	}
	w = w.WithLocal("coldcut." + content)
	edits := artifact.Edits{}
	for _, f := range a.Files() {
		to, moves := wheelPath(f.Path, old, w.DistInfo())
		if !moves || f.Mode.IsDir() {
			continue
		}
		data, err := a.ReadFile(f.Path)
		if err != nil {
			return nil, w, err
		}
		edits[f.Path] = nil
		edits[to] = data
	}
	metadata := path.Join(w.DistInfo(), "METADATA")
	if edits[metadata], err = artifact.SetVersion(edits[metadata], w.Version); err != nil {
		return nil, w, fmt.Errorf("%s: %w", old, err)
	}
	listed := path.Join(w.DistInfo(), "RECORD")
	edits[listed] = nil
	cut := a.With(edits)
	record, err := recordOf(cut, w.DistInfo())
	if err != nil {
		return nil, w, err
	}
	return cut.With(artifact.Edits{listed: record}), w, nil
}

// wheelPath is where a file of the metadata goes, and the lock with it.
func wheelPath(name, old, renamed string) (string, bool) {
	if name == plan.LockName {
		return path.Join(renamed, plan.LockName), true
	}
	rest, ok := strings.CutPrefix(name, old+"/")
	return path.Join(renamed, rest), ok
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

// recordOf writes the RECORD of a wheel anew, in the order of its files; signatures of
// RECORD itself would be wrong and are left out.
func recordOf(a *artifact.Artifact, distInfo string) ([]byte, error) {
	var b bytes.Buffer
	for _, f := range a.Files() {
		if f.Mode.IsDir() {
			continue
		}
		if f.Mode&fs.ModeSymlink != 0 {
			return nil, fmt.Errorf("%s: a wheel cannot hold links", f.Path)
		}
		data, err := a.ReadFile(f.Path)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(data)
		fmt.Fprintf(&b, "%s,sha256=%s,%d\n", quoted(f.Path), base64.RawURLEncoding.EncodeToString(sum[:]), len(data))
	}
	fmt.Fprintf(&b, "%s/RECORD,,\n", distInfo)
	return b.Bytes(), nil
}

// quoted is a field of CSV.
func quoted(name string) string {
	if strings.ContainsAny(name, ",\"\r\n") {
		return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
	}
	return name
}
