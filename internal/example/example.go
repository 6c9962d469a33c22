// Package example builds the functions in examples/ the way people build Lambda
// functions, for the demo and the benchmarks. It runs in the root of the
// checkout, needs pip, cp and du, and shows each command as one would type it.
package example

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/coldcut/coldcut/internal/pyrun"
)

// Kit builds and runs things and writes the commands, and what they print, to
// Out.
type Kit struct{ Out io.Writer }

// Newest returns the newest interpreter that has pip: some systems ship a
// Python without it.
func Newest(ctx context.Context) (*pyrun.Interpreter, error) {
	found := pyrun.All(ctx)
	for _, p := range found {
		_, _, err := p.Run(ctx, pyrun.Command{Isolated: true, Args: []string{"-m", "pip", "--version"}})
		if err == nil {
			return p, nil
		}
	}
	if len(found) == 0 {
		return pyrun.Find(ctx, "") // whose error says where it looked
	}
	return nil, fmt.Errorf("python %s has no pip: install it, for example with `python3 -m ensurepip` or `apt-get install python3-pip`", found[0].Version)
}

// Build makes the folder dir with the code of examples/name and its
// requirements, or with others if some are given. A folder that is there
// already is left as it is, and a failure leaves none.
func (k Kit) Build(ctx context.Context, p *pyrun.Interpreter, name, dir string, requirements ...string) error {
	code := filepath.Join("examples", name)
	if len(requirements) == 0 {
		requirements = []string{"-r", filepath.Join(code, "requirements.txt")}
	}
	if err := k.Install(ctx, p, dir, requirements...); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(code, "*.py"))
	if err != nil {
		return err
	}
	return k.Run(ctx, "cp", append(files, dir)...)
}

// Install makes the folder dir with requirements in it, with the same promises
// as [Kit.Build].
func (k Kit) Install(ctx context.Context, p *pyrun.Interpreter, dir string, requirements ...string) error {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	pip := func(target string) []string {
		return append([]string{"-m", "pip", "install", "--quiet", "--target", target}, requirements...)
	}
	unfinished := dir + ".unfinished"
	if err := os.RemoveAll(unfinished); err != nil {
		return err
	}
	k.show(python(p), pip(dir)...)
	_, _, err := p.Run(ctx, pyrun.Command{
		Isolated: true,
		Args:     pip(unfinished),
		// As variables, since an old pip refuses the flags that it does not know.
		Env: []string{
			"PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_NO_INPUT=1", "PIP_ROOT_USER_ACTION=ignore",
			"PIP_NO_COLOR=1", "PIP_REQUIRE_VIRTUALENV=0", "PIP_USER=0",
		},
		Bytecode: true, // pip compiles what it installs
	})
	if err != nil {
		return errors.Join(fmt.Errorf("pip install %s: %w", strings.Join(requirements, " "), err), os.RemoveAll(unfinished))
	}
	return os.Rename(unfinished, dir)
}

// Python runs Python with the folder dir as the only place outside of the
// standard library to import from, as a Lambda function has it.
func (k Kit) Python(ctx context.Context, p *pyrun.Interpreter, dir string, args ...string) error {
	k.show("PYTHONPATH="+dir+" "+python(p), args...)
	stdout, stderr, err := p.Run(ctx, pyrun.Command{NoSite: true, Args: args, Env: []string{"PYTHONPATH=" + dir}})
	fmt.Fprintf(k.Out, "%s%s", stdout, stderr)
	return err
}

// Unzip unpacks a zip into the folder dir.
func (k Kit) Unzip(ctx context.Context, p *pyrun.Interpreter, zip, dir string) error {
	args := []string{"-m", "zipfile", "-e", zip, dir}
	k.show(python(p), args...)
	_, _, err := p.Run(ctx, pyrun.Command{Isolated: true, Args: args})
	return err
}

// Setenv sets variables for all that runs from now on.
func (k Kit) Setenv(pairs ...string) error {
	k.show("export", pairs...)
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return nil
}

// Run runs any other command.
func (k Kit) Run(ctx context.Context, name string, args ...string) error {
	k.show(name, args...)
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = k.Out, k.Out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (k Kit) show(name string, args ...string) {
	fmt.Fprintf(k.Out, "$ %s %s\n", name, strings.Join(args, " "))
}

func python(p *pyrun.Interpreter) string { return "python" + p.Language() }

// Release returns the version of a package that lies in dir.
func Release(dir, name string) string {
	found, _ := filepath.Glob(filepath.Join(dir, name+"-*.dist-info")) // the only error is a bad pattern
	if len(found) != 1 {
		return "unknown"
	}
	return strings.TrimSuffix(strings.TrimPrefix(filepath.Base(found[0]), name+"-"), ".dist-info")
}

// DiskUsage returns what `du -sk` says of a file or folder, in bytes.
func DiskUsage(ctx context.Context, path string) (int64, error) {
	out, err := exec.CommandContext(ctx, "du", "-sk", path).Output()
	if err != nil {
		return 0, fmt.Errorf("du -sk %s: %w", path, err)
	}
	blocks, _, _ := strings.Cut(string(out), "\t")
	n, err := strconv.ParseInt(blocks, 10, 64)
	return n << 10, err
}

// Size writes a number of bytes as `du -h` does.
func Size(bytes int64) string {
	if bytes < 1<<20 {
		return fmt.Sprintf("%d KB", bytes>>10)
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/(1<<20))
}

// Article is what the article measured of examples/dynamodb, all services but
// DynamoDB deleted by hand.
var Article = map[string]string{"botocore": "41 MB → 5.6 MB", "boto3": "1.3 MB → 844 KB"}
