// Command mkindex writes what the program embeds of the newest boto3: the index
// of internal/boto and the calls of its own that scan knows. It reads a folder
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
	"github.com/coldcut/coldcut/scan"
)

func main() {
	from := flag.String("from", "", "`folder` with boto3 and botocore")
	out := flag.String("o", "internal/boto/index.json.gz", "`file` to write")
	calls := flag.String("calls", "scan/selfcalls.json", "`file` to write boto's own calls to")
	flag.Parse()
	if err := run(*from, *out, *calls); err != nil {
		fmt.Fprintln(os.Stderr, "mkindex: error:", err)
		os.Exit(1)
	}
}

func run(from, out, calls string) (err error) {
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
	if err := os.WriteFile(out, b.Bytes(), 0o644); err != nil {
		return err
	}
	b.Reset()
	if err := scan.WriteSelfCalls(&b, a); err != nil {
		return err
	}
	return os.WriteFile(calls, b.Bytes(), 0o644)
}
