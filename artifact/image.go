package artifact

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/sync/errgroup"
)

// imageMaxSize is the most that an image may unpack to where nobody says, in bytes:
// what Lambda takes.
const imageMaxSize = 10 << 30

// ImageSet is what an OCI layout or a tarball of docker save holds: images, for one
// platform or several, and what belongs to them. It never changes.
type ImageSet struct {
	path   string
	blobs  blobs
	limit  int64
	nodes  []*manifestNode // as index.json lists them
	index  []byte          // index.json; nil in tarballs of old
	images []*Image
	tags   map[v1.Hash][]string // of a configuration, as manifest.json has them
	spool  *os.File
}

// manifestNode is what one descriptor leads to.
type manifestNode struct {
	desc     v1.Descriptor
	raw      []byte
	children []*manifestNode // of an index
	image    *Image          // of the image of a platform; nil of all else
	others   []v1.Descriptor // the blobs of all else
	// absent is what is listed and not there, as the platforms that docker save has not
	// pulled. It stays listed.
	absent bool
}

// Image is the image of one platform. Its [Artifact] shows the Python files in it.
type Image struct {
	// Platform is like "linux/arm64".
	Platform string
	// Env, Dir and Command are the environment, the working folder, and the entry point
	// with its arguments, as the image itself has them.
	Env     []string
	Dir     string
	Command []string
	// Shadowed are packages of the boto family that another one stands before on
	// Lambda's path, so that they are never imported. They are no part of the package.
	Shadowed []Shadow
	// Foreign are the folders of packages of the system's own Python, where the program
	// runs in another one. They are no part of the package.
	Foreign []string

	set    *ImageSet
	raw    []byte // of the manifest; nil where the tarball has none
	config []byte
	desc   v1.Descriptor // of the configuration
	layers []*layer
	tree   *imageTree
	told   []string // folders that the image's environment says code is in
	roots  []string // where imports start
	pkg    *Artifact
}

// Shadow is a package that is never imported, and the one that stands before it; the
// versions are as far as their metadata tells.
type Shadow struct{ Path, By, Version, ByVersion string }

