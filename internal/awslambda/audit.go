package awslambda

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"
	"golang.org/x/sync/errgroup"

	"github.com/coldcut/coldcut/internal/audit"
	"github.com/coldcut/coldcut/internal/shard"
)

// AuditOptions say what an audit looks at, and with how much at a time.
type AuditOptions struct {
	// Regions; none is that of the place.
	Regions []string
	// Data is the folder of the journal, and of what is downloaded as long as it is
	// looked at.
	Data string
	// Program is a fingerprint of the program: what another one found out does not count.
	Program string
	// Part of the functions; the zero value is all.
	Part shard.Shard
	// Parallel is how many functions are downloaded at a time; 0 is 8.
	Parallel int
	// Judges is how many are looked at at a time, each with some 20 MB of memory and what
	// the collector leaves; 0 is as many as there are cores.
	Judges int
	// Keep is the folder that the code stays in; none where it is empty. With it the
	// journal spares no function.
	Keep string
	// LayerBytes is how much disk layers may take that are not looked at just now; 0 is
	// 2 GiB.
	LayerBytes int64
	// Progress, where set, is told how many functions are done. It may be called from
	// several goroutines.
	Progress func(done, total int)
}

// StoppedError says that an audit was stopped; what is done is in the journal.
type StoppedError struct {
	Done, Total int
	Err         error
}

func (e *StoppedError) Error() string {
	if e.Total == 0 {
		return "stopped while the functions were listed"
	}
	return fmt.Sprintf("stopped with %d of %d functions done", e.Done, e.Total)
}

func (e *StoppedError) Unwrap() error { return e.Err }

// auditing is one audit.
type auditing struct {
	opts    AuditOptions
	journal *audit.Journal
	scratch string
	layers  *layerCache
	judges  chan struct{}

	mu     sync.Mutex
	result *audit.Result
	done   int
	total  int
}

// job is a function that is to be looked at.
type job struct {
	client    *Client
	name, arn string
}

// Audit looks at the Python functions of an account. It only reads: it calls
// ListFunctions, GetFunction and GetLayerVersionByArn, and downloads from where these
// say. What is wrong with one function is in its verdict, and an error is what no
// verdict could be found for.
func Audit(ctx context.Context, place Place, o AuditOptions) (result *audit.Result, err error) {
	o.Parallel, o.Judges = cmp.Or(o.Parallel, 8), cmp.Or(o.Judges, runtime.GOMAXPROCS(0))
	o.LayerBytes = cmp.Or(o.LayerBytes, 2<<30)
	clients, err := connectAll(ctx, place, o.Regions)
	if err != nil {
		return nil, err
	}
	a := &auditing{opts: o, judges: make(chan struct{}, o.Judges), result: &audit.Result{
		Started: time.Now().UTC().Truncate(time.Second), Skipped: map[string]int{}, Functions: []audit.Function{}, Model: audit.Rates(),
		Local: clients[0].elsewhere(),
	}}
	if o.Part.Count > 1 {
		a.result.Shard = &o.Part
	}
	if a.journal, err = audit.OpenJournal(o.Data, o.Program, o.Part); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.journal.Close()) }()
	if a.scratch, err = a.journal.Scratch(); err != nil {
		return nil, err
	}
	if a.layers, err = newLayerCache(filepath.Join(a.scratch, "layers"), o.LayerBytes); err != nil {
		return nil, err
	}
	if err := a.run(ctx, clients); err != nil {
		if ctx.Err() != nil {
			err = &StoppedError{a.done, a.total, ctx.Err()}
		}
		return nil, err
	}
	a.result.Sort()
	return a.result, nil
}

// connectAll makes a client for each region.
func connectAll(ctx context.Context, place Place, regions []string) (clients []*Client, err error) {
	if len(regions) == 0 {
		regions = []string{place.Region}
	}
	regions = slices.Clone(regions)
	slices.Sort(regions)
	for _, region := range slices.Compact(regions) {
		place.Region = region
		c, err := Connect(ctx, place)
		if err != nil {
			return nil, err
		}
		clients = append(clients, c)
	}
	return clients, nil
}

func (a *auditing) run(ctx context.Context, clients []*Client) error {
	var jobs []job
	for _, c := range clients {
		a.result.Regions = append(a.result.Regions, c.region)
		more, err := a.list(ctx, c)
		if err != nil {
			return fmt.Errorf("cannot list the functions in %s: %w", c.region, cause(ctx, err))
		}
		jobs = append(jobs, more...)
	}
	a.done = len(a.result.Functions)
	a.total = a.done + len(jobs)
	a.tell()
	g, going := errgroup.WithContext(ctx)
	g.SetLimit(a.opts.Parallel)
	for i, j := range jobs {
		if going.Err() != nil {
			break
		}
		g.Go(func() error { return a.look(going, j, filepath.Join(a.scratch, strconv.Itoa(i))) })
	}
	return g.Wait()
}

func (a *auditing) tell() {
	if a.opts.Progress != nil {
		a.opts.Progress(a.done, a.total)
	}
}

