package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/plan"
	"github.com/coldcut/coldcut/scan"
	"github.com/coldcut/coldcut/shake"
)

func (c *campaign) in(parts ...string) string {
	return filepath.Join(append([]string{c.work}, parts...)...)
}

// there reports whether a file or folder exists.
func there(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// prepare installs and defers.
func (c *campaign) prepare(ctx context.Context) error {
	if err := c.kit.Install(ctx, c.python, c.in("tools"), "pytest==9.0.3", "jsonschema==4.23.0"); err != nil {
		return err
	}
	if err := c.kit.Install(ctx, c.python, c.in("whole"), "--no-compile", "boto3=="+c.tag, "botocore=="+c.tag); err != nil {
		return err
	}
	if err := os.MkdirAll(c.in("plugin"), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(c.in("plugin", "coldcut_places.py"), plugin, 0o644); err != nil {
		return err
	}
	return c.deferImports(ctx)
}

// bring makes the folder with a project's tests, without the package beside them: the
// tests must find the installed one.
func (c *campaign) bring(ctx context.Context, project string) error {
	if there(c.in(project)) {
		return nil
	}
	part := c.in(project + ".part")
	if err := errors.Join(os.RemoveAll(part), os.MkdirAll(part, 0o755)); err != nil {
		return err
	}
	sdist, err := c.download(ctx, project)
	if err != nil {
		return err
	}
	if err := c.kit.Run(ctx, "tar", "-xzf", sdist, "--strip-components=1", "-C", part); err != nil {
		return err
	}
	if !there(filepath.Join(part, "tests", "unit")) { // boto3's have none
		if err := os.RemoveAll(part); err != nil {
			return err
		}
		if err := c.kit.Run(ctx, "git", "clone", "--quiet", "--depth", "1", "--branch", c.tag, "https://github.com/boto/"+project, part); err != nil {
			return err
		}
	}
	if err := os.Rename(filepath.Join(part, project), filepath.Join(part, "not-"+project)); err != nil {
		return err
	}
	return os.Rename(part, c.in(project))
}

// download brings the source distribution of a release.
func (c *campaign) download(ctx context.Context, project string) (string, error) {
	dir := c.in("sdist")
	_, _, err := c.python.Run(ctx, pyrun.Command{Args: []string{
		"-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest", dir, project + "==" + c.tag,
	}})
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, project+"-"+c.tag+".tar.gz"), nil
}

// deferImports makes the other side, and the folder for what comes of these packages.
func (c *campaign) deferImports(ctx context.Context) (err error) {
	fat, err := artifact.Open(c.in("whole"), artifact.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, fat.Close()) }()
	p, err := plan.New(fat, &scan.Result{}, plan.Options{Only: c.passes, Keep: []string{"s3"}})
	if err != nil {
		return err
	}
	slim, err := shake.Options{Closed: true}.Apply(ctx, fat, p)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stdout, "botocore and boto3 %s, Python %s: %d files changed\n", c.tag, c.python.Version, len(slim.Changes))
	sum := sha256.New()
	fmt.Fprintf(sum, "%s %s %v %x\n", c.python.Path, c.python.Version, c.docs, plugin) // never fails
	for _, change := range slim.Changes {
		fmt.Fprintf(sum, "%s %s %s\n", change.Path, change.Before.SHA256, change.After.SHA256)
	}
	key := hex.EncodeToString(sum.Sum(nil))[:16]
	c.results, c.deferred = c.in("results", key), c.in("deferred-"+key)
	if err := os.MkdirAll(c.results, 0o755); err != nil || there(c.deferred) {
		return err
	}
	staged, err := artifact.Stage(ctx, slim.Artifact, c.deferred, artifact.WriteOptions{})
	if err != nil {
		return err
	}
	return staged.Commit()
}
