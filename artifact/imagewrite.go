package artifact

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Stage writes the images with some of them cut beside out, as [Stage] does: a tarball
// that docker load takes, and that is an OCI layout too, if out ends in .tar; else a
// folder with an OCI layout. Of each image, slim has the view with its edits, nil where
// it stays as it is. Layers that no edit concerns stay the same to the byte.
//
// What is signed or attested of an image that changes goes, see [ImageSet.Attested].
func (s *ImageSet) Stage(ctx context.Context, slim []*Artifact, out string, opts WriteOptions) (*Staged, error) {
	if len(slim) != len(s.images) {
		return nil, fmt.Errorf("%d images are cut, and %s holds %d", len(slim), s.path, len(s.images))
	}
	return stage(s.path, out, opts, func(st *Staged) error {
		w := &imageWriter{ImageSet: s, ctx: ctx, opts: opts, scratch: st.berth.join("layers"), files: map[string]content{}, changed: map[*Image]*newImage{}}
		if err := os.Mkdir(w.scratch, 0o700); err != nil {
			return err
		}
		for k, i := range s.images {
			if slim[k] == nil && i.raw != nil {
				continue
			}
			if err := w.cut(i, slim[k]); err != nil {
				return err
			}
		}
		if err := w.manifests(); err != nil {
			return err
		}
		return w.write(st)
	})
}

// Attested counts the attestations and the like that [ImageSet.Stage] leaves out, where
// the images that they speak of are cut.
func (s *ImageSet) Attested() int {
	count := 0
	var visit func([]*manifestNode)
	visit = func(nodes []*manifestNode) {
		for _, n := range nodes {
			if speaksOf(n) != "" {
				count++
			}
			visit(n.children)
		}
	}
	visit(s.nodes)
	return count
}

// speaksOf is the digest of the image that a manifest attests something of.
func speaksOf(n *manifestNode) string {
	if n.image != nil {
		return ""
	}
	if d := n.desc.Annotations["vnd.docker.reference.digest"]; d != "" {
		return d
	}
	if m, err := v1.ParseManifest(bytes.NewReader(n.raw)); err == nil && m.Subject != nil {
		return m.Subject.Digest.String()
	}
	return ""
}

// content is what a file of the output is made of.
type content struct {
	data []byte
	path string // of a file of our own
	blob string // of the input
	want v1.Hash
}

// newImage is what becomes of an image.
type newImage struct {
	config   v1.Descriptor
	layers   []v1.Descriptor
	manifest v1.Descriptor
}

type imageWriter struct {
	*ImageSet
	ctx     context.Context
	opts    WriteOptions
	scratch string
	files   map[string]content
	changed map[*Image]*newImage
}

// cut rewrites the layers of an image, its configuration and its manifest.
func (w *imageWriter) cut(i *Image, slim *Artifact) error {
	n := &newImage{config: i.desc}
	w.changed[i] = n
	diffs := make([]v1.Hash, len(i.layers))
	edits := make([]*layerEdit, len(i.layers))
	if slim != nil {
		var err error
		if edits, err = i.edits(slim, w.opts.modTime()); err != nil {
			return err
		}
	}
	changed := false
	for k, l := range i.layers {
		d, diff := l.desc, l.diffID
		if edits[k] == nil || edits[k].empty() {
			w.files[blobName(d.Digest)] = content{blob: l.file, want: d.Digest}
		} else {
			var err error
			if d, diff, err = w.layer(l, edits[k]); err != nil {
				return err
			}
			changed = true
		}
		n.layers, diffs[k] = append(n.layers, d), diff
	}
	config := i.config
	if changed {
		var err error
		if config, err = withDiffIDs(i.config, diffs); err != nil {
			return w.refuse("configuration "+i.desc.Digest.String(), err.Error())
		}
	}
	n.config = w.add(config, n.config)
	manifest, err := i.manifest(n)
	if err != nil {
		return err
	}
	n.manifest = w.add(manifest, v1.Descriptor{MediaType: types.OCIManifestSchema1})
	return nil
}

