package scan

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/cache"
	"golang.org/x/sync/errgroup"

	"github.com/coldcut/coldcut/artifact"
)

// Cache keeps results of [Scan] in a folder, so that a second scan of unchanged
// files only has to read them.
//
// Nothing in it is believed unless it is proven: a result counts for the same
// program, the same options, the same list of files, and the same content of every
// file that the scan read; what lies in the folder is held to its checksum. So the
// folder may be shared by processes, deleted or damaged at any time: the scan is
// done again and the entry renewed. What nobody asked for in five days goes.
//
// A nil *Cache keeps nothing. All methods are safe for concurrent use.
type Cache struct {
	disk    *cache.Cache
	program string
	mu      sync.Mutex
	err     error
}

// OpenCache opens the cache in dir, and makes the folder if it is missing. Results
// count only for the program that they came from: program must differ between any
// two that could answer differently, as the checksum of the executable does.
func OpenCache(dir, program string) (*Cache, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	disk, err := cache.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	return &Cache{disk: disk, program: program}, nil
}

// Err returns the first error of writing to the cache. It has cost no result.
func (c *Cache) Err() error {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

func (c *Cache) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil && err != nil {
		c.err = fmt.Errorf("cache: %w", err)
	}
}

// sum is the SHA-256 of what it stands for.
type sum [sha256.Size]byte

// read is one file that a scan read, and what was in it.
type read struct {
	tree int // 0 is the package, then the sources in their order
	path string
	sum  sum
}

// encodeCached makes what the cache holds under a key: the key, how many files were
// read, these, and the result as JSON. To read the files from JSON too would take a
// thirtieth of a scan that is found.
func encodeCached(key sum, reads []read, r *Result) ([]byte, error) {
	out := binary.AppendUvarint(key[:], uint64(len(reads)))
	for _, f := range reads {
		out = binary.AppendUvarint(out, uint64(f.tree))
		out = binary.AppendUvarint(out, uint64(len(f.path)))
		out = append(append(out, f.path...), f.sum[:]...)
	}
	result, err := json.Marshal(r)
	return append(out, result...), err
}

// decodeCached returns what was read, and the result as JSON.
func decodeCached(key sum, data []byte) (reads []read, result []byte, ok bool) {
	in, ok := bytes.CutPrefix(data, key[:])
	number := func() (n int) {
		v, size := binary.Uvarint(in)
		if size <= 0 || v > math.MaxInt32 {
			ok = false
			return 0
		}
		in = in[size:]
		return int(v)
	}
	count := number()
	if count > len(in) { // each takes more than one byte
		return nil, nil, false
	}
	reads = make([]read, 0, count)
	for range count {
		f := read{tree: number()}
		length := number()
		if !ok || len(in) < length+len(f.sum) {
			return nil, nil, false
		}
		f.path = string(in[:length])
		in = in[length+copy(f.sum[:], in[length:]):]
		reads = append(reads, f)
	}
	return reads, in, ok
}

// scan answers from the cache, or with work, whose answer it keeps.
func (c *Cache) scan(ctx context.Context, trees []*artifact.Artifact, opts Options, work func([]*artifact.Artifact) (*Result, error)) (*Result, error) {
	key, err := c.key(trees, opts)
	if err != nil {
		return nil, err
	}
	if r := c.lookUp(ctx, key, trees); r != nil {
		return r, nil
	}
	var rec recorder
	r, err := work(rec.watch(trees))
	if err == nil {
		c.keep(key, &rec, r)
	}
	return r, err
}

// key is the checksum of all that decides which files a scan reads first, and of
// what else its answer depends on but their content.
func (c *Cache) key(trees []*artifact.Artifact, opts Options) (key sum, err error) {
	h := sha256.New()
	enc := json.NewEncoder(h)
	for _, part := range []any{c.program, opts, len(trees)} {
		if err := enc.Encode(part); err != nil {
			return key, fmt.Errorf("cache: %w", err)
		}
	}
	var list []byte
	for _, t := range trees {
		list = addFiles(list, t)
	}
	h.Write(list)
	h.Sum(key[:0])
	return key, nil
}

// addFiles writes down what a tree holds, so that no two lists look the same: names
// may have any byte in them but zero. As JSON it would take a tenth of a scan that is
// found.
func addFiles(list []byte, t *artifact.Artifact) []byte {
	list = append(append(list, t.Path()...), 0)
	list = binary.AppendUvarint(list, uint64(len(t.Files())))
	for _, f := range t.Files() {
		list = append(append(list, f.Path...), 0)
		list = append(append(list, f.Link...), 0)
		list = binary.AppendUvarint(list, uint64(f.Mode))
		list = binary.AppendUvarint(list, uint64(f.Size))
	}
	return list
}

