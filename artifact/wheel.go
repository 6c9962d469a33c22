package artifact

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// Wheel is what the file name of a wheel tells.
//
// Source: https://packaging.python.org/specifications/binary-distribution-format/
type Wheel struct {
	Distribution string
	Version      string
	// Rest is the build number, if any, and the tags: "py3-none-any".
	Rest string
}

// ParseWheel reads the name of a wheel, without its folder.
func ParseWheel(name string) (Wheel, error) {
	stem, ok := strings.CutSuffix(name, ".whl")
	parts := strings.Split(stem, "-")
	if !ok || len(parts) != 5 && len(parts) != 6 {
		return Wheel{}, fmt.Errorf("%s is no name of a wheel, which is NAME-VERSION-PYTHON-ABI-PLATFORM.whl", name)
	}
	return Wheel{parts[0], parts[1], strings.Join(parts[2:], "-")}, nil
}

// Name is the wheel's file name.
func (w Wheel) Name() string { return w.Distribution + "-" + w.Version + "-" + w.Rest + ".whl" }

// DistInfo is the folder of the wheel's metadata.
func (w Wheel) DistInfo() string { return w.Distribution + "-" + w.Version + ".dist-info" }

// WithLocal returns the wheel with a local version (PEP 440) in place of any it had.
func (w Wheel) WithLocal(local string) Wheel {
	public, _, _ := strings.Cut(w.Version, "+")
	w.Version = public + "+" + local
	return w
}

var versionHeader = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^Version:[^\r\n]*`) })

// SetVersion writes another version into METADATA. What follows the headers, which may
// hold anything, stays.
func SetVersion(metadata []byte, version string) ([]byte, error) {
	at := versionHeader().FindIndex(metadata)
	if at == nil {
		return nil, fmt.Errorf("METADATA has no Version")
	}
	out := append([]byte{}, metadata[:at[0]]...)
	out = append(out, "Version: "+version...)
	return append(out, metadata[at[1]:]...), nil
}
