// Package pyruntest gives tests real interpreters and real packages. What a
// machine lacks skips a test there, with a message that says what; where CI is
// "true", nothing may be lacking and the test fails.
package pyruntest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/coldcut/coldcut/internal/pyrun"
)

// Need returns the interpreter for a language version such as "3.7", or the
// newest if version is empty.
func Need(t testing.TB, version string) *pyrun.Interpreter {
	t.Helper()
	p, err := pyrun.Find(t.Context(), version)
	if err != nil {
		lack(t, err)
	}
	return p
}

// Optional is [Need] for versions that CI may lack too.
func Optional(t testing.TB, version string) *pyrun.Interpreter {
	t.Helper()
	p, err := pyrun.Find(t.Context(), version)
	if err != nil {
		t.Skip("skipped: ", err)
	}
	return p
}

func lack(t testing.TB, err error) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(err)
	}
	t.Skip("skipped: ", err)
}

// Install returns a folder with requirements installed by pip for p. Arguments
// that begin with a dash are pip's: "--no-compile", "--no-deps". The folder is
// shared by all tests of all packages and kept for the next run, so it must not
// be changed. It lies in $COLDCUT_TEST_CACHE, or else in the user's cache.
func Install(t testing.TB, p *pyrun.Interpreter, requirements ...string) string {
	t.Helper()
	cache, err := folder()
	if err != nil {
		lack(t, err)
	}
	// Not t.Context: pip may take longer than one test is willing to wait, and
	// the next test wants the result.
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	dir, err := install(ctx, p, cache, requirements)
	if err != nil {
		lack(t, err)
	}
	return dir
}

func folder() (string, error) {
	if dir := os.Getenv("COLDCUT_TEST_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	return filepath.Join(dir, "coldcut-test"), err
}

// install makes the folder in cache unless it is there. Processes wait for one
// another, so that pip runs once; the rename makes sure that what is there is
// whole.
func install(ctx context.Context, p *pyrun.Interpreter, cache string, requirements []string) (string, error) {
	dir := filepath.Join(cache, key(p, requirements))
	if exists(dir) {
		return dir, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	unlock, err := lockedfile.MutexAt(dir + ".lock").Lock()
	if err != nil {
		return "", err
	}
	defer unlock()
	if exists(dir) {
		return dir, nil
	}
	made, err := os.MkdirTemp(cache, "new-")
	if err != nil {
		return "", err
	}
	if err := pip(ctx, p, made, requirements); err != nil {
		return "", errors.Join(err, os.RemoveAll(made))
	}
	if err := os.Chmod(made, 0o755); err != nil {
		return "", err
	}
	return dir, os.Rename(made, dir)
}

func exists(dir string) bool {
	_, err := os.Stat(dir)
	return !errors.Is(err, fs.ErrNotExist)
}

// key names a set of requirements, legibly at its beginning.
func key(p *pyrun.Interpreter, requirements []string) string {
	sorted := slices.Sorted(slices.Values(requirements))
	sum := sha256.Sum256([]byte(strings.Join(sorted, "\n")))
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" /\\:*?\"<>|[]=,;~!", r) {
			return '-'
		}
		return r
	}, strings.Join(sorted, "_"))
	return fmt.Sprintf("py%s_%.60s_%s", p.Language(), name, hex.EncodeToString(sum[:4]))
}

// pip runs the interpreter's own pip. Its options are variables here, since an
// old pip ignores the variables that it does not know but refuses the flags.
func pip(ctx context.Context, p *pyrun.Interpreter, target string, requirements []string) error {
	_, _, err := p.Run(ctx, pyrun.Command{
		Isolated: true,
		Args:     append([]string{"-m", "pip", "install", "--quiet", "--target", target}, requirements...),
		Env: []string{
			"PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_NO_INPUT=1", "PIP_ROOT_USER_ACTION=ignore",
			"PIP_NO_COLOR=1", "PIP_REQUIRE_VIRTUALENV=0", "PIP_USER=0",
		},
		Bytecode: true, // pip compiles what it installs, unless told not to
	})
	if err != nil {
		return fmt.Errorf("pip install %s: %w", strings.Join(requirements, " "), err)
	}
	return nil
}
