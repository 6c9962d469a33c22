package bench

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/coldcut/coldcut/artifact"
)

// Package is what an arm deploys.
type Package struct {
	// Zip is the archive as it is uploaded.
	Zip      []byte `json:"-"`
	Path     string `json:"path"`
	Files    int    `json:"files"`
	Bytes    int64  `json:"bytes"`
	ZipBytes int64  `json:"zip_bytes"`
	// SHA256 is that of the archive in base64, as Lambda gives it.
	SHA256   string      `json:"sha256"`
	Bytecode BytecodeSum `json:"bytecode"`
	Groups   []Group     `json:"groups"`
}

// Group is where bytes of a package are.
type Group struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
}

// BytecodeState sums a package's bytecode up in a word.
type BytecodeState string

// The states. Python compiles what has no bytecode at every cold start, since it
// cannot keep the result in Lambda's read-only folder.
const (
	AllCompiled  BytecodeState = "all"
	SomeCompiled BytecodeState = "some"
	NoneCompiled BytecodeState = "none"
	Unknown      BytecodeState = "unknown"
)

// BytecodeSum counts a package's sources by what the runtime's Python finds beside
// them.
type BytecodeSum struct {
	Python  string `json:"python"`
	Sources int    `json:"sources"`
	// Usable have bytecode that this Python takes, whether by hash or by time.
	Usable int `json:"usable"`
	// Stale have bytecode that records another time or size than the source has in
	// the archive; Python compiles these anew.
	Stale int `json:"stale"`
}

// State is the sum in a word.
func (b BytecodeSum) State() BytecodeState {
	switch {
	case b.Sources == 0:
		return Unknown
	case b.Usable == b.Sources:
		return AllCompiled
	case b.Usable == 0:
		return NoneCompiled
	}
	return SomeCompiled
}

// String is like "700 of 720 sources (20 stale)".
func (b BytecodeSum) String() string {
	s := fmt.Sprintf("%d of %d sources", b.Usable, b.Sources)
	if b.Stale > 0 {
		s += fmt.Sprintf(" (%d stale)", b.Stale)
	}
	return s
}

// Load packs what an arm deploys: a zip is deployed as it is, byte for byte, and a
// folder is zipped with the times that its files have, so that bytecode that is valid
// there stays valid. An image is deployed as a zip of what of it Python imports, the
// folders laid over one another as its path has them. The language version of the
// runtime's Python, such as "3.13", says which bytecode counts.
func Load(ctx context.Context, tree *artifact.Artifact, python string) (*Package, error) {
	data, err := archive(ctx, tree)
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	p, err := inspect(data, python)
	if err != nil {
		return nil, fmt.Errorf("bench: %s: %w", tree.Path(), err)
	}
	p.Path = filepath.Base(tree.Path())
	return p, nil
}

func archive(ctx context.Context, tree *artifact.Artifact) ([]byte, error) {
	switch tree.Form() {
	case artifact.Zip:
		return os.ReadFile(tree.Path())
	case artifact.ContainerImage:
		return pack(ctx, tree, laid(tree))
	}
	var all []placed
	for _, f := range tree.Files() {
		all = append(all, placed{f, f.Path})
	}
	return pack(ctx, tree, all)
}

// placed is a file of a package and the name that it has in the zip.
type placed struct {
	artifact.File
	name string
}

// pack packs files of a package. Not with artifact's writer, which gives all files one
// time, and so makes bytecode stale that is checked by it.
func pack(ctx context.Context, tree *artifact.Artifact, files []placed) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := zipFile(z, tree, f); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return out.Bytes(), err
}