// OpenImages reads the images at path: see [IsImage]. Close it.
func OpenImages(ctx context.Context, path string, opts Options) (*ImageSet, error) {
	b, err := openBlobs(path)
	if err != nil {
		return nil, err
	}
	s := &ImageSet{path: path, blobs: b, limit: opts.maxSize(), tags: map[v1.Hash][]string{}}
	if s.limit == DefaultMaxSize {
		s.limit = imageMaxSize
	}
	if err := s.read(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// openImage opens what the image of one platform holds of Python.
func openImage(path string, opts Options) (*Artifact, error) {
	s, err := OpenImages(context.Background(), path, opts)
	if err != nil {
		return nil, err
	}
	i, err := s.Choose(opts.Platform)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return i.pkg, nil
}

// PlatformError says that it is open which image of several is meant.
type PlatformError struct {
	// Package is the path that the images were opened by, Platform what was asked for.
	Package, Platform string
	// Has are the platforms of the images that could have been meant.
	Has []string
}

func (e *PlatformError) Error() string {
	if e.Platform == "" {
		return fmt.Sprintf("%s holds images for %s", e.Package, strings.Join(e.Has, ", "))
	}
	return fmt.Sprintf("%s holds no one image for %s: there are %s", e.Package, e.Platform, strings.Join(e.Has, ", "))
}

// Choose returns the image of a platform: "linux/arm64", or "arm64" for short, which
// "linux/arm64/v8" is as well. Where none is named it is the only one that there is, or
// the only one that holds Python. An error is a [PlatformError].
func (s *ImageSet) Choose(platform string) (*Image, error) {
	fits := func(i *Image) bool { return holdsPython(i.pkg.files) }
	if platform != "" {
		fits = func(i *Image) bool { return i.isFor(platform) }
	} else if len(s.images) == 1 {
		return s.images[0], nil
	}
	var found []*Image
	e := &PlatformError{Package: s.path, Platform: platform}
	for _, i := range s.images {
		if fits(i) {
			found = append(found, i)
		}
		e.Has = append(e.Has, i.Platform)
	}
	if len(found) != 1 {
		return nil, e
	}
	return found[0], nil
}

// isFor reports whether the image is for a platform, of which the system or the variant
// may be left out.
func (i *Image) isFor(platform string) bool {
	return strings.HasPrefix(i.Platform+"/", platform+"/") || strings.HasPrefix(i.Platform+"/", "linux/"+platform+"/")
}

// Images are those that can be cut, in the order of the index.
func (s *ImageSet) Images() []*Image { return s.images }

// Close releases the images, and every view of them.
func (s *ImageSet) Close() error {
	err := s.blobs.Close()
	if s.spool != nil {
		err = errors.Join(err, s.spool.Close(), os.Remove(s.spool.Name()))
		s.spool = nil
	}
	return err
}

// Package is what the image holds of Python: its files are named by their paths in the
// image, without the slash at the beginning.
func (i *Image) Package() *Artifact { return i.pkg }

// Told are the folders in the image in which its environment, its working folder or its
// command say that the program's own code is; none where it cannot be told.
func (i *Image) Told() []string { return i.told }

// Holds reports whether the image has Python files of its own in a folder.
func (i *Image) Holds(dir string) bool { return holdsPython(i.pkg.Under(imagePath("", dir))) }

func (s *ImageSet) refuse(what, reason string) error {
	return &RefusedError{Package: s.path, Entry: what, Reason: reason}
}

func (s *ImageSet) read(ctx context.Context) error {
	index, err := readSmall(s.blobs, indexFile)
	switch {
	case err == nil:
		err = s.readIndex(index)
	case errors.Is(err, fs.ErrNotExist):
		err = s.readDocker()
	default:
		err = s.refuse(indexFile, err.Error())
	}
	if err == nil {
		err = s.readTags()
	}
	if err == nil && len(s.images) == 0 {
		err = s.refuse("", "holds no image for any platform")
	}
	if err == nil {
		err = s.readLayers(ctx)
	}
	if err == nil {
		err = s.view(ctx)
	}
	return err
}

// mostManifests bounds what an index may list, deepest how indexes may lie in one
// another.
const mostManifests, deepest = 1000, 4

func (s *ImageSet) readIndex(data []byte) error {
	s.index = data
	im, err := v1.ParseIndexManifest(bytes.NewReader(data))
	if err != nil {
		return s.refuse(indexFile, "is not an index: "+err.Error())
	}
	count := 0
	s.nodes, err = s.readManifests(im.Manifests, 0, &count)
	return err
}

func (s *ImageSet) readManifests(list []v1.Descriptor, depth int, count *int) ([]*manifestNode, error) {
	var nodes []*manifestNode
	for _, d := range list {
		if *count++; *count > mostManifests || depth > deepest {
			return nil, s.refuse(d.Digest.String(), "is one manifest too many")
		}
		n := &manifestNode{desc: d}
		var err error
		n.raw, err = readBlob(s.blobs, d.Digest, d.Size)
		if n.absent = errors.Is(err, errNotInImage); n.absent {
			nodes = append(nodes, n)
			continue
		}
		if err != nil {
			return nil, s.refuse("manifest "+d.Digest.String(), err.Error())
		}
		if err := s.readManifest(n, depth, count); err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
	}
	return nodes, nil
}

func (s *ImageSet) readManifest(n *manifestNode, depth int, count *int) error {
	name := "manifest " + n.desc.Digest.String()
	if n.desc.MediaType.IsIndex() {
		im, err := v1.ParseIndexManifest(bytes.NewReader(n.raw))
		if err != nil {
			return s.refuse(name, "is not an index: "+err.Error())
		}
		n.children, err = s.readManifests(im.Manifests, depth+1, count)
		return err
	}
	if !n.desc.MediaType.IsImage() {
		return nil
	}
	m, err := v1.ParseManifest(bytes.NewReader(n.raw))
	if err != nil {
		return s.refuse(name, "is not a manifest: "+err.Error())
	}
	if !isPlatform(n.desc, m) {
		n.others = append([]v1.Descriptor{m.Config}, m.Layers...)
		return nil
	}
	return s.readImage(n, m)
}

// readImage reads what the manifest of a platform's image lists.
func (s *ImageSet) readImage(n *manifestNode, m *v1.Manifest) (err error) {
	for _, known := range s.images { // under another tag
		if bytes.Equal(known.raw, n.raw) {
			n.image = known
			return nil
		}
	}
	n.image = &Image{set: s, raw: n.raw, desc: m.Config}
	if n.image.config, err = readBlob(s.blobs, m.Config.Digest, m.Config.Size); err != nil {
		return s.refuse("configuration "+m.Config.Digest.String(), err.Error())
	}
	for i, d := range m.Layers {
		if err := checkHash(d.Digest); err != nil {
			return s.refuse(fmt.Sprintf("layer %d", i+1), err.Error())
		}
		n.image.layers = append(n.image.layers, &layer{image: s, place: i + 1, file: blobName(d.Digest), desc: d})
	}
	return s.addImage(n.image)
}

// isPlatform tells an image from what is only kept like one: attestations, signatures.
func isPlatform(d v1.Descriptor, m *v1.Manifest) bool {
	unknown := d.Platform != nil && d.Platform.OS == "unknown"
	return !unknown && d.Annotations["vnd.docker.reference.type"] == "" && m.Config.MediaType.IsConfig()
}

// addImage reads what the configuration says.
func (s *ImageSet) addImage(i *Image) error {
	name := "configuration " + i.desc.Digest.String()
	c, err := v1.ParseConfigFile(bytes.NewReader(i.config))
	if err != nil {
		return s.refuse(name, "is none of an image: "+err.Error())
	}
	if len(c.RootFS.DiffIDs) != len(i.layers) {
		return s.refuse(name, fmt.Sprintf("lists %d layers, and the manifest %d", len(c.RootFS.DiffIDs), len(i.layers)))
	}
	for k, id := range c.RootFS.DiffIDs {
		i.layers[k].diffID = id
	}
	if c.OS == "windows" {
		return s.refuse(name, "is of Windows, which is not understood")
	}
	i.Platform = platformOf(c)
	i.Env, i.Dir = c.Config.Env, c.Config.WorkingDir
	i.Command = slices.Concat(c.Config.Entrypoint, c.Config.Cmd)
	s.images = append(s.images, i)
	return nil
}

func platformOf(c *v1.ConfigFile) string {
	name := cmp.Or(c.OS, "linux") + "/" + cmp.Or(c.Architecture, "unknown")
	if c.Variant != "" {
		name += "/" + c.Variant
	}
	return name
}

// dockerImage is an entry of manifest.json.
type dockerImage struct {
	Config   string
	RepoTags []string
	Layers   []string
}

func (s *ImageSet) dockerImages() ([]dockerImage, error) {
	data, err := readSmall(s.blobs, dockerManifest)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, s.refuse(dockerManifest, err.Error())
	}
	var list []dockerImage
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, s.refuse(dockerManifest, "cannot be read: "+err.Error())
	}
	if len(list) > mostManifests {
		return nil, s.refuse(dockerManifest, "lists too many images")
	}
	return list, nil
}

