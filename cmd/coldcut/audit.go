package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/audit"
	"github.com/coldcut/coldcut/internal/awslambda"
	"github.com/coldcut/coldcut/internal/report"
	"github.com/coldcut/coldcut/internal/shard"
)

// auditing is one run of audit.
type auditing struct {
	*output
	run    awslambda.AuditOptions
	place  awslambda.Place
	on     string
	save   string
	html   string
	top    int
	merge  bool
	policy bool
}

func newAudit(sys *system) *cobra.Command {
	a := &auditing{output: &output{sys: sys}}
	cmd := &cobra.Command{
		Use:   "audit {--on aws | --endpoint URL | --merge PART...}",
		Short: "Say of each function of an account what a cut would take, and change nothing",
		Long: `audit lists the Python functions of an account, downloads their code and layers, and
scans each as slim does. It says which boto3 a function ships, what a cut would take
from the package that holds it, about what from the start, and what cannot be told:
places that the scan cannot resolve, code that cannot be had, container images.
Functions of other runtimes are counted.

--on aws uses your AWS configuration, and --endpoint URL another Lambda, such as that
of coldcut serve. It only reads: ListFunctions, GetFunction and GetLayerVersionByArn.
--print-policy prints the IAM policy that this needs.

What is found out is kept in --data, so that a run which was stopped goes on, and a
function whose code, layers and configuration have not changed is not downloaded
again. Code is deleted as soon as it was looked at, unless --keep names a folder for it.
Of environment variables nothing is kept but a checksum.

--shard 2/8 takes the second of eight parts. In AWS Batch arrays and Kubernetes Jobs
with indexed completion the index is read from the environment, and SHARDS says of how
many. Each part writes --save FILE, and --merge joins them.

The start is an estimate, from figures of docs/benchmarks.md: only bench measures.`,
		Example: `  coldcut audit --on aws
  coldcut audit --on aws --region eu-west-1,us-east-1 --html audit.html
  coldcut audit --endpoint http://127.0.0.1:9001
  coldcut audit --on aws --shard 2/8 --save part-2.json
  coldcut audit --merge part-1.json part-2.json --html audit.html
  coldcut audit --print-policy`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.main(cmd.Context(), args) },
	}
	a.addFlags(cmd)
	return cmd
}

func (a *auditing) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&a.on, "on", "", "aws: the account of your AWS configuration")
	f.StringVar(&a.place.Endpoint, "endpoint", "", "the `URL` of another Lambda, such as that of coldcut serve")
	f.StringSliceVar(&a.run.Regions, "region", nil, "the regions, with commas between them (default: that of your configuration)")
	f.StringVar(&a.place.Profile, "profile", "", "on AWS: the profile of your configuration")
	f.StringVar(&a.run.Data, "data", "", "keep what is found out in this `DIR` (default: audit in the cache's folder)")
	f.StringVar(&a.run.Keep, "keep", "", "keep the zips of functions and layers in this `DIR`, and download all of them")
	f.IntVar(&a.run.Parallel, "parallel", 0, "functions to download at a time (default 8)")
	f.IntVar(&a.run.Judges, "jobs", 0, "functions to scan at a time, each with some 50 MB of memory (default: one for each core)")
	f.Var(&a.run.Part, "shard", "take the `I/N`th part of the functions; I counts from 1 (default: what the environment says)")
	f.Lookup("shard").DefValue = "" // which is said in words
	f.BoolVar(&a.merge, "merge", false, "join the parts in these files instead")
	f.StringVar(&a.save, "save", "", "write the result as JSON to this `FILE` too")
	f.StringVar(&a.html, "html", "", "write a page to this `FILE` too")
	f.IntVar(&a.top, "top", 40, "list so many functions of a kind in text and Markdown; 0 lists all")
	f.BoolVar(&a.policy, "print-policy", false, "print the IAM policy that a run on AWS needs, and do nothing")
	a.addFlag(cmd)
	_ = cmd.MarkFlagDirname("data")
	_ = cmd.MarkFlagDirname("keep")
}

func (a *auditing) main(ctx context.Context, args []string) error {
	if err := a.check(); err != nil {
		return err
	}
	switch {
	case a.policy:
		_, err := a.sys.stdout.Write(awslambda.AuditPolicy())
		return err
	case a.merge:
		return a.join(args)
	}
	if err := a.checkRun(args); err != nil {
		return err
	}
	r, err := a.audit(ctx)
	if err != nil {
		return a.notDone(err)
	}
	return a.render(version(), r)
}

