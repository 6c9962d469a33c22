//go:build !linux

package artifact

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// syncTree makes a whole tree durable, many files at a time.
func syncTree(ctx context.Context, dir string) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(4 * runtime.GOMAXPROCS(0))
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch {
		case e.IsDir():
			g.Go(func() error { return syncDir(name) })
		case e.Type().IsRegular():
			g.Go(func() error { return syncFile(name) })
		}
		return ctx.Err()
	})
	if waited := g.Wait(); waited != nil {
		return waited
	}
	return err
}

func syncFile(name string) error {
	// Windows syncs only what is open for writing.
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if os.IsPermission(err) {
		f, err = os.Open(name)
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if err := f.Sync(); err != nil && runtime.GOOS != "windows" {
		return err
	}
	return nil
}