// readDocker reads a tarball that has no manifests but manifest.json. What a manifest
// says of the layers is found out as they are read.
func (s *ImageSet) readDocker() error {
	list, err := s.dockerImages()
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return &RefusedError{Package: s.path, Reason: "is no image: it has neither " + indexFile + " nor " + dockerManifest, Hint: "docker save IMAGE -o image.tar writes one"}
	}
	for _, d := range list {
		i := &Image{set: s}
		if i.config, err = readSmall(s.blobs, d.Config); err != nil {
			return s.refuse(d.Config, err.Error())
		}
		i.desc = v1.Descriptor{MediaType: types.OCIConfigJSON, Digest: hashOf(i.config), Size: int64(len(i.config))}
		for k, name := range d.Layers {
			i.layers = append(i.layers, &layer{image: s, place: k + 1, file: name, desc: v1.Descriptor{Size: -1, MediaType: types.OCIUncompressedLayer}})
		}
		if err := s.addImage(i); err != nil {
			return err
		}
		s.nodes = append(s.nodes, &manifestNode{image: i})
	}
	return nil
}

// readTags takes down what manifest.json calls the images.
func (s *ImageSet) readTags() error {
	list, err := s.dockerImages()
	if err != nil {
		return err
	}
	for _, d := range list {
		config, err := readSmall(s.blobs, d.Config)
		if err != nil {
			return s.refuse(d.Config, err.Error())
		}
		s.tags[hashOf(config)] = d.RepoTags
	}
	for _, n := range s.nodes {
		if name := n.desc.Annotations["io.containerd.image.name"]; n.image != nil && name != "" && len(s.tags[n.image.desc.Digest]) == 0 {
			s.tags[n.image.desc.Digest] = []string{name}
		}
	}
	return nil
}

