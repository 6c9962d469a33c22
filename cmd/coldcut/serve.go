package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/coldcut/coldcut/internal/lambdasim"
	"github.com/coldcut/coldcut/internal/report"
)

// serving is one run of serve.
type serving struct {
	sys              *system
	listen, faults   string
	pageCache, shape string
	quiet            bool
	opts             lambdasim.Options
}

func newServe(sys *system) *cobra.Command {
	s := &serving{sys: sys}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve a Lambda and an X-Ray on this machine",
		Long: `serve answers Lambda's API and X-Ray's on a loopback address, for boto3, the AWS
CLI and every other client that is told of an endpoint URL. It runs the package
that is deployed in the real Python of its runtime: each cold start unpacks it
afresh and starts a process; each configuration change makes the next one cold.

Where the system allows it, CPU and memory are limited as Lambda limits them, the
code folder is read-only, and code and layers lie in /var/task and /opt. What it
does not allow is printed at the start and stands in every log. Nothing that it
measures is AWS's, and everything that it answers says so.

It runs what is deployed to it as you. It checks that requests are signed, not by
whom, and listens on a loopback address alone.

Faults, for testing clients:
` + faultList() + `
It serves until it is interrupted, and leaves nothing behind but what --data names.`,
		Example: `  coldcut serve
  coldcut serve --data .lambda --faults trace-delay=2s,split-traces,throttle=5

  export AWS_ENDPOINT_URL=http://127.0.0.1:9001 AWS_DEFAULT_REGION=us-east-1
  export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
  aws lambda create-function --function-name f --runtime python3.13 \
      --role arn:aws:iam::000000000000:role/any --handler app.handler --zip-file fileb://function.zip
  aws lambda invoke --function-name f --log-type Tail out.json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context()) },
	}
	f := cmd.Flags()
	f.StringVar(&s.listen, "listen", "127.0.0.1:9001", "loopback `ADDRESS` and port; port 0 takes a free one")
	f.StringVar(&s.opts.Data, "data", "", "keep functions, layers and code in `DIR` (default: forget them)")
	f.Float64Var(&s.opts.InitCPU, "init-cpu", 0, "`VCPUS` that initialisation gets (default: all there are)")
	f.StringVar(&s.pageCache, "page-cache", "keep", "what a cold start finds of the unpacked package in memory: keep or drop")
	f.StringVar(&s.shape, "trace-shape", "classic", "form of traces: classic or init, AWS has both")
	f.DurationVar(&s.opts.UpdateTime, "update-time", 0, "how long an update stays in progress")
	f.IntVar(&s.opts.Concurrency, "concurrency", 1000, "invocations that may run at a time")
	f.StringVar(&s.faults, "faults", "", "what goes wrong on purpose: `LIST` as above")
	f.BoolVar(&s.opts.Unlimited, "no-limits", false, "limit neither CPU nor memory")
	f.BoolVarP(&s.quiet, "quiet", "q", false, "print no requests and nothing that functions write")
	return cmd
}

// faultList is the part of the help that tells the faults.
func faultList() string {
	var b strings.Builder
	for _, f := range lambdasim.FaultNames {
		fmt.Fprintf(&b, "  %-22s %s\n", f.Name, f.Doc)
	}
	return b.String()
}

// check reads the flags that are words.
func (s *serving) check() error {
	switch s.pageCache {
	case "keep":
	case "drop":
		s.opts.PageCache = lambdasim.PageCacheDropped
	default:
		return usageError("--page-cache is keep or drop, not %q", s.pageCache)
	}
	switch s.shape {
	case "classic":
	case "init":
		s.opts.Shape = lambdasim.ShapeInit
	default:
		return usageError("--trace-shape is classic or init, not %q", s.shape)
	}
	if s.opts.Concurrency < 1 || s.opts.InitCPU < 0 || s.opts.UpdateTime < 0 {
		return usageError("--concurrency, --init-cpu and --update-time cannot be less than nothing")
	}
	var err error
	if s.opts.Faults, err = lambdasim.ParseFaults(s.faults); err != nil {
		return &exitError{exitUsage, err, "coldcut serve --help lists the faults"}
	}
	return nil
}

func (s *serving) run(ctx context.Context) error {
	if err := s.check(); err != nil {
		return err
	}
	l, err := lambdasim.Listen(s.listen)
	if err != nil {
		return &exitError{exitUsage, fmt.Errorf("--listen: %w", err), "--listen 127.0.0.1:0 takes a free port"}
	}
	if !s.quiet {
		s.opts.Log = lines(s.sys.stderr)
	}
	lambda, err := lambdasim.New(s.opts)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	server := &http.Server{Handler: lambda, ReadHeaderTimeout: time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	s.greet("http://"+l.Addr().String(), lambda.Conditions())
	select {
	case <-ctx.Done(): // as it is meant to end
		err = nil
	case err = <-failed:
	}
	return errors.Join(err, lambda.Close(), server.Close())
}

// greet says where the server is and what its figures are made under.
func (s *serving) greet(url string, c lambdasim.Conditions) {
	fmt.Fprintf(s.sys.stdout, "serving Lambda and X-Ray at %s\n\n", url)
	fmt.Fprintf(s.sys.stdout, "  export AWS_ENDPOINT_URL=%s AWS_DEFAULT_REGION=us-east-1\n  export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local\n\n", url)
	init := "as much as there is"
	if c.InitCPU > 0 {
		init = fmt.Sprintf("%g vCPU", c.InitCPU)
	}
	for _, line := range [][2]string{
		{"CPU", c.CPU}, {"CPU in init", init}, {"memory", c.Memory}, {"code folder", c.Code}, {"paths", c.Paths}, {"unpacked", c.Unpacked}, {"page cache", c.PageCache},
	} {
		fmt.Fprintf(s.sys.stdout, "  %-12s %s\n", line[0], report.Printable(line[1]))
	}
}

// lines returns what writes one line at a time, from any goroutine.
func lines(w io.Writer) func(string) {
	var mu sync.Mutex
	return func(line string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintln(w, report.Printable(strings.ReplaceAll(line, "\t", "  ")))
	}
}
