package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coldcut/coldcut/internal/pyrun"
)

// language is the Python of all recipes.
const language = "3.13"

// kitchen is where recipes are tried.
type kitchen struct {
	work, coldcut string
	path          string // where programs are found
	python        *pyrun.Interpreter
	aws           *aws
}

// open finds what all recipes need, with absolute paths, since they run elsewhere.
func (k *kitchen) open(ctx context.Context) (err error) {
	for _, path := range []*string{&k.work, &k.coldcut} {
		if *path, err = filepath.Abs(*path); err != nil {
			return err
		}
	}
	if _, err := os.Stat(k.coldcut); err != nil {
		return fmt.Errorf("coldcut is not built: %w", err)
	}
	if k.python, err = pyrun.Find(ctx, language); err != nil {
		return err
	}
	k.aws, err = serve()
	return err
}

func (k *kitchen) close() { _ = k.aws.server.Close() }

// result is what came of a recipe, kept from run to run.
type result struct {
	*recipe  `json:"-"`
	Of       string // a hash of the recipe
	Versions []string
	Before   string // the size of the package, as coldcut says it
	After    string
}

// cook does what a page says, in a copy of its example, and looks at what it makes.
func (k *kitchen) cook(ctx context.Context, r *recipe) (*result, error) {
	script, err := r.script(".")
	if err != nil {
		return nil, err
	}
	dir, err := k.copy(r)
	if err != nil {
		return nil, err
	}
	env, err := k.environment(ctx, r, dir)
	if err != nil {
		return nil, err
	}
	out, err := k.shell(ctx, dir, env, script)
	if err != nil {
		return nil, fmt.Errorf("the commands of the page: %w", err)
	}
	got := &result{recipe: r}
	if got.Of, err = r.hash("."); err != nil {
		return nil, err
	}
	got.Before, got.After = sizes(out)
	for _, t := range r.tools {
		out, err := k.shell(ctx, dir, env, t.version)
		if err != nil {
			return nil, err
		}
		got.Versions = append(got.Versions, version().FindString(out))
	}
	for _, a := range r.artifacts {
		if err := k.taste(ctx, dir, a); err != nil {
			return nil, fmt.Errorf("%s: %w", a.path, err)
		}
	}
	return got, k.keep(got)
}

func (k *kitchen) keeps(r *recipe) string { return filepath.Join(k.work, "results", r.name+".json") }

// keep writes a result down for the table.
func (k *kitchen) keep(r *result) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	name := k.keeps(r.recipe)
	return errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, data, 0o644))
}

// kept reads the results of all recipes, each of which must have been run as it is now.
func (k *kitchen) kept() (all []*result, err error) {
	for _, r := range recipes {
		got := &result{recipe: r}
		data, err := os.ReadFile(k.keeps(r))
		if err == nil {
			err = json.Unmarshal(data, got)
		}
		if err != nil {
			return nil, fmt.Errorf("%s has not been run: %w", r.name, err)
		}
		now, err := r.hash(".")
		if err != nil {
			return nil, err
		}
		if now != got.Of {
			return nil, fmt.Errorf("%s has changed since it was run", r.name)
		}
		all = append(all, got)
	}
	return all, nil
}

// copy makes a fresh copy of an example.
func (k *kitchen) copy(r *recipe) (dir string, err error) {
	dir = filepath.Join(k.work, r.name)
	err = os.RemoveAll(dir)
	if r.dockerfile != "" { // it cuts the environment itself
		err = errors.Join(err, os.RemoveAll(filepath.Join(k.work, "venvs", r.name)))
	}
	if err = errors.Join(err, os.CopyFS(dir, os.DirFS(r.example(".")))); err != nil {
		return "", err
	}
	for _, name := range r.without {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			return "", err
		}
	}
	return dir, nil
}

