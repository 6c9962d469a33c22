package awslambda

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/coldcut/coldcut/bench"
)

// FunctionError says that a function does not work, so that there is nothing to
// measure.
type FunctionError struct {
	Arm, Function string
	// Type and Message are the function's own.
	Type, Message string
	// Log is the end of its log.
	Log string
	// Init is whether it failed before its handler was called.
	Init bool
}

func (e *FunctionError) Error() string {
	return fmt.Sprintf("the function of %s fails: %s: %s", e.Arm, e.Type, e.Message)
}

// traceID is a new one of X-Ray's form.
// https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html
func traceID(now time.Time) string {
	var unique [12]byte
	_, _ = rand.Read(unique[:]) // never fails
	return fmt.Sprintf("1-%08x-%s", now.Unix(), hex.EncodeToString(unique[:]))
}

// invocation is what one call of a function gave.
type invocation struct {
	traceID string
	at      time.Time
	report  *reportLine
	// initFailed is whether Initialization had to be done twice.
	initFailed bool
	failed     *FunctionError
}

// invoke calls a function once, under a trace of its own that is sampled. What was
// throttled, or failed on Lambda's side, is called again under another trace: the
// SDK's own retries would put two invocations into one.
func (c *Client) invoke(ctx context.Context, f *function, event []byte) (*invocation, error) {
	for try := 1; ; try++ {
		inv, err := c.invokeOnce(ctx, f, event)
		if err == nil {
			return inv, nil
		}
		if try == attempts || !passing(err) {
			return nil, fmt.Errorf("cannot invoke %s: %w", f.name, err)
		}
		if err := sleep(ctx, min(longestBackoff, 250*time.Millisecond<<try)); err != nil {
			return nil, err
		}
	}
}

// passing reports whether an invocation may work later: it was throttled, the
// function was busy, or Lambda failed.
func passing(err error) bool {
	var response *awshttp.ResponseError
	if errors.As(err, &response) && response.HTTPStatusCode() >= 500 {
		return true
	}
	return is[*types.TooManyRequestsException](err) || is[*types.ResourceConflictException](err) || is[*types.ResourceNotReadyException](err)
}

func (c *Client) invokeOnce(ctx context.Context, f *function, event []byte) (*invocation, error) {
	inv := &invocation{at: time.Now()}
	inv.traceID = traceID(inv.at)
	out, err := c.lambda.Invoke(ctx, &lambda.InvokeInput{FunctionName: &f.name, LogType: types.LogTypeTail, Payload: event}, func(o *lambda.Options) {
		o.RetryMaxAttempts = 1
		o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
			return s.Build.Add(traceHeader("Root="+inv.traceID+";Sampled=1"), middleware.After)
		})
	})
	if err != nil {
		return nil, err
	}
	log, err := decodeLog(aws.ToString(out.LogResult))
	if err != nil {
		return nil, fmt.Errorf("its log: %w", err)
	}
	inv.report, inv.initFailed = parseLog(log)
	if inv.report != nil && inv.report.TraceID != "" {
		inv.traceID = inv.report.TraceID
	}
	if out.FunctionError != nil {
		inv.failed = functionError(f, out.Payload, log)
	}
	return inv, nil
}

func functionError(f *function, payload []byte, log string) *FunctionError {
	var e struct {
		Type    string `json:"errorType"`
		Message string `json:"errorMessage"`
	}
	if json.Unmarshal(payload, &e) != nil || e.Type == "" && e.Message == "" {
		e.Type, e.Message = "error", string(payload)
	}
	if e.Type == "" {
		e.Type = "error"
	}
	// Lambda's own names for what happens outside of handlers.
	early := strings.HasPrefix(e.Type, "Runtime.") || strings.HasPrefix(e.Type, "Sandbox.") || strings.HasPrefix(e.Type, "Extension.")
	return &FunctionError{Function: f.name, Type: e.Type, Message: e.Message, Log: log, Init: early}
}

// traceHeader sets the header that the SDK sets only from its own environment.
func traceHeader(value string) middleware.BuildMiddleware {
	return middleware.BuildMiddlewareFunc("coldcut.TraceHeader", func(ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler) (middleware.BuildOutput, middleware.Metadata, error) {
		if r, ok := in.Request.(*smithyhttp.Request); ok {
			r.Header.Set("X-Amzn-Trace-Id", value)
		}
		return next.HandleBuild(ctx, in)
	})
}

// sample makes a sample of an invocation, without what only its trace tells. What
// is no cold start is excluded.
func (inv *invocation) sample() bench.Sample {
	s := bench.Sample{At: inv.at.UTC(), TraceID: inv.traceID}
	if inv.failed != nil {
		s.Failed = inv.failed.Type + ": " + inv.failed.Message
	}
	r := inv.report
	if r == nil {
		s.Exclude("without a REPORT line")
		return s
	}
	s.ReportInit, s.Duration, s.Billed, s.MaxMemory = r.Init, r.Duration, r.Billed, r.MaxMemory
	s.Handler, s.Unpack = r.Duration, r.Unpack
	s.Cold = r.Init != nil
	switch {
	case inv.initFailed:
		s.Exclude("whose Initialization had to be done twice")
	case r.Restore != nil:
		s.Exclude("restored from a snapshot")
	case !s.Cold:
		s.Exclude("not a cold start")
	}
	return s
}

// trace adds to a sample what its trace tells. Without one, Initialization is that
// of the REPORT line.
func trace(s *bench.Sample, f figures, found bool) {
	if s.Excluded {
		return
	}
	if !found {
		s.Init = s.ReportInit
		return
	}
	s.UntilInit, s.Init, s.Total, s.Handler = &f.untilInit, &f.init, &f.total, &f.handler
	if f.proactive != "" {
		s.Exclude(f.proactive)
	}
}
