package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"debug/elf"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/spf13/cobra"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/report"
	"github.com/coldcut/coldcut/scan"
)

// cacheVariable names the cache's folder; cacheOff there turns the cache off.
const cacheVariable, cacheOff = "COLDCUT_CACHE", "off"

// caching is where scans are kept between runs.
type caching struct {
	dir string
	off bool
}

func (c *caching) addFlags(root *cobra.Command) {
	f := root.PersistentFlags()
	f.StringVar(&c.dir, "cache-dir", c.dir, "keep scans in this `DIR` (default $COLDCUT_CACHE, or coldcut in the user's cache folder)")
	f.BoolVar(&c.off, "no-cache", false, "neither use scans of earlier runs nor keep this one")
	_ = root.MarkPersistentFlagDirname("cache-dir")
}

// cacheDir is the cache's folder as somebody named it, and whether there is to be one.
func (s *system) cacheDir() (named string, on bool) {
	named = cmp.Or(s.caching.dir, s.getenv(cacheVariable))
	return named, !s.caching.off && named != cacheOff
}

// scan is [scan.Scan] with the cache. One that does not work costs time and nothing
// else; whoever named its folder is told.
func (s *system) scan(ctx context.Context, pkg *artifact.Artifact, opts scan.Options) (*scan.Result, error) {
	named, on := s.cacheDir()
	var openErr error
	if on {
		opts.Cache, openErr = openCache(named)
	}
	uses, err := scan.Scan(ctx, pkg, opts)
	if trouble := cmp.Or(openErr, opts.Cache.Err()); trouble != nil && named != "" && err == nil {
		fmt.Fprintf(s.stderr, "coldcut: warning: %s\n", report.Printable(trouble.Error()))
	}
	return uses, err
}

func openCache(dir string) (*scan.Cache, error) {
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return nil, err
		}
		dir = filepath.Join(user, "coldcut")
	}
	program, err := fingerprint()
	if err != nil {
		return nil, err
	}
	return scan.OpenCache(dir, program)
}

// fingerprint tells this very executable from any other: a version would let a
// development build read the answers of another. It is the build ID that Go's linker
// wrote, which follows from all that the executable was made of (cmd/go/internal/work,
// "Build IDs"), or else a checksum, which takes as long as all the rest of a scan that
// is found in the cache.
var fingerprint = sync.OnceValues(func() (string, error) {
	name, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("cache: %w", err)
	}
	f, err := os.Open(name)
	if err != nil {
		return "", fmt.Errorf("cache: %w", err)
	}
	defer func() { _ = f.Close() }()
	if id := buildID(f); id != "" {
		return id, nil
	}
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("cache: %w", err)
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
})

// buildID reads the build ID of an ELF executable; empty where there is none.
func buildID(f io.ReaderAt) string {
	program, err := elf.NewFile(f)
	if err != nil {
		return ""
	}
	note := program.Section(".note.go.buildid")
	if note == nil {
		return ""
	}
	// Two parts, of the actions and of the content, or more.
	id, err := note.Data()
	if err != nil || !bytes.Contains(id, []byte("/")) {
		return ""
	}
	return fmt.Sprintf("%x", id)
}

// prepareCache works out the fingerprint while the package is opened: of a scan that
// is found in the cache, a checksum takes a tenth.
func (s *system) prepareCache() {
	if _, on := s.cacheDir(); on {
		go func() { _, _ = fingerprint() }()
	}
}