// list finds the functions of a region. Those that have not changed are done with.
// What it holds of the others is their names alone: an account may have many.
func (a *auditing) list(ctx context.Context, c *Client) (jobs []job, err error) {
	pages := lambda.NewListFunctionsPaginator(c.lambda, &lambda.ListFunctionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, plainly(err)
		}
		for i := range page.Functions {
			f := factsOf(c.region, &page.Functions[i])
			a.result.Account = cmp.Or(a.result.Account, accountOf(f.ARN))
			if !a.opts.Part.Has(f.ARN) {
				continue
			}
			if !f.Container && !strings.HasPrefix(f.Runtime, "python") {
				a.result.Skipped[cmp.Or(f.Runtime, "unknown")]++
				continue
			}
			switch known, ok := a.journal.Known(f.ARN, f.Key()); {
			case f.Container:
				f.Verdict, f.Why = audit.Image, toldOfImages
				a.result.Functions = append(a.result.Functions, f.Function)
			case ok && a.opts.Keep == "":
				a.result.Functions = append(a.result.Functions, known)
				a.result.Again++
			default:
				jobs = append(jobs, job{c, f.Name, f.ARN})
			}
		}
	}
	return jobs, nil
}

// toldOfImages says why an image is not looked at, and what to do.
const toldOfImages = "it is a container image, which an audit does not download: docker pull it, docker save -o image.tar, and coldcut slim image.tar -o slim.tar"

// accountOf is the account's number in an ARN.
func accountOf(arn string) string {
	if parts := strings.Split(arn, ":"); len(parts) > 4 {
		return parts[4]
	}
	return ""
}

func factsOf(region string, c *types.FunctionConfiguration) *audit.Facts {
	f := &audit.Facts{
		Function: audit.Function{
			Region: region, Name: aws.ToString(c.FunctionName), ARN: aws.ToString(c.FunctionArn), Runtime: string(c.Runtime),
			Handler: aws.ToString(c.Handler), MemoryMB: int(aws.ToInt32(c.MemorySize)), ZipBytes: c.CodeSize,
		},
		CodeSHA256: aws.ToString(c.CodeSha256), Container: c.PackageType == types.PackageTypeImage,
	}
	for _, l := range c.Layers {
		f.Layers = append(f.Layers, audit.Layer{ARN: aws.ToString(l.Arn), ZipBytes: l.CodeSize})
	}
	if c.Environment != nil {
		f.Env = c.Environment.Variables
		if e := c.Environment.Error; e != nil {
			f.EnvError = aws.ToString(e.ErrorCode)
		}
	}
	return f
}

// codeName is what a function's zip is called, each in a folder of its own: reasons name
// the file, and so does the lock whose size counts.
const codeName = "function.zip"

// look judges one function, whose code is in dir meanwhile.
func (a *auditing) look(ctx context.Context, j job, dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	name := filepath.Join(dir, codeName)
	facts, err := a.judge(ctx, j, name)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		facts.Verdict, facts.Why = audit.NotRead, err.Error()
	}
	if err := a.settle(facts, name); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.result.Functions = append(a.result.Functions, facts.Function)
	a.done++
	a.tell()
	return nil
}

// judge downloads a function and looks at it. The facts are those of the function as it
// is downloaded, and there are some whatever fails.
func (a *auditing) judge(ctx context.Context, j job, name string) (*audit.Facts, error) {
	facts := &audit.Facts{Function: audit.Function{Region: j.client.region, Name: j.name, ARN: j.arn}}
	out, err := j.client.lambda.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: &j.arn})
	if err != nil {
		return facts, fmt.Errorf("it cannot be read: %w", plainly(err))
	}
	if out.Configuration == nil || out.Code == nil {
		return facts, errors.New("nothing is said of its code")
	}
	facts = factsOf(j.client.region, out.Configuration)
	facts.ARN = j.arn // as it was listed
	if e := out.Code.Error; e != nil {
		return facts, fmt.Errorf("its code cannot be had: %s", aws.ToString(e.Message))
	}
	in := audit.Input{Code: name, Env: facts.Env, EnvError: facts.EnvError}
	err = j.client.download(ctx, zipped{aws.ToString(out.Code.Location), facts.CodeSHA256, facts.ZipBytes}, name)
	if err != nil {
		return facts, err
	}
	for _, l := range facts.Layers {
		path, release, err := a.layers.take(ctx, j.client, l.ARN)
		if err != nil {
			return facts, err
		}
		defer release()
		if err := a.keep(path, "layers", strings.TrimSuffix(filepath.Base(path), ".zip")); err != nil {
			return facts, err
		}
		in.Layers = append(in.Layers, path)
	}
	select {
	case a.judges <- struct{}{}:
		defer func() { <-a.judges }()
	case <-ctx.Done():
		return facts, ctx.Err()
	}
	return facts, audit.Judge(ctx, &facts.Function, in)
}

// settle keeps the verdict, and the code where that was asked for; else it is deleted.
func (a *auditing) settle(f *audit.Facts, name string) error {
	if f.Verdict != audit.NotRead {
		if err := a.keep(name, "functions", f.Region+"-"+f.Name); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(filepath.Dir(name)); err != nil {
		return err
	}
	return a.journal.Add(f.Key(), &f.Function)
}

// keep copies a zip into the folder of those that stay, where there is one.
func (a *auditing) keep(path, kind, name string) error {
	if a.opts.Keep == "" {
		return nil
	}
	dir := filepath.Join(a.opts.Keep, kind)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return copyWhole(path, filepath.Join(dir, name+".zip"))
}

// plainly is what the API says, without the SDK's words about the request.
func plainly(err error) error {
	var api smithy.APIError
	if errors.As(err, &api) {
		return fmt.Errorf("%s: %s", api.ErrorCode(), api.ErrorMessage())
	}
	return err
}