var version = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\d+(\.\d+)+\w*`) })

// environment makes the virtual environment that a reader would have, kept from run to
// run, and the variables: of tools that would else call home, and of an AWS that is none.
func (k *kitchen) environment(ctx context.Context, r *recipe, dir string) ([]string, error) {
	venv := filepath.Join(k.work, "venvs", r.name)
	if _, err := os.Stat(venv); err != nil {
		if _, _, err := k.python.Run(ctx, pyrun.Command{Isolated: true, Args: []string{"-m", "venv", venv}}); err != nil {
			return nil, errors.Join(err, os.RemoveAll(venv))
		}
	}
	path := []string{filepath.Join(venv, "bin"), filepath.Join(dir, "node_modules", ".bin"), filepath.Dir(k.coldcut), filepath.Dir(k.python.Path), k.path}
	return append(os.Environ(),
		"PATH="+strings.Join(path, string(os.PathListSeparator)), "VIRTUAL_ENV="+venv, "PYTHONDONTWRITEBYTECODE=", "PYTHONPATH=",
		"AWS_ACCESS_KEY_ID=none", "AWS_SECRET_ACCESS_KEY=none", "AWS_DEFAULT_REGION=eu-central-1", "AWS_REGION=eu-central-1",
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_ENDPOINT_URL="+k.aws.url,
		"PIP_DISABLE_PIP_VERSION_CHECK=1", "CI=1", "SAM_CLI_TELEMETRY=0", "SLS_TELEMETRY_DISABLED=1", "SLS_NOTIFICATIONS_MODE=off",
		"CDK_DISABLE_CLI_TELEMETRY=true", "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION=1", "CHECKPOINT_DISABLE=1", "UV_PYTHON_DOWNLOADS=never",
	), nil
}

// longest is how long a recipe may take, with the installation of its tools.
const longest = 15 * time.Minute

// shell runs commands as bash does for somebody who stops at the first that fails.
func (k *kitchen) shell(ctx context.Context, dir string, env []string, script string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "--noprofile", "--norc", "-euo", "pipefail", "-xc", script)
	cmd.Dir, cmd.Env, cmd.WaitDelay = dir, env, 10*time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out.String())
	}
	return out.String(), nil
}

// sizes are those of the whole package in the last report of slim that was printed.
func sizes(out string) (before, after string) {
	for _, m := range total().FindAllStringSubmatch(out, -1) {
		before, after = m[1], m[2]
	}
	return before, after
}

var total = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^total +(\d\S* \w+) +(\d\S* \w+) `)
})

//go:embed taste.py
var taste string

// tasted is what taste.py says.
type tasted struct {
	Answer   map[string]string
	Services []string
	Lost     string
}

// taste calls the function that is in an artifact, with nothing else to import from,
// and holds it to reach dynamodb and s3 and to have neither more nor less.
func (k *kitchen) taste(ctx context.Context, dir string, a artifact) error {
	made, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(a.path)))
	if err != nil {
		return err
	}
	if len(made) != 1 {
		return fmt.Errorf("want one of it, not %q", made)
	}
	path := made[0]
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		unpacked := path + ".unpacked"
		if _, _, err := k.python.Run(ctx, pyrun.Command{Isolated: true, Args: []string{"-m", "zipfile", "-e", path, unpacked}}); err != nil {
			return err
		}
		path = unpacked
	}
	k.aws.forget()
	out, stderr, err := k.python.Run(ctx, pyrun.Command{
		NoSite: true, Args: []string{"-c", taste, a.handler},
		Env: []string{
			"PYTHONPATH=" + path + string(os.PathListSeparator) + filepath.Join(path, a.packages),
			"AWS_ACCESS_KEY_ID=none", "AWS_SECRET_ACCESS_KEY=none", "AWS_DEFAULT_REGION=eu-central-1", "AWS_ENDPOINT_URL=" + k.aws.url,
		},
	})
	if err != nil {
		return fmt.Errorf("%w: %s", err, stderr)
	}
	var got tasted
	if err := json.Unmarshal(out, &got); err != nil {
		return fmt.Errorf("%s: %w", out, err)
	}
	return got.judge(a.more, k.aws.seen())
}

// judge says what is wrong with an artifact: it must have the services of the function,
// and no others unless the framework's own code uses more.
func (t *tasted) judge(more bool, requests []string) error {
	if t.Answer["stored"] != "1" {
		return fmt.Errorf("the function answered %v", t.Answer)
	}
	if want := []string{"DynamoDB_20120810.PutItem", "PUT /orders-archive/1.json"}; !slices.Equal(requests, want) {
		return fmt.Errorf("the function asked for %q, want %q", requests, want)
	}
	if want := []string{"dynamodb", "s3"}; !more && !slices.Equal(t.Services, want) {
		return fmt.Errorf("it has the services %q, want %q", t.Services, want)
	}
	if !strings.Contains(t.Lost, "coldcut") {
		return fmt.Errorf("what was removed is not told as coldcut tells it: %q", t.Lost)
	}
	return nil
}

// aws takes what the function sends: DynamoDB and S3 both are content with {}.
type aws struct {
	server   *http.Server
	url      string
	mu       sync.Mutex
	requests []string
}

func serve() (*aws, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	a := &aws{url: "http://" + listener.Addr().String()}
	a.server = &http.Server{Handler: a, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = a.server.Serve(listener) }() // it ends when it is closed
	return a, nil
}

// ServeHTTP implements [http.Handler].
func (a *aws) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // what it says is botocore's own matter
	a.mu.Lock()
	defer a.mu.Unlock()
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		a.requests = append(a.requests, target)
		_, _ = w.Write([]byte("{}")) // a client that is gone is noticed elsewhere
		return
	}
	a.requests = append(a.requests, r.Method+" "+r.URL.Path)
}

func (a *aws) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.requests = nil
}

func (a *aws) seen() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.requests)
}