func zipFile(z *zip.Writer, tree *artifact.Artifact, f placed) error {
	h := &zip.FileHeader{Name: f.name, Method: zip.Deflate}
	h.SetMode(f.Mode)
	if times := tree.Times(f.Path); len(times) > 0 {
		h.Modified = time.Unix(times[0], 0).UTC()
	}
	if f.Mode.IsDir() {
		h.Name, h.Method = h.Name+"/", zip.Store
		_, err := z.CreateHeader(h)
		return err
	}
	w, err := z.CreateHeader(h)
	if err != nil {
		return err
	}
	if f.Mode.Type() == fs.ModeSymlink {
		_, err = io.WriteString(w, f.Link)
		return err
	}
	r, err := tree.Reader(f.Path)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	return errors.Join(err, r.Close())
}

// inspect counts what is in an archive that was vetted.
func inspect(data []byte, python string) (*Package, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	p := &Package{Zip: data, ZipBytes: int64(len(data)), SHA256: base64.StdEncoding.EncodeToString(sum[:])}
	p.Bytecode.Python = python
	at := map[string]*zip.File{}
	groups := map[string]int64{}
	for _, f := range z.File {
		if f.Mode().IsDir() {
			continue
		}
		at[f.Name] = f
		p.Files++
		p.Bytes += int64(f.UncompressedSize64)
		groups[groupOf(f.Name)] += int64(f.UncompressedSize64)
	}
	for name, f := range at {
		if err := p.Bytecode.count(name, f, at); err != nil {
			return nil, err
		}
	}
	p.Groups = sortGroups(groups)
	return p, nil
}

func sortGroups(sums map[string]int64) []Group {
	out := []Group{}
	for name, n := range sums {
		out = append(out, Group{name, n})
	}
	slices.SortFunc(out, func(a, b Group) int {
		if a.Bytes != b.Bytes {
			return int(min(1, max(-1, b.Bytes-a.Bytes)))
		}
		return strings.Compare(a.Name, b.Name)
	})
	return out
}

// groupOf is the part of the package that a file belongs to: a service of
// botocore's data, a folder, or the files at the top.
func groupOf(name string) string {
	parts := strings.Split(strings.TrimPrefix(name, "python/"), "/")
	switch {
	case len(parts) == 1:
		return "(files)"
	case len(parts) > 3 && parts[1] == "data" && (parts[0] == "botocore" || parts[0] == "boto3"):
		return strings.Join(parts[:3], "/")
	case len(parts) > 2 && parts[1] == "data" && parts[0] == "botocore":
		return "botocore/data"
	}
	return parts[0]
}

// tag is how bytecode of a language version is called: cpython-313.
func tag(python string) string { return "cpython-" + strings.ReplaceAll(python, ".", "") }

func (b *BytecodeSum) count(name string, source *zip.File, at map[string]*zip.File) error {
	stem, ok := strings.CutSuffix(name, ".py")
	if !ok {
		return nil
	}
	b.Sources++
	compiled := at[path.Join(path.Dir(name), "__pycache__", path.Base(stem)+"."+tag(b.Python)+".pyc")]
	if compiled == nil {
		return nil
	}
	head, err := header(compiled)
	if err != nil {
		return err
	}
	if b.Python == "3.6" && len(head) >= 12 { // its header has no flags
		head = slices.Concat(head[:4], make([]byte, 4), head[4:12])
	}
	if fresh(head, source) {
		b.Usable++
	} else {
		b.Stale++
	}
	return nil
}

// pycHeader is the length of what precedes the code in bytecode of 3.7 and later.
const pycHeader = 16

func header(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	head := make([]byte, pycHeader)
	n, err := io.ReadFull(r, head)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return head[:n], err
}

// fresh reports whether Python takes bytecode with this header (PEP 552): magic,
// flags, then a hash of the source, or its time and size.
func fresh(head []byte, source *zip.File) bool {
	if len(head) < pycHeader {
		return false
	}
	if flags := binary.LittleEndian.Uint32(head[4:]); flags != 0 {
		// By hash. Whether a checked one matches is not known here; who writes
		// hashes writes them from the source at hand.
		return flags&1 != 0
	}
	return binary.LittleEndian.Uint32(head[8:]) == uint32(source.Modified.Unix()) &&
		binary.LittleEndian.Uint32(head[12:]) == uint32(source.UncompressedSize64)
}
