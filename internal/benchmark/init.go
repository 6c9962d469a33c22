//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/internal/example"
	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/plan"
)

// firstRequest is what a function does until its first request is on its way: it
// imports boto3, makes a session and a client and asks for something. It ends where
// urllib3 would look the host's name up, the last thing before the socket. Nothing is
// imported before the clock starts but what every Python has.
const firstRequest = `
import sys, time
sys.path.insert(0, sys.argv[1])
ask = {
    "s3": lambda c: c.get_object(Bucket="orders", Key="a/1"),
    "dynamodb": lambda c: c.get_item(TableName="orders", Key={"id": {"S": "1"}}),
    "ec2": lambda c: c.describe_instances(InstanceIds=["i-1"]),
}[sys.argv[2]]
class Arrived(BaseException):
    pass
marks = [(time.perf_counter(), time.process_time())]
def mark():
    marks.append((time.perf_counter(), time.process_time()))
def arrive(*args, **kwargs):
    mark()
    raise Arrived
import boto3
mark()
session = boto3.Session()
mark()
client = session.client(sys.argv[2])
mark()
import socket
socket.getaddrinfo = arrive
try:
    ask(client)
except Arrived:
    pass
`

// floor is what any client over TLS has to import.
const floor = `
import sys, time
sys.path.insert(0, sys.argv[1])
marks = [(time.perf_counter(), time.process_time())]
import ssl, http.client, hmac, hashlib, json, urllib3
marks += [(time.perf_counter(), time.process_time())] * 4
`

// told prints the marks, relative to the first; without the fourth the path had another end.
const told = `
import json, resource
assert len(marks) == 5, "the request never got to the socket"
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({
    "wall": [1e3 * (m[0] - marks[0][0]) for m in marks[1:]],
    "cpu": [1e3 * (m[1] - marks[0][1]) for m in marks[1:]],
    "peak": peak * (1 if sys.platform == "darwin" else 1024),
}))
`

// initArm is one way to ship the function.
type initArm struct {
	name string
	// passes are those of slim; "default" is what slim does when nothing is said, and
	// none leaves the package whole.
	passes []string
	// compiled adds bytecode that is never checked, as the pass bytecode does.
	compiled bool
	program  string
}

// cutToo are the passes that change no code and make no bytecode.
var cutToo = []string{plan.ServicesPass, plan.VersionsPass, plan.JunkPass, plan.ModelsPass, plan.HelpPass}

// initArms are the arms of the benchmark. One that names a pass which this slim does
// not have is left out, but for bytecode, which compileall makes just as well.
func initArms() []initArm {
	cut := func(more ...string) []string { return append(slices.Clone(cutToo), more...) }
	return []initArm{
		{name: "whole, without bytecode"},
		{name: "whole", compiled: true},
		{name: "`slim`, nothing said", passes: []string{"default"}},
		{name: "models cut", passes: cut()},
		{name: "… and `bytecode`", passes: cut("bytecode")},
		{name: "… and `bytecode`, `tune`", passes: cut("bytecode", plan.TunePass)},
		{name: "… and `bytecode`, `imports`", passes: cut("bytecode", "imports")},
		{name: "… and `bytecode`, `imports`, `tune`", passes: cut("bytecode", "imports", plan.TunePass)},
		{name: "the floor", compiled: true, program: floor},
	}
}

// unknown returns a pass of the arm that there is not.
func (a *initArm) unknown() string {
	for _, p := range a.passes {
		if p != "default" && !slices.Contains(plan.Passes, p) {
			return p
		}
	}
	return ""
}

// simulate takes bytecode out of the passes where slim does not know it yet.
func (a *initArm) simulate() {
	if slices.Contains(plan.Passes, "bytecode") {
		return
	}
	n := len(a.passes)
	a.passes = slices.DeleteFunc(slices.Clone(a.passes), func(p string) bool { return p == "bytecode" })
	a.compiled = a.compiled || len(a.passes) < n
}

// initCost is what one process told: milliseconds since the start of the imports,
// after boto3, session, client and request, and bytes.
type initCost struct {
	Wall, CPU [4]float64
	Peak      float64
}