// add adds a small blob, and returns the descriptor that it has now.
func (w *imageWriter) add(data []byte, d v1.Descriptor) v1.Descriptor {
	d.Digest, d.Size, d.Data = hashOf(data), int64(len(data)), nil
	w.files[blobName(d.Digest)] = content{data: data}
	return d
}

// layer writes a layer anew, compressed as it was.
func (w *imageWriter) layer(l *layer, edit *layerEdit) (d v1.Descriptor, diff v1.Hash, err error) {
	name := filepath.Join(w.scratch, strconv.Itoa(len(w.files))+"-"+strconv.Itoa(l.place))
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return d, diff, err
	}
	sum, inner, size := sha256.New(), sha256.New(), &countWriter{w: f}
	p, err := newPacker(l.packing, io.MultiWriter(size, sum))
	if err == nil {
		var budget atomic.Int64
		budget.Store(w.limit)
		err = l.rewrite(&budget, edit, io.MultiWriter(ctxWriter{w.ctx, p}, inner))
		err = errors.Join(err, p.Close())
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return d, diff, err
	}
	d = l.desc
	d.Digest, d.Size, d.Data, d.URLs = sumOf(sum), size.n, nil, nil
	d.Annotations = maps.Clone(d.Annotations)
	maps.DeleteFunc(d.Annotations, func(key, _ string) bool { return ofBytes(key) })
	w.files[blobName(d.Digest)] = content{path: name, want: d.Digest}
	return d, sumOf(inner), nil
}

// ofBytes tells annotations that describe a layer's own bytes, as formats that are read
// lazily have them: they are not true of another layer, which is read as any other then.
func ofBytes(key string) bool {
	return strings.HasPrefix(key, "containerd.io/snapshot/") || strings.HasPrefix(key, "io.github.containers.zstd-chunked.") || strings.HasPrefix(key, "io.containers.estargz.")
}

// layerLevel is docker's own level of compression.
const layerLevel = 6

type nopWriteCloser struct{ io.Writer }

func (nopWriteCloser) Close() error { return nil }

func newPacker(p packing, w io.Writer) (io.WriteCloser, error) {
	switch p {
	case gzipped:
		return gzip.NewWriterLevel(w, layerLevel)
	case zstandard:
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	}
	return nopWriteCloser{w}, nil
}

// ctxWriter ends a long copy when the context ends.
type ctxWriter struct {
	ctx context.Context
	w   io.Writer
}

func (w ctxWriter) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.w.Write(p)
}

// encode writes JSON as registries have it. Keys of objects are sorted.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

type object map[string]json.RawMessage

// set gives a key another value. What is not asked for stays as it is, known or not.
func (o object) set(key string, v any) error {
	data, err := encode(v)
	o[key] = data
	return err
}

func withDiffIDs(config []byte, diffs []v1.Hash) ([]byte, error) {
	var o, rootfs object
	if err := json.Unmarshal(config, &o); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(o["rootfs"], &rootfs); err != nil {
		return nil, err
	}
	if err := errors.Join(rootfs.set("diff_ids", diffs), o.set("rootfs", rootfs)); err != nil {
		return nil, err
	}
	return encode(o)
}

// manifest is the image's own with other digests, or a new one where it has none.
func (i *Image) manifest(n *newImage) ([]byte, error) {
	if i.raw == nil {
		return encode(v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: n.config, Layers: n.layers})
	}
	var o object
	if err := json.Unmarshal(i.raw, &o); err != nil {
		return nil, err
	}
	config, err := withDescriptor(o["config"], n.config)
	if err != nil {
		return nil, err
	}
	var layers []json.RawMessage
	if err := json.Unmarshal(o["layers"], &layers); err != nil {
		return nil, err
	}
	for k := range layers {
		if n.layers[k].Digest == i.layers[k].desc.Digest {
			continue
		}
		if layers[k], err = withDescriptor(layers[k], n.layers[k]); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(o.set("config", config), o.set("layers", layers)); err != nil {
		return nil, err
	}
	return encode(o)
}

