//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/coldcut/coldcut/internal/example"
	"github.com/coldcut/coldcut/internal/pyrun"
)

// article reproduces the article's table of sizes, then does better.
func article(ctx context.Context, s *setting) error {
	rows := [][]string{{"Python", "package", "the article's", "before", "`--only services`", "all passes"}}
	old, err := pyrun.Find(ctx, "3.7")
	if err != nil {
		fmt.Printf("\nThe article's own versions are not measured: %v\n", err)
	} else {
		dir := filepath.Join(s.work, "article")
		if err := (example.Kit{Out: os.Stderr}).Build(ctx, old, "dynamodb", dir); err != nil {
			return err
		}
		if rows, err = s.sizes(ctx, rows, old, dir, example.Article); err != nil {
			return err
		}
	}
	dir, err := s.function(ctx)
	if err != nil {
		return err
	}
	if rows, err = s.sizes(ctx, rows, s.python, dir, nil); err != nil {
		return err
	}
	table("Sizes on disk with DynamoDB alone, as du counts", rows...)
	return nil
}

// sizes adds a function to the table.
func (s *setting) sizes(ctx context.Context, rows [][]string, p *pyrun.Interpreter, dir string, article map[string]string) ([][]string, error) {
	services, all := dir+"-services", dir+"-all"
	for out, flags := range map[string][]string{services: {"--only", "services"}, all: nil} {
		if err := os.RemoveAll(out); err != nil {
			return nil, err
		}
		if _, err := runOnce(ctx, s.coldcut, append([]string{"slim", "--no-cache", "--no-verify", dir, "-o", out, "--keep", "dynamodb"}, flags...)...); err != nil {
			return nil, err
		}
	}
	for _, part := range []string{"botocore", "boto3", "."} {
		row := []string{p.Version, part + " " + example.Release(dir, part), article[part]}
		if part == "." {
			row[1] = "all"
		}
		for _, folder := range []string{dir, services, all} {
			size, err := example.DiskUsage(ctx, filepath.Join(folder, part))
			if err != nil {
				return nil, err
			}
			row = append(row, example.Size(size))
		}
		rows = append(rows, row)
	}
	return rows, nil
}
