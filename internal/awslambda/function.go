package awslambda

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// marker is the environment variable whose change forces a cold start.
const marker = "COLDCUT_BENCH"

// longestUpdate is how long an update of a function may take.
const longestUpdate = 5 * time.Minute

// function is one that cold starts are taken from. Its fields are only touched by
// the lane that samples it, and by the clean-up after that.
type function struct {
	name     string
	borrowed *lambda.GetFunctionConfigurationOutput // as it was; nil if it is temporary
	touched  bool                                   // a borrowed one was changed
	made     bool                                   // a temporary one may be there
	object   string                                 // the key of its package in the bucket
	env      map[string]string                      // without the marker
	memory   int32                                  // as it is known to be
	asked    int32                                  // as we asked for last
	late     int32                                  // as the update asked that a run was stopped in
	revision string
	sha256   string
}

// ChangedError says that somebody else changed a borrowed function during the run.
type ChangedError struct{ Function string }

func (e *ChangedError) Error() string {
	return e.Function + " was changed by somebody else during the run"
}

// borrow reads how a function is, and refuses one that could not be put back.
func (c *Client) borrow(ctx context.Context, name string) (*function, error) {
	conf, err := c.lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &name})
	if err != nil {
		return nil, fmt.Errorf("cannot read the function %s: %w", name, err)
	}
	f := &function{name: name, borrowed: conf, env: variables(conf), memory: aws.ToInt32(conf.MemorySize), revision: aws.ToString(conf.RevisionId), sha256: aws.ToString(conf.CodeSha256)}
	switch {
	case conf.Environment != nil && conf.Environment.Error != nil:
		return nil, fmt.Errorf("the environment of %s cannot be read (%s), so it could not be restored", name, aws.ToString(conf.Environment.Error.Message))
	case f.env[marker] != "":
		return nil, fmt.Errorf("%s has a variable %s, of a run that was killed perhaps: remove it first", name, marker)
	case conf.LastUpdateStatus == types.LastUpdateStatusInProgress:
		return nil, fmt.Errorf("%s is being updated: try again when that is done", name)
	}
	return f, nil
}

func variables(conf *lambda.GetFunctionConfigurationOutput) map[string]string {
	if conf.Environment == nil {
		return map[string]string{}
	}
	return maps.Clone(conf.Environment.Variables)
}

// force changes the function's environment, so that the next invocation is a cold
// start, and waits until that is in force.
func (c *Client) force(ctx context.Context, f *function, value string, memory int32, poll time.Duration) error {
	env := maps.Clone(f.env)
	if env == nil {
		env = map[string]string{}
	}
	env[marker] = value
	f.asked = memory
	return c.update(ctx, f, poll, func() *lambda.UpdateFunctionConfigurationInput {
		return &lambda.UpdateFunctionConfigurationInput{
			FunctionName: &f.name, RevisionId: revisionOf(f.revision), MemorySize: aws.Int32(memory),
			Environment: &types.Environment{Variables: env}, TracingConfig: &types.TracingConfig{Mode: types.TracingModeActive},
		}
	})
}

func revisionOf(revision string) *string {
	if revision == "" {
		return nil
	}
	return &revision
}

// conflicts is how often an update is tried again that came in the way of another.
const conflicts = 8

// update changes the configuration. While another update is in progress it waits;
// where the revision is another one than ours, it goes on only if the function is
// still ours.
func (c *Client) update(ctx context.Context, f *function, poll time.Duration, in func() *lambda.UpdateFunctionConfigurationInput) error {
	for try := 1; ; try++ {
		f.touched = true
		out, err := c.lambda.UpdateFunctionConfiguration(ctx, in())
		if err == nil {
			f.memory = aws.ToInt32(out.MemorySize)
			return c.updated(ctx, f, poll)
		}
		conflict, changed := is[*types.ResourceConflictException](err), is[*types.PreconditionFailedException](err)
		if !conflict && !changed || try == conflicts {
			return fmt.Errorf("cannot update %s: %w", f.name, err)
		}
		if err := c.updated(ctx, f, poll); err != nil {
			return err
		}
		if err := sleep(ctx, poll); err != nil {
			return err
		}
	}
}

// updated waits until no update is in progress, and notes the revision that this led
// to, unless somebody else made it.
func (c *Client) updated(ctx context.Context, f *function, poll time.Duration) error {
	conf, err := c.settled(ctx, f, poll)
	if err != nil {
		return err
	}
	if f.borrowed != nil {
		env := map[string]string{}
		if conf.Environment != nil {
			env = maps.Clone(conf.Environment.Variables)
		}
		delete(env, marker)
		if !maps.Equal(env, f.env) || aws.ToString(conf.CodeSha256) != f.sha256 || !f.ours(conf.MemorySize) {
			return &ChangedError{f.name}
		}
	}
	f.revision = aws.ToString(conf.RevisionId)
	return nil
}

// settled waits until no update is in progress.
func (c *Client) settled(ctx context.Context, f *function, poll time.Duration) (*types.FunctionConfiguration, error) {
	waiter := lambda.NewFunctionUpdatedV2Waiter(c.lambda)
	out, err := waiter.WaitForOutput(ctx, &lambda.GetFunctionInput{FunctionName: &f.name}, longestUpdate, func(o *lambda.FunctionUpdatedV2WaiterOptions) {
		o.MinDelay, o.MaxDelay = poll, max(poll, 5*time.Second)
	})
	if err != nil {
		return nil, fmt.Errorf("waiting for the update of %s: %w", f.name, cause(ctx, err))
	}
	return out.Configuration, nil
}

// cause prefers that of the context, which the SDK hides.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errors.Join(context.Cause(ctx), err)
	}
	return err
}

// restore puts a borrowed function back as it was. If it is no longer as we left
// it, only what is ours is taken out of it.
func (c *Client) restore(ctx context.Context, f *function, poll time.Duration) error {
	if !f.touched {
		return nil
	}
	// The update that a run was stopped in must come to its end first.
	if _, err := c.settled(ctx, f, poll); err != nil {
		return err
	}
	now, err := c.lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &f.name})
	if err != nil {
		return err
	}
	env := variables(now)
	delete(env, marker)
	f.revision = aws.ToString(now.RevisionId)
	memory := f.borrowed.MemorySize
	if !f.ours(now.MemorySize) {
		memory = nil
	}
	// Whatever else it has become stays. The update that the run was stopped in may
	// come into force even now.
	f.late = f.asked
	f.env, f.sha256, f.asked = env, aws.ToString(now.CodeSha256), aws.ToInt32(now.MemorySize)
	if memory != nil {
		f.asked = *memory
	}
	return c.update(ctx, f, poll, func() *lambda.UpdateFunctionConfigurationInput {
		return &lambda.UpdateFunctionConfigurationInput{
			FunctionName: &f.name, RevisionId: revisionOf(f.revision), MemorySize: memory,
			Environment: &types.Environment{Variables: env}, TracingConfig: &types.TracingConfig{Mode: f.tracing()},
		}
	})
}

// ours reports whether a memory size is one that we know of: what we asked for last
// may or may not have come into force.
func (f *function) ours(size *int32) bool {
	return slices.Contains([]int32{f.memory, f.asked, f.late}, aws.ToInt32(size))
}

func (f *function) tracing() types.TracingMode {
	if f.borrowed.TracingConfig == nil || f.borrowed.TracingConfig.Mode == "" {
		return types.TracingModePassThrough
	}
	return f.borrowed.TracingConfig.Mode
}