// withDescriptor gives a descriptor, as it is written, another content.
func withDescriptor(raw json.RawMessage, d v1.Descriptor) (json.RawMessage, error) {
	var o object
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, err
	}
	if err := errors.Join(o.set("digest", d.Digest), o.set("size", d.Size)); err != nil {
		return nil, err
	}
	delete(o, "data")
	delete(o, "urls")
	if o["annotations"] != nil {
		notes := map[string]string{}
		if err := json.Unmarshal(o["annotations"], &notes); err != nil {
			return nil, err
		}
		maps.DeleteFunc(notes, func(key, _ string) bool { return ofBytes(key) })
		if err := o.set("annotations", notes); err != nil {
			return nil, err
		}
	}
	return encode(o)
}

// manifests adds the indexes, and what stays as it is.
func (w *imageWriter) manifests() error {
	index := w.index
	var err error
	if index == nil {
		index, err = w.newIndex()
	} else {
		index, _, err = w.indexOf(w.index, w.nodes)
	}
	if err != nil {
		return err
	}
	w.files[indexFile] = content{data: index}
	w.files[layoutFile] = content{data: []byte(`{"imageLayoutVersion":"1.0.0"}`)}
	return nil
}

// newIndex lists the images of a tarball that had none.
func (w *imageWriter) newIndex() ([]byte, error) {
	im := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: []v1.Descriptor{}}
	for _, n := range w.nodes {
		d := w.changed[n.image].manifest
		os, arch, _ := strings.Cut(n.image.Platform, "/")
		arch, variant, _ := strings.Cut(arch, "/")
		d.Platform = &v1.Platform{OS: os, Architecture: arch, Variant: variant}
		for _, tag := range w.tags[n.image.desc.Digest] {
			d.Annotations = map[string]string{"io.containerd.image.name": tag, "org.opencontainers.image.ref.name": tag[strings.LastIndexByte(tag, ':')+1:]}
			im.Manifests = append(im.Manifests, d)
		}
		if len(w.tags[n.image.desc.Digest]) == 0 {
			im.Manifests = append(im.Manifests, d)
		}
	}
	return encode(im)
}

// indexOf is an index with the digests that its manifests have now; the same to the byte
// where none changed.
func (w *imageWriter) indexOf(raw []byte, nodes []*manifestNode) (data []byte, changed bool, err error) {
	var o object
	var list, kept []json.RawMessage
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, false, err
	}
	if err := json.Unmarshal(o["manifests"], &list); err != nil {
		return nil, false, err
	}
	now := map[string]bool{} // images that changed, by their old digests
	for _, n := range nodes {
		if c := w.changed[n.image]; n.image != nil && c != nil && c.manifest.Digest != n.desc.Digest {
			now[n.desc.Digest.String()] = true
		}
	}
	for k, n := range nodes {
		if now[speaksOf(n)] {
			changed = true // and what it says is of another image
			continue
		}
		d, err := w.manifestOf(n)
		if err != nil {
			return nil, false, err
		}
		if d.Digest != n.desc.Digest {
			changed = true
			if list[k], err = withDescriptor(list[k], d); err != nil {
				return nil, false, err
			}
		}
		kept = append(kept, list[k])
	}
	if !changed {
		return raw, false, nil
	}
	if err := o.set("manifests", kept); err != nil {
		return nil, false, err
	}
	data, err = encode(o)
	return data, true, err
}

// manifestOf adds what a manifest needs, and returns the descriptor that it has now.
func (w *imageWriter) manifestOf(n *manifestNode) (v1.Descriptor, error) {
	switch {
	case n.absent:
		return n.desc, nil
	case n.children != nil:
		data, _, err := w.indexOf(n.raw, n.children)
		if err != nil {
			return n.desc, w.refuse("manifest "+n.desc.Digest.String(), err.Error())
		}
		return w.add(data, n.desc), nil
	case n.image != nil && w.changed[n.image] != nil:
		return w.changed[n.image].manifest, nil
	case n.image != nil:
		w.add(n.image.config, n.image.desc)
		for _, l := range n.image.layers {
			w.files[blobName(l.desc.Digest)] = content{blob: l.file, want: l.desc.Digest}
		}
	}
	for _, d := range n.others {
		w.files[blobName(d.Digest)] = content{blob: blobName(d.Digest), want: d.Digest}
	}
	return w.add(n.raw, n.desc), nil
}

