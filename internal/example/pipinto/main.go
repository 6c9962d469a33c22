// Command pipinto installs Python packages into a new folder with the newest
// Python that has pip: pipinto DIR REQUIREMENT...
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/coldcut/coldcut/internal/example"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "pipinto: error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) < 2 {
		return errors.New("usage: pipinto DIR REQUIREMENT")
	}
	python, err := example.Newest(ctx)
	if err != nil {
		return err
	}
	return example.Kit{Out: os.Stderr}.Install(ctx, python, args[0], args[1:]...)
}
