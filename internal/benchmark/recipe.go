//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/coldcut/coldcut/internal/example"
)

// byHand is the recipe that people use, from a folder $1 to a zip $3 by way of
// a copy $2.
const byHand = `set -e
cp -r "$1" "$2"
cd "$2"
find botocore/data -mindepth 1 -maxdepth 1 -type d ! -name dynamodb -exec rm -r {} +
zip -qr9 "$3" .`

// recipe compares coldcut, which has to find out what is used, with people who
// know it already.
func recipe(ctx context.Context, s *setting) error {
	if _, err := exec.LookPath("zip"); err != nil {
		fmt.Println("\nThe recipe is not measured: zip is missing, install it with `apt-get install zip`.")
		return nil
	}
	dir, err := s.function(ctx)
	if err != nil {
		return err
	}
	sides := []*side{
		{name: "recipe: cp, find, rm, zip", out: filepath.Join(s.work, "recipe.zip"), copied: filepath.Join(s.work, "recipe")},
		{name: "coldcut slim", out: filepath.Join(s.work, "coldcut.zip")},
	}
	for n := range s.runs + 1 {
		for _, side := range sides {
			took, err := side.run(ctx, s, dir)
			if err != nil {
				return err
			}
			if n > 0 { // the first fills the page cache
				side.samples = append(side.samples, took)
			}
		}
	}
	rows := [][]string{{"", "time", "fastest", "CPU time", "zip"}}
	for _, side := range sides {
		row, err := side.row()
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	table(fmt.Sprintf("From a folder with boto3 %s to a zip with DynamoDB alone, median of %d", example.Release(dir, "boto3"), s.runs), rows...)
	fmt.Printf("\ncoldcut takes %.2f of the recipe's time; at most 0.50 is promised.\n",
		float64(median(sides[1].samples, wall))/float64(median(sides[0].samples, wall)))
	return nil
}

// side is one of the ways to make the zip.
type side struct {
	name, out string
	copied    string // the recipe's copy
	samples   []sample
}

func (d *side) run(ctx context.Context, s *setting, dir string) (sample, error) {
	if err := os.RemoveAll(d.out); err != nil {
		return sample{}, err
	}
	if d.copied == "" {
		return runOnce(ctx, s.coldcut, "slim", "--no-cache", "--no-verify", dir, "-o", d.out, "--keep", "dynamodb")
	}
	if err := os.RemoveAll(d.copied); err != nil {
		return sample{}, err
	}
	out, err := filepath.Abs(d.out)
	if err != nil {
		return sample{}, err
	}
	return runOnce(ctx, "sh", "-c", byHand, "sh", dir, d.copied, out)
}

func (d *side) row() ([]string, error) {
	info, err := os.Stat(d.out)
	if err != nil {
		return nil, err
	}
	fastest := d.samples[0].wall
	for _, s := range d.samples {
		fastest = min(fastest, s.wall)
	}
	return []string{d.name, ms(median(d.samples, wall)), ms(fastest), ms(median(d.samples, cpu)), megabytes(info.Size())}, nil
}
