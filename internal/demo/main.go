// Command demo shows coldcut at work on the functions in examples/, with real
// Pythons and the boto3 of the registry. `make demo` runs it.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/coldcut/coldcut/internal/example"
	"github.com/coldcut/coldcut/internal/pyrun"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "demo: error:", err)
		os.Exit(1)
	}
}

const (
	coldcut = "bin/coldcut"
	work    = ".work/demo"
)

// demo is what the steps share.
type demo struct {
	example.Kit
	table *tabwriter.Writer // printed at the end
	steps int
}

func run(ctx context.Context) error {
	d := demo{Kit: example.Kit{Out: os.Stdout}, table: tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)}
	if err := os.RemoveAll(work); err != nil {
		return err
	}
	if err := os.MkdirAll(work, 0o755); err != nil {
		return err
	}
	fmt.Fprintln(d.table, "function\ton disk\tbefore\tafter\tthe article's")
	if err := d.orders(ctx); err != nil {
		return err
	}
	if err := d.article(ctx); err != nil {
		return err
	}
	d.step("What it saved (as du counts)")
	return d.table.Flush()
}

func (d *demo) step(format string, args ...any) {
	d.steps++
	fmt.Printf("\n== %d. %s\n\n", d.steps, fmt.Sprintf(format, args...))
}

// orders is a function of today, cut with all that coldcut has.
func (d *demo) orders(ctx context.Context) error {
	python, err := example.Newest(ctx)
	if err != nil {
		return err
	}
	fat, zip, slim := filepath.Join(work, "orders"), filepath.Join(work, "orders.zip"), filepath.Join(work, "orders-slim")
	d.step("A Lambda function with the newest boto3, built for Python %s", python.Language())
	if err := d.Build(ctx, python, "orders", fat); err != nil {
		return err
	}
	d.step("Which AWS services does it use, and where?")
	if err := d.Run(ctx, coldcut, "scan", fat); err != nil {
		return err
	}
	d.step("The package without all the others, and with bytecode that lasts")
	if err := d.Run(ctx, coldcut, "slim", fat, "-o", zip, "--python", python.Language()); err != nil {
		return err
	}
	d.step("Does it still work? Unpack it as Lambda does and run the function's own tests")
	if err := d.Unzip(ctx, python, zip, slim); err != nil {
		return err
	}
	// Clients want a region and credentials, even if nothing is sent.
	if err := d.Setenv("AWS_DEFAULT_REGION=eu-central-1", "AWS_ACCESS_KEY_ID=none", "AWS_SECRET_ACCESS_KEY=none"); err != nil {
		return err
	}
	if err := d.Python(ctx, python, slim, "-m", "unittest", "discover", "examples/orders/tests"); err != nil {
		return err
	}
	d.step("Clients for what it uses, and one for what it does not")
	if err := d.Python(ctx, python, slim, "examples/clients.py", "dynamodb", "s3", "sqs", "sns", "events", "ec2"); err != nil {
		return err
	}
	return d.sizes(ctx, "orders", fat, slim, nil)
}

// article is what started coldcut: the services that are not used deleted from
// the boto3 of 2019, and nothing else.
func (d *demo) article(ctx context.Context) error {
	python, err := pyrun.Find(ctx, "3.7")
	if err != nil {
		d.step("The function of 2019: skipped")
		fmt.Printf("Its boto3 wants a Python of its time. %v\n", err)
		return nil
	}
	fat, slim := filepath.Join(work, "dynamodb"), filepath.Join(work, "dynamodb-slim")
	d.step("A function of 2019: boto3 1.9.233 on Python 3.7")
	if err := d.Build(ctx, python, "dynamodb", fat); err != nil {
		return err
	}
	d.step("The cut that people make by hand: all services deleted but DynamoDB; and bytecode that lasts")
	if err := d.Run(ctx, coldcut, "slim", fat, "-o", slim, "--only", "services,bytecode", "--keep", "dynamodb", "--python", "3.7"); err != nil {
		return err
	}
	if err := d.Python(ctx, python, slim, "-m", "unittest", "discover", "examples/dynamodb/tests"); err != nil {
		return err
	}
	if err := d.Python(ctx, python, slim, "examples/clients.py", "dynamodb", "s3"); err != nil {
		return err
	}
	return d.sizes(ctx, "dynamodb", fat, slim, example.Article)
}

// sizes adds a function to the table at the end.
func (d *demo) sizes(ctx context.Context, name, fat, slim string, article map[string]string) error {
	for _, part := range []string{"botocore", "boto3", "."} {
		before, err := example.DiskUsage(ctx, filepath.Join(fat, part))
		if err != nil {
			return err
		}
		after, err := example.DiskUsage(ctx, filepath.Join(slim, part))
		if err != nil {
			return err
		}
		shown := part + " " + example.Release(fat, part)
		if part == "." {
			shown = "all"
		}
		fmt.Fprintf(d.table, "%s\t%s\t%s\t%s\t%s\n", name, shown, example.Size(before), example.Size(after), article[part])
		name = ""
	}
	return nil
}