// readLayers lists all layers, one that several images share once.
func (s *ImageSet) readLayers(ctx context.Context) error {
	var budget, entries atomic.Int64
	budget.Store(s.limit)
	byFile := map[string]*layer{}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, i := range s.images {
		for _, l := range i.layers {
			if byFile[l.file+l.diffID.String()] != nil {
				continue
			}
			byFile[l.file+l.diffID.String()] = l
			g.Go(func() error {
				if err := gctx.Err(); err != nil {
					return err
				}
				return l.read(&budget, &entries)
			})
		}
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for _, i := range s.images {
		for _, l := range i.layers {
			if first := byFile[l.file+l.diffID.String()]; first != l {
				l.entries, l.packing = slices.Clone(first.entries), first.packing // paths differ by what lies below
				l.desc.Digest, l.desc.Size = first.desc.Digest, first.desc.Size
			}
			if s.index == nil && l.packing == gzipped {
				l.desc.MediaType = types.OCILayer
			}
			if s.index == nil && l.packing == zstandard {
				l.desc.MediaType = types.OCILayerZStd
			}
		}
	}
	return nil
}

// view works out what each image holds of Python, and makes the content of that
// readable: layers that are compressed are unpacked as far as they hold it.
func (s *ImageSet) view(ctx context.Context) error {
	var at int64
	places := map[*layer][]int{} // entries in the spool
	spooled := map[string]*layer{}
	for _, i := range s.images {
		var err error
		if i.tree, err = newImageTree(i.layers); err != nil {
			return err
		}
		if err := i.open(); err != nil {
			return err
		}
		for k, l := range i.layers {
			if l.packing == unpacked {
				continue
			}
			if first := spooled[l.file]; first != nil {
				l.spooled = first.spooled
			} else {
				l.spooled = map[int]int64{}
				spooled[l.file] = l
			}
			for _, e := range i.needs(k) {
				if _, done := l.spooled[e]; !done {
					l.spooled[e] = at
					at += l.entries[e].size
					places[spooled[l.file]] = append(places[spooled[l.file]], e)
				}
			}
		}
	}
	if at == 0 {
		return nil
	}
	return s.fill(ctx, places)
}

// fill copies the content of entries into the spool.
func (s *ImageSet) fill(ctx context.Context, places map[*layer][]int) error {
	var err error
	if s.spool, err = os.CreateTemp("", "coldcut-image-"); err != nil {
		return fmt.Errorf("cannot unpack the image: %w", err)
	}
	var budget atomic.Int64
	budget.Store(s.limit)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for l := range places {
		g.Go(func() error {
			return l.walk(&budget, func(n int, _ *rawTarEntry, data *rawTar) error {
				at, wanted := l.spooled[n]
				if !wanted {
					return ctx.Err()
				}
				_, err := io.Copy(io.NewOffsetWriter(s.spool, at), data)
				return err
			})
		})
	}
	return g.Wait()
}

// imageSource reads the files of one image.
type imageSource struct {
	image *Image
	refs  []contentRef
}

func (s *imageSource) entry(index int) (*layer, *layerEntry, contentRef) {
	ref := s.refs[index]
	l := s.image.layers[ref.layer]
	return l, &l.entries[ref.entry], ref
}

func (s *imageSource) open(_ File, index int) (io.ReadCloser, error) {
	l, e, ref := s.entry(index)
	if l.packing == unpacked {
		r, c, err := s.image.set.blobs.file(l.file)
		if err != nil {
			return nil, l.refuse("cannot be read: " + err.Error())
		}
		return &sectionCloser{io.NewSectionReader(r, e.data, e.size), c}, nil
	}
	return io.NopCloser(io.NewSectionReader(s.image.set.spool, l.spooled[ref.entry], e.size)), nil
}

type sectionCloser struct {
	*io.SectionReader
	io.Closer
}

// times implements timed: layers keep the times of their files.
func (s *imageSource) times(_ File, index int) []int64 {
	_, e, _ := s.entry(index)
	return []int64{e.mtime}
}

// Close closes all images: the views of one share them.
func (s *imageSource) Close() error { return s.image.set.Close() }

// Image is the one that the package is a view of, nil where it has another form.
func (a *Artifact) Image() *Image { return a.image }

// ImportRoots are the folders that imports start from, as far as the form of the package
// tells: those of an image, in the order in which Python looks into them. The caller must
// not change them.
func (a *Artifact) ImportRoots() []string {
	if a.image == nil {
		return nil
	}
	return a.image.roots
}

// LayerOf returns the place of the layer that last wrote a file of an image; of no other
// form are there any.
func (a *Artifact) LayerOf(path string) (place int, ok bool) {
	if a.image == nil {
		return 0, false
	}
	n := a.image.tree.find(path)
	if n == nil {
		return 0, false
	}
	return n.layer, true
}

// imagePath makes a path of a configuration one of this package's.
func imagePath(dir, name string) string {
	if !strings.HasPrefix(name, "/") {
		name = dir + "/" + name
	}
	clean, err := layerPath(strings.TrimPrefix(pathClean(name), "/"))
	if err != nil {
		return ""
	}
	return clean
}

// newBudget is one for images that are known.
func newBudget() *atomic.Int64 {
	var b atomic.Int64
	b.Store(imageMaxSize)
	return &b
}
