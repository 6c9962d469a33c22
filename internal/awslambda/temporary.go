package awslambda

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Prefix begins the name of everything temporary.
const Prefix = "coldcut-bench-"

// Lambda's limits for zip packages.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const (
	directLimit   = 50 << 20
	unpackedLimit = 250 << 20
)

// runID tells the temporary things of one run from those of others.
func runID() string {
	var id [4]byte
	_, _ = rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}

// nameFor makes the name of a temporary function, at most 64 characters.
func (s *session) nameFor(arm string, memory int) string {
	slug := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '-'
	}, arm)
	return fmt.Sprintf("%s%s-%.20s-%d-%d", Prefix, s.id, slug, len(s.functions), memory)
}

// TooLargeError says that Lambda does not take a package.
type TooLargeError struct {
	Arm         string
	Size, Limit int64
	// Direct is whether a bucket would help.
	Direct bool
}

func (e *TooLargeError) Error() string {
	what := "unpacks to"
	if e.Direct {
		what = "is a zip of"
	}
	return fmt.Sprintf("%s %s %.1f MiB, Lambda takes %d", e.Arm, what, float64(e.Size)/(1<<20), e.Limit>>20)
}

// check refuses what could not work before anything is made.
func (o Options) check() error {
	if len(o.Arms) == 0 || o.Samples < 1 {
		return errors.New("there is nothing to sample")
	}
	for _, arm := range o.Arms {
		p := arm.Package
		switch {
		case p == nil && arm.Function == "":
			return fmt.Errorf("%s is neither a package nor a function", arm.Name)
		case p == nil:
		case len(o.MemoryMB) == 0:
			return errors.New("no memory size was given")
		case p.Bytes > unpackedLimit:
			return &TooLargeError{Arm: arm.Name, Size: p.Bytes, Limit: unpackedLimit}
		case p.ZipBytes > directLimit && o.Bucket == "":
			return &TooLargeError{Arm: arm.Name, Size: p.ZipBytes, Limit: directLimit, Direct: true}
		}
	}
	return nil
}

// create makes a cell's temporary function.
func (s *session) create(ctx context.Context, c *cell) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	code, err := s.upload(ctx, c)
	if err != nil {
		return err
	}
	f := c.function
	f.made = true // also where the answer gets lost
	env := maps.Clone(f.env)
	if env == nil {
		env = map[string]string{}
	}
	env[marker] = s.id
	in := &lambda.CreateFunctionInput{
		FunctionName: &f.name, Code: code, Role: &s.opts.Role, Handler: &s.opts.Handler, Runtime: types.Runtime(s.opts.Runtime),
		MemorySize: aws.Int32(int32(c.memory)), Timeout: aws.Int32(int32(s.opts.Timeout / time.Second)),
		Description: aws.String("temporary, of coldcut bench"), Environment: &types.Environment{Variables: env},
		TracingConfig: &types.TracingConfig{Mode: types.TracingModeActive},
	}
	if s.opts.Arch != "" {
		in.Architectures = []types.Architecture{types.Architecture(s.opts.Arch)}
	}
	whole, cancel := unhurried(ctx)
	defer cancel()
	_, err = s.lambda.CreateFunction(whole, in)
	// The name is ours alone: if it is taken, an answer got lost and the SDK asked again.
	if err != nil && !is[*types.ResourceConflictException](err) {
		return fmt.Errorf("cannot create a function for %s: %w", c.arm.Name, err)
	}
	waiter := lambda.NewFunctionActiveV2Waiter(s.lambda)
	out, err := waiter.WaitForOutput(ctx, &lambda.GetFunctionInput{FunctionName: &f.name}, longestUpdate, func(o *lambda.FunctionActiveV2WaiterOptions) {
		o.MinDelay, o.MaxDelay = s.opts.Poll, max(s.opts.Poll, 5*time.Second)
	})
	if err != nil {
		return fmt.Errorf("waiting for the function of %s: %w", c.arm.Name, cause(ctx, err))
	}
	f.revision = aws.ToString(out.Configuration.RevisionId)
	return nil
}

// grace is how long a call that makes something may take to its end once the run was
// stopped.
const grace = 30 * time.Second

// unhurried lets a call come to its end though ctx is done: one that is cut off may
// make its thing after the clean-up has looked for it.
func unhurried(ctx context.Context) (context.Context, context.CancelFunc) {
	whole, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return whole, func() { stop(); cancel() }
}