// checkRun refuses flags that do not go together.
func (a *auditing) checkRun(args []string) error {
	where, err := url.Parse(a.place.Endpoint)
	switch {
	case len(args) > 0:
		return &exitError{exitUsage, fmt.Errorf("audit takes no PATH, such as %q", args[0]), "coldcut audit --on aws; --merge joins parts"}
	case a.on == "" && a.place.Endpoint == "":
		return &exitError{exitUsage, errors.New("audit does not say which account"), "--on aws is that of your AWS configuration, and --endpoint URL another Lambda"}
	case a.on != "" && a.on != "aws":
		return usageError("unknown place %q; there is aws, and --endpoint URL", a.on)
	case a.on != "" && a.place.Endpoint != "":
		return usageError("--on aws and --endpoint exclude each other")
	case a.place.Endpoint != "" && (err != nil || where.Host == "" || where.Scheme != "http" && where.Scheme != "https"):
		return usageError("--endpoint %q is not a URL such as http://127.0.0.1:9001", a.place.Endpoint)
	case a.run.Parallel < 0 || a.run.Judges < 0 || a.top < 0:
		return usageError("--parallel, --jobs and --top cannot be less than nothing")
	}
	if a.run.Part.Count > 0 {
		return nil
	}
	if a.run.Part, err = shard.From(a.sys.getenv); err != nil {
		return &exitError{exitUsage, err, "--shard I/N says it, whatever the environment has"}
	}
	return nil
}

func (a *auditing) audit(ctx context.Context) (r *audit.Result, err error) {
	done, err := a.chooseData()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, done()) }()
	if a.run.Program, err = fingerprint(); err != nil {
		return nil, err
	}
	a.sys.collectRarely(cmp.Or(a.run.Judges, runtime.GOMAXPROCS(0)))
	bar := a.progress("functions")
	defer bar.done()
	a.run.Progress = bar.counted()
	return awslambda.Audit(ctx, a.place, a.run)
}

// chooseData names the folder of what is found out: in the cache, or, where there is to
// be none, one that goes with the run.
func (a *auditing) chooseData() (done func() error, err error) {
	nothing := func() error { return nil }
	named, on := a.sys.cacheDir()
	switch {
	case a.run.Data != "":
		return nothing, nil
	case !on:
		a.run.Data, err = os.MkdirTemp("", "coldcut-audit-")
		dir := a.run.Data
		return func() error { return os.RemoveAll(dir) }, err
	case named == "":
		user, err := os.UserCacheDir()
		if err != nil {
			return nil, &exitError{exitFailed, err, "name a folder for what is found out: --data DIR"}
		}
		named = filepath.Join(user, "coldcut")
	}
	a.run.Data = filepath.Join(named, "audit")
	return nothing, nil
}

// notDone says what is there of an audit that came to no end.
func (a *auditing) notDone(err error) error {
	var stopped *awslambda.StoppedError
	if errors.As(err, &stopped) {
		hint := "the same command goes on from there: what is done is in " + a.run.Data
		if _, on := a.sys.cacheDir(); !on && strings.HasPrefix(filepath.Base(a.run.Data), "coldcut-audit-") {
			hint = "--data DIR keeps what is done"
		}
		return &exitError{exitFailed, errors.New(stopped.Error()), hint}
	}
	var region *awslambda.NoRegionError
	if errors.As(err, &region) {
		return &exitError{exitFailed, err, "name one: --region us-east-1"}
	}
	return err
}

// join merges parts.
func (a *auditing) join(names []string) error {
	if len(names) == 0 {
		return &exitError{exitUsage, errors.New("--merge wants the files of the parts"), "coldcut audit --merge part-1.json part-2.json"}
	}
	var parts []audit.Part
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		p, err := report.ReadAudit(name, data)
		if err != nil {
			return &exitError{exitFailed, err, "make it with coldcut audit --save FILE"}
		}
		parts = append(parts, p)
	}
	r, err := audit.Merge(parts)
	if err != nil {
		return &exitError{exitUsage, err, "give each part of one audit once: coldcut audit --shard I/N --save FILE makes them"}
	}
	return a.render(parts[0].Coldcut, r)
}

// render writes the result in every form that was asked for.
func (a *auditing) render(version string, r *audit.Result) error {
	d := report.ForAudit(version, r, a.top)
	if a.save != "" {
		var data strings.Builder
		if err := d.JSON(&data); err != nil {
			return err
		}
		if err := artifact.WriteFile(a.save, []byte(data.String())); err != nil {
			return err
		}
	}
	if a.html != "" {
		page, err := d.AuditPage()
		if err != nil {
			return err
		}
		if err := artifact.WriteFile(a.html, page); err != nil {
			return err
		}
	}
	return a.write(d)
}
