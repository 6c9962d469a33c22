// Command mkindex writes the index that internal/boto embeds, from a folder
// with boto3 and botocore as pip installs them.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/boto"
)

func main() {
	from := flag.String("from", "", "`folder` with boto3 and botocore")
	out := flag.String("o", "internal/boto/index.json.gz", "`file` to write")
	flag.Parse()
	if err := run(*from, *out); err != nil {
		fmt.Fprintln(os.Stderr, "mkindex: error:", err)
		os.Exit(1)
	}
}

func run(from, out string) (err error) {
	a, err := artifact.Open(from, artifact.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	found, err := boto.Find(a)
	if err != nil {
		return err
	}
	if len(found) != 1 || found[0].Botocore == "" || found[0].Boto3 == "" {
		return fmt.Errorf("%s must hold one boto3 with its botocore", from)
	}
	var b bytes.Buffer
	if err := found[0].WriteIndex(&b); err != nil {
		return err
	}
	return os.WriteFile(out, b.Bytes(), 0o644)
}