// dockerManifest lists the images for docker load, which knows no index.
func (w *imageWriter) dockerManifest() ([]byte, error) {
	list := []dockerImage{}
	for _, i := range w.images {
		d := dockerImage{RepoTags: w.tags[i.desc.Digest]}
		config, layers := i.desc, []v1.Descriptor{}
		for _, l := range i.layers {
			layers = append(layers, l.desc)
		}
		if n := w.changed[i]; n != nil {
			config, layers = n.config, n.layers
		}
		d.Config = blobName(config.Digest)
		for _, l := range layers {
			d.Layers = append(d.Layers, blobName(l.Digest))
		}
		list = append(list, d)
	}
	return encode(list)
}

// write writes all files in the order of their names.
func (w *imageWriter) write(st *Staged) error {
	if FormOf(st.out) == ContainerImage {
		data, err := w.dockerManifest()
		if err != nil {
			return err
		}
		w.files[dockerManifest] = content{data: data}
		return w.writeTar(st.path)
	}
	for _, name := range sortedKeys(w.files) {
		to := filepath.Join(st.path, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		err := w.read(name, func(r io.Reader, _ int64) error {
			return createFile(to, ctxReader{w.ctx, r}, 0o644, w.opts.modTime())
		})
		if err != nil {
			return err
		}
	}
	for _, dir := range []string{"blobs/sha256", "blobs", ""} {
		name := filepath.Join(st.path, filepath.FromSlash(dir))
		if err := errors.Join(os.Chmod(name, 0o755), os.Chtimes(name, w.opts.modTime(), w.opts.modTime())); err != nil {
			return err
		}
	}
	return syncTree(w.ctx, st.path)
}

func (w *imageWriter) writeTar(name string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	t := tar.NewWriter(f)
	names := sortedKeys(w.files)
	for _, dir := range []string{"blobs/", "blobs/sha256/"} {
		err = errors.Join(err, t.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir, Mode: 0o755, ModTime: w.opts.modTime()}))
	}
	for _, name := range names {
		if err != nil {
			break
		}
		err = w.read(name, func(r io.Reader, size int64) error {
			if err := t.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: size, ModTime: w.opts.modTime()}); err != nil {
				return err
			}
			_, err := io.Copy(t, ctxReader{w.ctx, r})
			return err
		})
	}
	if err == nil {
		err = t.Close()
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// read opens one file of the output, and holds what is copied of blobs to their digests.
func (w *imageWriter) read(name string, use func(r io.Reader, size int64) error) (err error) {
	c := w.files[name]
	var in io.Reader
	var size int64
	switch {
	case c.data != nil:
		return use(bytes.NewReader(c.data), int64(len(c.data)))
	case c.path != "":
		f, err := os.Open(c.path)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		in, size = f, info.Size()
	default:
		r, closer, err := w.blobs.file(c.blob)
		if err != nil {
			return w.refuse(c.want.String(), "is not in the image")
		}
		defer func() { _ = closer.Close() }()
		in, size = r, r.Size()
	}
	sum := sha256.New()
	if err := use(io.TeeReader(in, sum), size); err != nil {
		return err
	}
	if sumOf(sum) != c.want {
		return w.refuse(c.want.String(), "changed after the image was opened, or is damaged")
	}
	return nil
}

// Layers tells of each layer of an image its digest and its size as it is stored.
func (i *Image) Layers() []Layer {
	var all []Layer
	for _, l := range i.layers {
		all = append(all, Layer{l.desc.Digest.String(), l.desc.Size})
	}
	return slices.Clip(all)
}

// Layer is one layer: the digest of its blob, and the blob's size in bytes.
type Layer struct {
	Digest string `json:"digest"`
	Size   int64  `json:"size"`
}

var errChangedLayer = errors.New("changed after the image was opened")
