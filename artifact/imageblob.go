package artifact

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// What an image is made of lies in a folder or in a tarball. Both are read where they
// lie, file by file: nothing is unpacked to be looked at.

// The names that an image is told by.
const (
	layoutFile     = "oci-layout"
	indexFile      = "index.json"
	dockerManifest = "manifest.json"
)

// maxManifest bounds manifests, indexes and configurations, in bytes. Registries
// refuse manifests of more than 4 MiB.
const maxManifest = 8 << 20

// blobs reads the files that an image is made of.
type blobs interface {
	// file returns a file's content and size; an error that is fs.ErrNotExist where
	// there is none.
	file(name string) (*io.SectionReader, io.Closer, error)
	io.Closer
}

// layoutFolder is an OCI layout.
type layoutFolder struct{ root *os.Root }

func (l *layoutFolder) file(name string) (*io.SectionReader, io.Closer, error) {
	f, err := l.root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("is not a file")
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return io.NewSectionReader(f, 0, info.Size()), f, nil
}

func (l *layoutFolder) Close() error { return l.root.Close() }

// tarFile is what docker save writes, or an OCI layout in a tar archive.
type tarFile struct {
	f     *os.File
	parts map[string]part
	links map[string]string
}

type part struct{ at, size int64 }

// maxParts bounds the files in a tarball: an image has some hundred layers at most.
const maxParts = 1 << 16

// openTarball lists a tarball. Old versions of docker save write a layer that is there
// twice as a link.
func openTarball(f *os.File) (*tarFile, error) {
	t := &tarFile{f: f, parts: map[string]part{}, links: map[string]string{}}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	r := tar.NewReader(f)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return nil, fmt.Errorf("is no tar archive that can be read: %w", err)
		}
		at, err := f.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, err
		}
		name := strings.TrimPrefix(path.Clean("/"+h.Name), "/")
		switch {
		case len(t.parts)+len(t.links) >= maxParts:
			return nil, fmt.Errorf("holds more than %d files", maxParts)
		case h.Typeflag == tar.TypeReg && (h.Size < 0 || h.Size > info.Size()-at):
			return nil, fmt.Errorf("ends in the middle of %q", h.Name)
		case h.Typeflag == tar.TypeReg:
			if _, twice := t.parts[name]; twice {
				return nil, fmt.Errorf("holds %q twice", h.Name)
			}
			t.parts[name] = part{at, h.Size}
		case h.Typeflag == tar.TypeSymlink:
			t.links[name] = strings.TrimPrefix(path.Join("/", path.Dir(name), h.Linkname), "/")
		case h.Typeflag == tar.TypeLink:
			t.links[name] = strings.TrimPrefix(path.Clean("/"+h.Linkname), "/")
		}
	}
}

func (t *tarFile) file(name string) (*io.SectionReader, io.Closer, error) {
	name = path.Clean(name)
	for range maxLinks {
		if p, ok := t.parts[name]; ok {
			return io.NewSectionReader(t.f, p.at, p.size), io.NopCloser(nil), nil
		}
		to, ok := t.links[name]
		if !ok {
			break
		}
		name = to
	}
	return nil, nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

func (t *tarFile) Close() error { return t.f.Close() }

// IsImage reports whether path looks like container images: a folder with an OCI
// layout, or a tar archive.
func IsImage(path string) bool {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return false
	case info.IsDir():
		return isFile(filepath.Join(path, layoutFile)) && isFile(filepath.Join(path, indexFile))
	}
	return info.Mode().IsRegular() && isTar(path)
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// isTar tells a tar archive by the mark in its first header.
func isTar(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	var head [tarBlock]byte
	_, err = io.ReadFull(f, head[:])
	return err == nil && bytes.Equal(head[257:262], []byte("ustar"))
}

// openBlobs opens what IsImage says yes to.
func openBlobs(name string) (blobs, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("cannot open the image: %w", err)
	}
	if info.IsDir() {
		root, err := os.OpenRoot(name)
		if err != nil {
			return nil, fmt.Errorf("cannot open the image: %w", err)
		}
		return &layoutFolder{root}, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("cannot open the image: %w", err)
	}
	t, err := openTarball(f)
	if err != nil {
		_ = f.Close()
		return nil, &RefusedError{Package: name, Reason: err.Error()}
	}
	return t, nil
}

// readFile reads a small file whole.
func readSmall(b blobs, name string) ([]byte, error) {
	r, c, err := b.file(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close() }()
	if r.Size() > maxManifest {
		return nil, fmt.Errorf("is larger than %d bytes", maxManifest)
	}
	return io.ReadAll(r)
}

// errNotInImage is of a blob that something refers to.
var errNotInImage = errors.New("is not in the image")

// blobName is where a layout has the blob of a digest.
func blobName(h v1.Hash) string { return "blobs/" + h.Algorithm + "/" + h.Hex }

// readBlob reads a manifest or a configuration, and holds it to its digest.
func readBlob(b blobs, h v1.Hash, size int64) ([]byte, error) {
	if err := checkHash(h); err != nil {
		return nil, err
	}
	data, err := readSmall(b, blobName(h))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errNotInImage
	case err != nil:
		return nil, err
	case size != int64(len(data)):
		return nil, fmt.Errorf("has %d bytes and claims %d", len(data), size)
	case hashOf(data) != h:
		return nil, errors.New("is damaged: its digest does not match its content")
	}
	return data, nil
}

// checkHash refuses what could be a path elsewhere, and what is not checked here.
func checkHash(h v1.Hash) error {
	if h.Algorithm != "sha256" || len(h.Hex) != sha256.Size*2 {
		return fmt.Errorf("has the digest %q, which is not one of sha256", h)
	}
	if _, err := hex.DecodeString(h.Hex); err != nil || strings.ToLower(h.Hex) != h.Hex {
		return fmt.Errorf("has the digest %q, which is not one of sha256", h)
	}
	return nil
}

func hashOf(data []byte) v1.Hash {
	sum := sha256.Sum256(data)
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum[:])}
}
