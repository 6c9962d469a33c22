// Command peers shows which uses of AWS other tools find that read Python, one idiom
// a program, and prints the tables for docs/accuracy.md. `make prove-scan` runs it.
//
// Each program in idioms/ says in comments what it calls. Before anything is compared,
// each is run with botocore's network cut off, and must call just that.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/coldcut/coldcut/internal/example"
	"github.com/coldcut/coldcut/internal/pyrun"
)

func main() {
	update := flag.String("update", "", "write the tables into the section of `FILE` that is marked for them")
	work := flag.String("work", filepath.Join(".work", "peers"), "install the tools below `DIR`")
	flag.Parse()
	if err := run(context.Background(), *work, *update); err != nil {
		fmt.Fprintln(os.Stderr, "peers: error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, work, update string) error {
	programs, err := load(filepath.Join("internal", "peers", "idioms"))
	if err != nil {
		return err
	}
	python, err := example.Newest(ctx)
	if err != nil {
		return err
	}
	kit := example.Kit{Out: os.Stderr}
	if err := verify(ctx, kit, python, work, programs); err != nil {
		return err
	}
	tools := []tool{coldcut}
	for _, p := range peers {
		if err := kit.Install(ctx, python, p.dir(work), p.name+"=="+p.version); err != nil {
			return err
		}
		tools = append(tools, p.tool(python, work))
	}
	verdicts, err := compare(ctx, tools, programs)
	if err != nil {
		return err
	}
	var tables strings.Builder
	render(&tables, tools, programs, verdicts)
	if _, err := io.WriteString(os.Stdout, tables.String()); err != nil || update == "" {
		return err
	}
	return place.Rewrite(update, tables.String())
}

// compare asks every tool of every program.
func compare(ctx context.Context, tools []tool, programs []program) (map[string][]verdict, error) {
	verdicts := map[string][]verdict{}
	for _, t := range tools {
		for _, p := range programs {
			v, err := t.ask(ctx, p)
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", t.name, p.dir, err)
			}
			verdicts[t.name] = append(verdicts[t.name], v)
		}
	}
	return verdicts, nil
}

// botoVersion is the boto3 that the programs are run with.
const botoVersion = "1.44.5"

// verify runs the programs, to hold their comments to what they call.
func verify(ctx context.Context, kit example.Kit, python *pyrun.Interpreter, work string, programs []program) error {
	boto := filepath.Join(work, "boto3-"+botoVersion)
	if err := kit.Install(ctx, python, boto, "boto3=="+botoVersion); err != nil {
		return err
	}
	boto, err := filepath.Abs(boto)
	if err != nil {
		return err
	}
	for _, p := range programs {
		called, err := record(ctx, python, boto, p)
		if err != nil {
			return fmt.Errorf("%s: %w", p.dir, err)
		}
		if want := p.calls(); called != want {
			return fmt.Errorf("%s calls %q, and its comments say %q", p.dir, called, want)
		}
	}
	return nil
}
