//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/internal/example"
	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/plan"
)

// firstClient tells what it costs to make one client in a fresh process, and apart
// from that what importing boto3 and making the session cost before.
const firstClient = `
import json, resource, sys, time
sys.path.insert(0, sys.argv[1])
start = time.perf_counter(), time.process_time()
import boto3
session = boto3.Session()
ready = time.perf_counter(), time.process_time()
session.client(sys.argv[2])
end = time.perf_counter(), time.process_time()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({
    "wall": end[0] - ready[0], "cpu": end[1] - ready[1],
    "pathwall": end[0] - start[0], "pathcpu": end[1] - start[1],
    "peak": peak * (1 if sys.platform == "darwin" else 1024),
}))
`

// loading compares botocore's loader on the same models plain and compressed. A
// model is as many shapes of ec2's as make up a size, the documentation taken out.
const loading = `
import gzip, json, os, sys, tempfile, time
sys.path.insert(0, sys.argv[1])
from botocore.loaders import JSONFileLoader, Loader
shapes = Loader().load_service_model("ec2", "service-2")["shapes"]
for shape in shapes.values():
    shape.pop("documentation", None)
    for member in shape.get("members", {}).values():
        member.pop("documentation", None)
texts = {n: json.dumps(s, separators=(",", ":")) for n, s in shapes.items()}
def least(load):
    best = None
    for _ in range(40):
        start = time.process_time()
        load()
        took = time.process_time() - start
        best = took if best is None else min(best, took)
    return best * 1e3
loader, rows = JSONFileLoader(), []
with tempfile.TemporaryDirectory() as dir:
    for limit in [int(n) << 10 for n in sys.argv[2:]]:
        size, some = 0, {}
        for name, text in texts.items():
            if size + len(text) > limit:
                break
            size, some[name] = size + len(text), shapes[name]
        data = json.dumps({"shapes": some}, separators=(",", ":")).encode()
        plain, zipped = os.path.join(dir, "plain"), os.path.join(dir, "zipped")
        with open(plain + ".json", "wb") as f:
            f.write(data)
        with open(zipped + ".json.gz", "wb") as f:
            f.write(gzip.compress(data, 9))
        rows.append({"plain": len(data), "zipped": os.path.getsize(zipped + ".json.gz"),
            "load": least(lambda: loader.load_file(plain)), "unzip": least(lambda: loader.load_file(zipped))})
print(json.dumps(rows))
`

// asking is what a program asks of a service.
type asking struct{ service, code string }

// asked are the operations that the clients are cut to, and the code that calls them.
var asked = []asking{
	{"ec2", "client.describe_instances(), client.start_instances(), client.stop_instances()"},
	{"dynamodb", "client.get_item(), client.put_item(), client.query()"},
	{"s3", "client.get_object(), client.put_object(), client.list_objects_v2()"},
}

// asks adds to a copy of the function the code that asks.
func (s *setting) asks(ctx context.Context, name string, asked []asking) (string, error) {
	function, err := s.function(ctx)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(s.work, name)
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	if err := os.CopyFS(dir, os.DirFS(function)); err != nil {
		return "", err
	}
	code := "import boto3\n"
	for _, a := range asked {
		code += fmt.Sprintf("\n\ndef %s():\n    client = boto3.client(%q)\n    %s\n", a.service, a.service, a.code)
	}
	return dir, os.WriteFile(filepath.Join(dir, "clients.py"), []byte(code), 0o644)
}

// arm is one package, whose client is made again and again.
type arm struct {
	name, dir string
	passes    string // empty leaves the package whole
	costs     map[string][]cost
}

// cost is what firstClient prints: seconds for the client, and for the path from
// importing boto3 to the client, and bytes.
type cost struct{ Wall, CPU, PathWall, PathCPU, Peak float64 }

// models measures how fast clients are made of models that were cut, and whether
// plain or compressed models are read faster.
func models(ctx context.Context, s *setting) error {
	arms := []*arm{
		{name: "whole", dir: "models-whole"},
		{name: "services dropped", dir: "models-services", passes: "services,versions,junk"},
		{name: "models cut", dir: "models-cut", passes: "services,versions,junk,models"},
		// Of the other passes tune alone changes what a client does. With imports, what
		// was imported before may be imported by the client: only the path tells.
		{name: "models cut, `tune`", dir: "models-tune", passes: "services,versions,junk,models,tune"},
		{name: "all passes", dir: "models-all", passes: strings.Join(allButBytecode(), ",")},
	}
	function, err := s.asks(ctx, "models-function", asked)
	if err != nil {
		return err
	}
	for _, a := range arms {
		if err := s.make(ctx, a, function); err != nil {
			return err
		}
	}
	runs := max(s.runs, 20)
	if err := s.clients(ctx, arms, runs); err != nil {
		return err
	}
	client, path := arms[:4], []*arm{arms[0], arms[2], arms[3], arms[4]}
	rows := [][]string{{"", "whole", "services dropped", "models cut", "times faster", "by CPU time", "… and `tune`", "times faster", "by CPU time", "peak memory", "", "times less"}}
	for _, service := range asked {
		rows = append(rows, clientRow(service.service, client))
	}
	table(fmt.Sprintf("session.client(SERVICE) in a fresh process, three operations each, passes services, versions, junk, models, and then tune too, the same bytecode everywhere, median of %d", runs), rows...)
	fmt.Println("\nPromised are 20 times for ec2, 7 for dynamodb, 6 for s3.")
	rows = [][]string{{"", "whole", "models cut", "times faster", "… and `tune`", "times faster", "all passes", "times faster", "by CPU time"}}
	for _, service := range asked {
		rows = append(rows, pathRow(service.service, path))
	}
	table(fmt.Sprintf("import boto3, session and session.client(SERVICE) in the same processes, median of %d", runs), rows...)
	return s.loading(ctx, arms[0].dir)
}