func (c *Cache) lookUp(ctx context.Context, key sum, trees []*artifact.Artifact) *Result {
	data, _, err := c.disk.GetBytes(cache.ActionID(key))
	if err != nil {
		return nil
	}
	reads, text, ok := decodeCached(key, data)
	if !ok || !unchanged(ctx, reads, trees) {
		return nil
	}
	var found *Result
	if err := json.Unmarshal(text, &found); err != nil {
		return nil
	}
	return found
}

// unchanged reports whether every file still holds what was read.
func unchanged(ctx context.Context, reads []read, trees []*artifact.Artifact) bool {
	g, ctx := errgroup.WithContext(ctx)
	workers := runtime.GOMAXPROCS(0)
	for part := range slices.Chunk(reads, max(1, (len(reads)+workers-1)/workers)) {
		g.Go(func() error {
			h, buf := sha256.New(), make([]byte, 64<<10)
			for _, r := range part {
				if r.tree >= len(trees) {
					return errChanged
				}
				if err := errors.Join(ctx.Err(), r.check(trees[r.tree], h, buf)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait() == nil
}

var errChanged = errors.New("changed since it was read")

// check fails where the file holds something else.
func (r *read) check(tree *artifact.Artifact, h hash.Hash, buf []byte) error {
	in, err := tree.Reader(r.path)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	h.Reset()
	if _, err := io.CopyBuffer(h, in, buf); err != nil {
		return err
	}
	if !bytes.Equal(h.Sum(nil), r.sum[:]) {
		return errChanged
	}
	return nil
}

// keep stores a result with all that it rests on. Failing costs the next scan its
// time and nothing else.
func (c *Cache) keep(key sum, rec *recorder, r *Result) {
	reads, ok := rec.all()
	if !ok {
		return
	}
	data, err := encodeCached(key, reads, r)
	if err != nil {
		c.fail(err)
		return
	}
	// The same key may hold another result, once a file changed and kept its size.
	if _, _, err := c.disk.PutNoVerify(cache.ActionID(key), bytes.NewReader(data)); err != nil {
		c.fail(err)
		return
	}
	c.fail(c.disk.Trim())
}

// recorder notes what a scan reads: the very bytes, since a file may change between
// being scanned and being hashed.
type recorder struct {
	mu     sync.Mutex
	sums   map[location]sum
	broken bool // a file was not read whole, or held two things
}

type location struct {
	tree int
	path string
}

// watch returns views of the trees whose reads are recorded.
func (rec *recorder) watch(trees []*artifact.Artifact) []*artifact.Artifact {
	rec.sums = map[location]sum{}
	views := make([]*artifact.Artifact, len(trees))
	for i, t := range trees {
		views[i] = t.Watched(func(path string, r io.ReadCloser) io.ReadCloser {
			return &recording{ReadCloser: r, hash: sha256.New(), rec: rec, at: location{i, path}}
		})
	}
	return views
}

// all returns what was read, sorted; !ok where that cannot be told.
func (rec *recorder) all() (reads []read, ok bool) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	for at, s := range rec.sums {
		reads = append(reads, read{at.tree, at.path, s})
	}
	slices.SortFunc(reads, func(a, b read) int {
		if a.tree != b.tree {
			return a.tree - b.tree
		}
		return strings.Compare(a.path, b.path)
	})
	return reads, !rec.broken
}

func (rec *recorder) note(at location, s sum, whole bool) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	before, again := rec.sums[at]
	if !whole || again && before != s {
		rec.broken = true
	}
	rec.sums[at] = s
}

// recording hashes what is read through it, and on closing what was left over.
type recording struct {
	io.ReadCloser
	hash hash.Hash
	rec  *recorder
	at   location
	err  error
}

func (r *recording) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.hash.Write(p[:n])
	r.err = err
	return n, err
}

func (r *recording) Close() error {
	if r.err == nil {
		_, _ = io.Copy(io.Discard, readOnly{r}) // tells by r.err
	}
	r.rec.note(r.at, sum(r.hash.Sum(nil)), errors.Is(r.err, io.EOF))
	return r.ReadCloser.Close()
}

// readOnly hides all but Read.
type readOnly struct{ io.Reader }
