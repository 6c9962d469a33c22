package scan

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/artifact"
)

// opaqueFile is no Python source and may hold Python code that the scan cannot
// read. What it uses cannot be told if it mentions boto: then why says so.
type opaqueFile struct {
	tree              *artifact.Artifact
	entry             artifact.File
	name, origin, why string
}

// marks are the words that code which uses AWS through boto must hold somewhere.
var marks = [][]byte{[]byte("boto3"), []byte("botocore")}

// judge looks into the file. Extension modules are the largest files there are.
func (o *opaqueFile) judge() (err error) {
	switch path.Ext(o.entry.Path) {
	case ".so", ".pyd":
		o.why, err = compiled(o.tree, o.entry, "the extension module mentions boto3 and cannot be read")
	case ".pyc":
		if !hasSource(o.tree, o.entry.Path) {
			o.why, err = compiled(o.tree, o.entry, "the bytecode has no source beside it, mentions boto3 and cannot be read")
		}
	case ".zip", ".egg", ".whl", ".pyz", ".pex":
		o.why, err = archived(o.tree, o.entry)
	}
	if err != nil {
		return fmt.Errorf("scan: %w", err)
	}
	return nil
}

// hasSource reports whether the source of a bytecode file is there too.
func hasSource(a *artifact.Artifact, pyc string) bool {
	dir, base := path.Split(pyc)
	name, _, _ := strings.Cut(base, ".")
	if path.Base(dir) == "__pycache__" {
		dir = path.Dir(path.Clean(dir))
	}
	_, ok := a.Lookup(path.Join(dir, name+".py"))
	return ok
}

func compiled(a *artifact.Artifact, e artifact.File, why string) (string, error) {
	r, err := a.Reader(e.Path)
	if err != nil {
		return "", err
	}
	defer r.Close()
	found, err := mentionsBoto(r)
	if err != nil || !found {
		return "", err
	}
	return why, nil
}

// mentionsBoto searches a stream in pieces that overlap by the longest mark.
func mentionsBoto(r io.Reader) (bool, error) {
	const overlap = len("botocore") - 1
	buf := make([]byte, 64<<10)
	kept := 0
	for {
		n, err := io.ReadFull(r, buf[kept:])
		piece := buf[:kept+n]
		for _, m := range marks {
			if bytes.Contains(piece, m) {
				return true, nil
			}
		}
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			return false, nil
		case err != nil:
			return false, err
		}
		kept = copy(buf, piece[len(piece)-overlap:])
	}
}

// LockName is the name of the file that a cut leaves in a package, see package plan.
const LockName = "coldcut.lock"

// HoldsLock reports whether an archive has such a file.
func HoldsLock(z *zip.Reader) bool {
	return slices.ContainsFunc(z.File, func(f *zip.File) bool { return path.Base(f.Name) == LockName })
}

// archived looks into an archive that Python could import from.
func archived(a *artifact.Artifact, e artifact.File) (string, error) {
	data, err := a.ReadFile(e.Path)
	if err != nil {
		return "", err
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return "", nil // not an archive after all: Python cannot import from it either
	}
	what := "unpack the archive so that it can be scanned"
	if HoldsLock(z) {
		what = "coldcut wrote the archive: it belongs outside of the package"
	}
	for _, f := range z.File {
		if ext := path.Ext(f.Name); ext != ".py" && ext != ".pyc" {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return "", fmt.Errorf("%s: %s: %w", e.Path, f.Name, err)
		}
		found, err := mentionsBoto(r)
		r.Close()
		if err != nil {
			return "", fmt.Errorf("%s: %s: %w", e.Path, f.Name, err)
		}
		if found {
			return f.Name + " in the archive mentions boto3; " + what, nil
		}
	}
	return "", nil
}