// initCell is one arm under one Python for one service.
type initCell struct {
	python       *pyrun.Interpreter
	arm          *initArm
	dir, service string
	costs        []initCost
}

// initialization measures the whole path from importing boto3 to the first request.
func initialization(ctx context.Context, s *setting) error {
	var cells []*initCell
	for _, version := range []string{"3.11", "3.12", "3.13"} {
		python, err := pyrun.Find(ctx, version)
		if err != nil {
			return err
		}
		of := *s
		of.python = python
		some, err := of.initCells(ctx)
		if err != nil {
			return err
		}
		cells = append(cells, some...)
	}
	runs := max(s.runs, 20)
	if err := sampleInit(ctx, cells, runs, s.seed); err != nil {
		return err
	}
	for _, python := range pythonsOf(cells) {
		initTable(python, cells, runs, s.seed)
	}
	initStages(cells)
	return nil
}

// initCells makes the packages of one Python.
func (s *setting) initCells(ctx context.Context) ([]*initCell, error) {
	language := s.python.Language()
	whole, err := s.asks(ctx, "init-function-"+language, asked)
	if err != nil {
		return nil, err
	}
	if err := dropBytecode(whole); err != nil {
		return nil, err
	}
	var cells []*initCell
	for i, a := range initArms() {
		a.simulate()
		if missing := a.unknown(); missing != "" {
			fmt.Printf("\n%s: not measured, slim has no pass %q.\n", a.name, missing)
			continue
		}
		dir := filepath.Join(s.work, fmt.Sprintf("init-%s-%d", language, i))
		if err := s.initPackage(ctx, &a, whole, dir); err != nil {
			return nil, fmt.Errorf("%s: %w", a.name, err)
		}
		for _, service := range asked {
			cells = append(cells, &initCell{python: s.python, arm: &a, dir: dir, service: service.service})
			if a.program != "" {
				break // it asks for nothing
			}
		}
	}
	return cells, nil
}

// initPackage makes the package of one arm and takes the rights to write from it, as
// Lambda does.
func (s *setting) initPackage(ctx context.Context, a *initArm, whole, dir string) error {
	if err := removeReadOnly(dir); err != nil {
		return err
	}
	var err error
	switch {
	case len(a.passes) == 0:
		err = copied(ctx, s, whole, dir)
	case a.passes[0] == "default":
		err = s.cut(ctx, whole, dir, "--python", s.python.Language())
	default:
		err = s.cut(ctx, whole, dir, "--python", s.python.Language(), "--only", strings.Join(a.passes, ","))
	}
	if err == nil && a.compiled {
		err = s.compile(ctx, dir)
	}
	if err != nil {
		return err
	}
	return chmodAll(dir, 0o555, 0o444)
}

// removeReadOnly removes a package of a run before.
func removeReadOnly(dir string) error {
	if err := chmodAll(dir, 0o755, 0o644); err != nil && !os.IsNotExist(err) {
		return err
	}
	return os.RemoveAll(dir)
}

func chmodAll(dir string, folders, files os.FileMode) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&fs.ModeSymlink != 0 {
			return err
		}
		if d.IsDir() {
			return os.Chmod(path, folders)
		}
		return os.Chmod(path, files)
	})
}

// dropBytecode does what packagers do that want the same zip from the same sources.
func dropBytecode(dir string) error {
	var found []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == "__pycache__" {
			found = append(found, path)
			return fs.SkipDir
		}
		return err
	})
	for _, path := range found {
		if err == nil {
			err = os.RemoveAll(path)
		}
	}
	return err
}

// sampleInit takes every cell once a round, each round in an order of its own.
func sampleInit(ctx context.Context, cells []*initCell, runs int, seed uint64) error {
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // an order, not a secret
	for n := range runs + 1 {
		for _, i := range random.Perm(len(cells)) {
			c := cells[i]
			cost, err := c.sample(ctx)
			if err != nil {
				return fmt.Errorf("%s, %s, Python %s: %w", c.arm.name, c.service, c.python.Version, err)
			}
			if n > 0 { // the first fills the page cache
				c.costs = append(c.costs, cost)
			}
		}
	}
	return nil
}