// upload returns the code of a function: the archive itself, or a place in the
// user's bucket.
func (s *session) upload(ctx context.Context, c *cell) (*types.FunctionCode, error) {
	p := c.arm.Package
	if p.ZipBytes <= directLimit {
		return &types.FunctionCode{ZipFile: p.Zip}, nil
	}
	f := c.function
	f.object = f.name + ".zip"
	ctx, cancel := unhurried(ctx)
	defer cancel()
	_, err := s.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: &s.opts.Bucket, Key: &f.object, Body: bytes.NewReader(p.Zip)})
	if err != nil {
		return nil, fmt.Errorf("cannot upload %s to the bucket %s: %w", c.arm.Name, s.opts.Bucket, err)
	}
	return &types.FunctionCode{S3Bucket: &s.opts.Bucket, S3Key: &f.object}, nil
}

// CleanupError says what a run left behind, and how to remove it.
type CleanupError struct {
	// Commands are those of the AWS CLI, one for each thing.
	Commands []string
	// Restore are files that the commands read, by name: what functions were like.
	// They may hold secrets.
	Restore map[string][]byte
	Err     error
}

func (e *CleanupError) Error() string {
	return "not everything could be cleaned up: " + e.Err.Error()
}

func (e *CleanupError) Unwrap() error { return e.Err }

// longestCleanup bounds the clean-up of one thing.
const longestCleanup = 3 * time.Minute

// cleanUp deletes and restores, whatever else went wrong.
func (s *session) cleanUp(ctx context.Context) *CleanupError {
	left := &CleanupError{Restore: map[string][]byte{}}
	for _, f := range s.functions {
		ctx, cancel := context.WithTimeout(ctx, longestCleanup)
		if f.borrowed != nil {
			left.add(s.restore(ctx, f, s.opts.Poll), func() []string { return s.restoreCommands(f, left.Restore) })
		} else {
			s.remove(ctx, f, left)
		}
		cancel()
	}
	if left.Err == nil {
		return nil
	}
	return left
}

func (e *CleanupError) add(err error, commands func() []string) {
	if err != nil {
		e.Err = errors.Join(e.Err, err)
		e.Commands = append(e.Commands, commands()...)
	}
}

// remove deletes what is there of a temporary function.
func (s *session) remove(ctx context.Context, f *function, left *CleanupError) {
	if f.object != "" {
		_, err := s.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.opts.Bucket, Key: &f.object})
		left.add(err, func() []string { return []string{s.command("s3 rm s3://%s/%s", s.opts.Bucket, f.object)} })
	}
	if !f.made {
		return
	}
	left.add(s.delete(ctx, f), func() []string { return []string{s.command("lambda delete-function --function-name %s", f.name)} })
	if !s.opts.DeleteLogs || s.local.Load() {
		return
	}
	group := "/aws/lambda/" + f.name
	left.add(s.logs.delete(ctx, group), func() []string { return []string{s.command("logs delete-log-group --log-group-name %s", group)} })
}

// delete deletes a function, once no update of it is in progress any more.
func (s *session) delete(ctx context.Context, f *function) error {
	for {
		_, err := s.lambda.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: &f.name})
		if err == nil || is[*types.ResourceNotFoundException](err) {
			return nil
		}
		if !is[*types.ResourceConflictException](err) || sleep(ctx, s.opts.Poll) != nil {
			return fmt.Errorf("cannot delete %s: %w", f.name, err)
		}
	}
}

func (s *session) command(format string, args ...any) string {
	return "aws --region " + s.region + " " + fmt.Sprintf(format, args...)
}

// restoreCommands put a borrowed function back by hand. Its environment goes into a
// file: it is nothing to print.
func (s *session) restoreCommands(f *function, files map[string][]byte) []string {
	name := "coldcut-restore-" + strings.NewReplacer("/", "-", ":", "-").Replace(f.name) + ".json"
	data, err := json.MarshalIndent(map[string]any{
		"FunctionName": f.name, "MemorySize": aws.ToInt32(f.borrowed.MemorySize),
		"Environment": map[string]any{"Variables": variables(f.borrowed)}, "TracingConfig": map[string]any{"Mode": f.tracing()},
	}, "", "  ")
	if err != nil {
		return []string{err.Error()} // strings and numbers alone cannot fail
	}
	files[name] = append(data, '\n')
	return []string{s.command("lambda update-function-configuration --cli-input-json file://%s", name)}
}
