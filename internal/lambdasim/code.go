package lambdasim

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/klauspost/compress/zip"

	"github.com/coldcut/coldcut/artifact"
)

// blob is a zip that was uploaded. It never changes.
type blob struct {
	sha256   string // in base64, as Lambda's CodeSha256
	size     int64  // of the zip
	unpacked int64  // of its files
	path     string
}

// blobs keeps what was uploaded, one file a content.
type blobs struct{ dir string }

func openBlobs(dir string) (*blobs, error) { return &blobs{dir}, os.MkdirAll(dir, 0o700) }

// put keeps a zip after [artifact.Open] found nothing wrong with it.
func (b *blobs) put(data []byte) (*blob, error) {
	sum := sha256.Sum256(data)
	name := filepath.Join(b.dir, hex.EncodeToString(sum[:])+".zip")
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		if err := writeWhole(name, data); err != nil {
			return nil, err
		}
	}
	kept, err := b.get(sum[:])
	if err != nil {
		return nil, errors.Join(err, os.Remove(name))
	}
	return kept, nil
}

// writeWhole writes a file that is there whole or not at all.
func writeWhole(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), "new-")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// get returns the zip with this sum.
func (b *blobs) get(sum []byte) (*blob, error) {
	name := filepath.Join(b.dir, hex.EncodeToString(sum)+".zip")
	a, err := artifact.Open(name, artifact.Options{MaxSize: maxUnzipped})
	if errors.Is(err, artifact.ErrTooLarge) {
		return nil, invalid("Unzipped size must be smaller than %d bytes", maxUnzipped)
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = a.Close() }() // it was only read
	if a.Form() != artifact.Zip {
		return nil, refuse(http.StatusBadRequest, "InvalidParameterValueException", "Could not unzip uploaded file. Please check your file, then try to upload again.")
	}
	kept := &blob{sha256: base64.StdEncoding.EncodeToString(sum), path: name}
	for _, f := range a.Files() {
		kept.unpacked += f.Size
	}
	info, err := os.Stat(name)
	if err == nil {
		kept.size = info.Size()
	}
	return kept, err
}

// unpack writes the files of a zip below dir, with their times: bytecode is only as
// good as the time of its source. What is there already is replaced, as a layer
// replaces what an earlier one brought.
//
// The names are safe: put had [artifact.Open] refuse all that climb out.
func (b *blob) unpack(dir string) error {
	r, err := zip.OpenReader(b.path)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // it was only read
	u := unpacker{dir: dir, made: map[string]bool{}}
	for _, f := range r.File {
		if err := u.entry(f); err != nil {
			return err
		}
	}
	return nil
}

// codePath is where code is downloaded from. Nobody signs for it, as for the URLs that
// AWS signs itself: whoever was told the sum may have what it is of.
const codePath = "/coldcut/code/"

// location is the URL of a zip, for whoever made the call.
func location(c *call, code *blob) string {
	return "http://" + c.Host + codePath + strings.TrimSuffix(filepath.Base(code.path), ".zip")
}

// sendCode answers for such a URL.
func (s *Server) sendCode(w http.ResponseWriter, r *http.Request) {
	sum, err := hex.DecodeString(r.PathValue("sum"))
	if err != nil || len(sum) != sha256.Size {
		http.NotFound(w, r)
		return
	}
	stamp(w, newUUID())
	w.Header().Set("Content-Type", "application/zip")
	http.ServeFile(w, r, filepath.Join(s.blobs.dir, hex.EncodeToString(sum)+".zip"))
}

type unpacker struct {
	dir  string
	made map[string]bool
}

func (u *unpacker) entry(f *zip.File) error {
	name := filepath.Join(u.dir, filepath.FromSlash(f.Name))
	if strings.HasSuffix(f.Name, "/") {
		return u.mkdir(name)
	}
	if err := u.mkdir(filepath.Dir(name)); err != nil {
		return err
	}
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // it was only read
	if f.Mode().Type() == fs.ModeSymlink {
		target, err := io.ReadAll(in)
		if err != nil {
			return err
		}
		_ = os.Remove(name) // of an earlier layer
		return os.Symlink(string(target), name)
	}
	return u.write(name, in, f)
}

func (u *unpacker) write(name string, in io.Reader, f *zip.File) error {
	perm := f.Mode().Perm() | 0o400
	if perm == 0o400 {
		perm = 0o755 // a zip without modes
	}
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if errors.Is(err, fs.ErrExist) {
		if err := os.Remove(name); err != nil {
			return err
		}
		out, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	}
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	return os.Chtimes(name, time.Time{}, f.Modified)
}

func (u *unpacker) mkdir(dir string) error {
	if u.made[dir] {
		return nil
	}
	u.made[dir] = true
	return os.MkdirAll(dir, 0o755)
}

// removeTree removes a folder, also where its folders may not be written.
func removeTree(dir string) error {
	if os.RemoveAll(dir) == nil {
		return nil
	}
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			_ = os.Chmod(path, 0o700) // what fails here shows below
		}
		return nil
	})
	return os.RemoveAll(dir)
}