// sample starts a process as Lambda would: nothing but the package and the standard
// library to import from, the credentials in the environment, no home. Nothing is
// written: the packages are read-only, but not for root.
func (c *initCell) sample(ctx context.Context) (cost initCost, err error) {
	program := c.arm.program
	if program == "" {
		program = firstRequest
	}
	stdout, _, err := c.python.Run(ctx, pyrun.Command{
		Args: []string{"-c", program + told, c.dir, c.service}, Isolated: true, NoSite: true, Bare: true,
		Env: []string{
			"AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b", "AWS_SESSION_TOKEN=c", "AWS_REGION=eu-west-1",
			"AWS_DEFAULT_REGION=eu-west-1", "AWS_EXECUTION_ENV=AWS_Lambda_python" + c.python.Language(), "HOME=/nonexistent",
		},
	})
	if err != nil {
		return cost, err
	}
	return cost, json.Unmarshal(stdout, &cost)
}

func (c *initCell) wall() float64 {
	return median(c.costs, func(c initCost) float64 { return c.Wall[3] })
}

func (c *initCell) cpu() float64 {
	least := c.costs[0].CPU[3]
	for _, cost := range c.costs {
		least = min(least, cost.CPU[3])
	}
	return least
}

func pythonsOf(cells []*initCell) (pythons []*pyrun.Interpreter) {
	for _, c := range cells {
		if !slices.Contains(pythons, c.python) {
			pythons = append(pythons, c.python)
		}
	}
	return pythons
}

// initTable prints one Python's times and how they compare with both whole packages
// and with the floor, each by the medians and by the least CPU time.
func initTable(python *pyrun.Interpreter, cells []*initCell, runs int, seed uint64) {
	rows := [][]string{{"", "", "median", "least CPU time", "times faster than without bytecode", "by CPU time", "than whole", "by CPU time", "of the floor", "by CPU time"}}
	find := func(service string, is func(*initArm) bool) *initCell {
		i := slices.IndexFunc(cells, func(c *initCell) bool {
			return c.python == python && is(c.arm) && (service == "" || c.service == service)
		})
		return cells[i]
	}
	base := find("", func(a *initArm) bool { return a.program != "" })
	for _, c := range cells {
		if c.python != python {
			continue
		}
		service := c.service
		row := []string{"`" + service + "`", c.arm.name, fmt.Sprintf("%.1f ms", c.wall()), fmt.Sprintf("%.1f ms", c.cpu())}
		if c == base {
			row[0] = ""
		}
		for _, compiled := range []bool{false, true} {
			whole := find(service, func(a *initArm) bool { return len(a.passes) == 0 && a.compiled == compiled && a.program == "" })
			row = append(row, fmt.Sprintf("%.2f", whole.wall()/c.wall()), fmt.Sprintf("%.2f", whole.cpu()/c.cpu()))
		}
		row = append(row, fmt.Sprintf("%.2f", c.wall()/base.wall()), fmt.Sprintf("%.2f", c.cpu()/base.cpu()))
		if c == base {
			copy(row[4:], []string{"", "", "", "", "1", "1"})
		}
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows[1:], func(a, b []string) int { return strings.Compare(b[0], a[0]) })
	table(fmt.Sprintf("From `import boto3` to the first request, Python %s, boto3 %s, median of %d, seed %d",
		python.Version, example.Release(base.dir, "boto3"), runs, seed), rows...)
	fmt.Println("\nPromised are 4.5 times, 2 times, and at most 1.5 times the floor.")
}

// initStages prints which part of the path takes how long.
func initStages(cells []*initCell) {
	rows := [][]string{{"", "", "Python", "import boto3", "session", "client", "request", "peak memory"}}
	for _, c := range cells {
		if c.arm.program != "" {
			continue
		}
		row := []string{"`" + c.service + "`", c.arm.name, c.python.Language()}
		for i := range 4 {
			row = append(row, fmt.Sprintf("%.1f ms", median(c.costs, func(c initCost) float64 {
				if i == 0 {
					return c.Wall[0]
				}
				return c.Wall[i] - c.Wall[i-1]
			})))
		}
		rows = append(rows, append(row, megabytes(int64(median(c.costs, func(c initCost) float64 { return c.Peak })))))
	}
	table("The parts of the path, medians", rows...)
}