// allButBytecode are the passes of a plain slim; all arms are compiled alike.
func allButBytecode() []string {
	return slices.DeleteFunc(slices.Clone(plan.Passes), func(p string) bool { return p == plan.BytecodePass })
}

// make makes the arm's package, with bytecode that is never checked, so that all
// arms have the same.
func (s *setting) make(ctx context.Context, a *arm, function string) (err error) {
	a.dir, a.costs = filepath.Join(s.work, a.dir), map[string][]cost{}
	if err := os.RemoveAll(a.dir); err != nil {
		return err
	}
	if a.passes == "" {
		err = os.CopyFS(a.dir, os.DirFS(function))
	} else {
		_, err = runOnce(ctx, s.coldcut, "slim", "--no-cache", "--no-verify", function, "-o", a.dir, "--only", a.passes)
	}
	if err != nil {
		return err
	}
	return s.compile(ctx, a.dir)
}

// compile gives a package bytecode that is never checked.
func (s *setting) compile(ctx context.Context, dir string) error {
	_, err := runOnce(ctx, s.python.Path, "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash", dir)
	return err
}

// clients makes every client of every arm, in turns.
func (s *setting) clients(ctx context.Context, arms []*arm, runs int) error {
	for range runs + 1 { // the first fills the page cache
		for _, service := range asked {
			for _, a := range arms {
				if err := s.firstClient(ctx, a, service.service); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// firstClient adds one measurement of the arm; the first of a service is left out.
func (s *setting) firstClient(ctx context.Context, a *arm, service string) error {
	var c cost
	if err := s.ask(ctx, &c, firstClient, a.dir, service); err != nil {
		return err
	}
	if _, seen := a.costs[service]; seen {
		a.costs[service] = append(a.costs[service], c)
	} else {
		a.costs[service] = []cost{}
	}
	return nil
}

// ask runs a program that prints JSON.
func (s *setting) ask(ctx context.Context, answer any, program string, args ...string) error {
	stdout, _, err := s.python.Run(ctx, pyrun.Command{
		Args: append([]string{"-c", program}, args...), Isolated: true, NoSite: true,
		Env: []string{"AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b", "AWS_DEFAULT_REGION=eu-west-1"},
	})
	if err != nil {
		return err
	}
	return json.Unmarshal(stdout, answer)
}

// clientRow compares what the client alone costs: whole, services dropped, models cut,
// tuned too.
func clientRow(service string, arms []*arm) []string {
	wall := func(c cost) float64 { return c.Wall }
	cpu := func(c cost) float64 { return c.CPU }
	peak := func(c cost) float64 { return c.Peak }
	of := func(a *arm, value func(cost) float64) float64 { return median(a.costs[service], value) }
	whole, cut := arms[0], arms[2]
	row := []string{"`" + service + "`", ms1(of(whole, wall)), ms1(of(arms[1], wall))}
	for _, a := range arms[2:] {
		row = append(row, ms1(of(a, wall)), times(of(whole, wall)/of(a, wall)), times(of(whole, cpu)/of(a, cpu)))
	}
	return append(row, megabytes(int64(of(whole, peak))), megabytes(int64(of(cut, peak))), fmt.Sprintf("%.2f", of(whole, peak)/of(cut, peak)))
}

// pathRow compares the path from importing boto3 to the client.
func pathRow(service string, arms []*arm) []string {
	wall := func(a *arm) float64 { return median(a.costs[service], func(c cost) float64 { return c.PathWall }) }
	cpu := func(a *arm) float64 { return median(a.costs[service], func(c cost) float64 { return c.PathCPU }) }
	whole, last := arms[0], arms[len(arms)-1]
	row := []string{"`" + service + "`", ms1(wall(whole))}
	for _, a := range arms[1:] {
		row = append(row, ms1(wall(a)), fmt.Sprintf("%.2f", wall(whole)/wall(a)))
	}
	return append(row, fmt.Sprintf("%.2f", cpu(whole)/cpu(last)))
}

// ms1 writes seconds as milliseconds.
func ms1(seconds float64) string { return fmt.Sprintf("%.1f ms", 1e3*seconds) }

func times(ratio float64) string { return fmt.Sprintf("%.1f", ratio) }

// loading prints what botocore's loader takes for models of growing sizes, in KiB.
func (s *setting) loading(ctx context.Context, dir string) error {
	var sizes []struct{ Plain, Zipped, Load, Unzip float64 }
	if err := s.ask(ctx, &sizes, loading, dir, "4", "16", "64", "256", "1024"); err != nil {
		return err
	}
	rows := [][]string{{"plain", "compressed", "load plain", "load compressed", "ratio"}}
	for _, z := range sizes {
		rows = append(rows, []string{
			fmt.Sprintf("%.0f KB", z.Plain/1e3), fmt.Sprintf("%.0f KB", z.Zipped/1e3),
			fmt.Sprintf("%.2f ms", z.Load), fmt.Sprintf("%.2f ms", z.Unzip), fmt.Sprintf("%.2f", z.Unzip/z.Load),
		})
	}
	table("Plain or compressed: botocore's loader, boto3 "+example.Release(dir, "boto3")+", least CPU time of 40", rows...)
	return nil
}
