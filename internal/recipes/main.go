// Command recipes does what the pages in docs/recipes tell their readers to do: it takes
// the commands out of each page, runs them in a copy of its example with the real tools
// of the registries, and calls the function that is in what came out. `make
// test-recipes` runs it.
//
// It runs in the root of the checkout and needs bash, npm and Python 3.13. What it
// installs and builds stays in .work/recipes.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/coldcut/coldcut/internal/page"
)

func main() {
	update := flag.Bool("update", false, "rewrite the results in "+overview+", of these recipes and of those that were run before")
	k := kitchen{path: os.Getenv("PATH")}
	flag.StringVar(&k.work, "work", filepath.Join(".work", "recipes"), "the `folder` for what is installed and built")
	flag.StringVar(&k.coldcut, "coldcut", filepath.Join("bin", "coldcut"), "the `binary` that cuts")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: recipes [flags] [RECIPE]...")
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, &k, *update, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "recipes: error:", err)
		os.Exit(1)
	}
}

const overview = "docs/recipes/README.md"

// place is where the results are published in it.
var place = page.Place{Begin: "<!-- results -->\n", End: "<!-- /results -->\n"}

func run(ctx context.Context, k *kitchen, update bool, names []string) error {
	for _, name := range names {
		if !slices.ContainsFunc(recipes, func(r *recipe) bool { return r.name == name }) {
			return fmt.Errorf("there is no recipe %q", name)
		}
	}
	if err := k.open(ctx); err != nil {
		return err
	}
	defer k.close()
	var results []*result
	var failed []error
	for _, r := range recipes {
		if len(names) > 0 && !slices.Contains(names, r.name) {
			continue
		}
		fmt.Fprintln(os.Stderr, "== "+r.name)
		got, err := k.cook(ctx, r)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil { // the others still tell something
			failed = append(failed, fmt.Errorf("%s: %w", r.name, err))
			fmt.Fprintln(os.Stderr, "recipes:", failed[len(failed)-1])
			continue
		}
		results = append(results, got)
	}
	var b strings.Builder
	_ = page.Table(&b, rows(results)) // a builder takes all
	fmt.Print(b.String())
	if len(failed) > 0 {
		return fmt.Errorf("%d of %d recipes failed", len(failed), len(failed)+len(results))
	}
	if !update {
		return nil
	}
	all, err := k.kept()
	if err != nil {
		return err
	}
	b.Reset()
	_ = page.Table(&b, rows(all)) // a builder takes all
	return place.Rewrite(overview, b.String())
}
