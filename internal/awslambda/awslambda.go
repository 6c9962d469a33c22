// Package awslambda takes cold starts from Lambda and their traces from X-Ray, and has
// an account's functions audited. It alone knows the AWS SDK, and it knows one way only: AWS and the local Lambda
// differ by endpoint and credentials.
//
// Everything temporary that a run makes is gone when it ends, and everything that it
// borrows is as it was, whichever way the run ends. Where that fails, the error says
// with which commands a person finishes it ([CleanupError]).
//
// It is tested against the local Lambda and against recorded shapes. Nothing here
// has run on AWS itself unless somebody ran `make test-aws`.
package awslambda

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/xray"
)

// Place is where functions run. The zero value is the user's own AWS configuration.
type Place struct {
	// Endpoint is the URL of another Lambda and X-Ray than AWS's. It gets fixed
	// credentials and no configuration of the user's.
	Endpoint string
	// Region and Profile overrule the user's configuration.
	Region, Profile string
}

// localRegion is what a local Lambda says that it is in.
const localRegion = "us-east-1"

// Client drives one place. It is safe for concurrent use.
type Client struct {
	place  Place
	region string
	// detour is the endpoint that the user's own configuration names, if any.
	detour string
	lambda *lambda.Client
	xray   *xray.Client
	s3     *s3.Client
	logs   *logGroups
	// web downloads code: it has the proxies and certificates of the configuration.
	web aws.HTTPClient
}

// NoRegionError says that the AWS configuration names no region.
type NoRegionError struct{}

func (*NoRegionError) Error() string { return "the AWS configuration names no region" }

// attempts of every call but an invocation, with the SDK's exponential back-off:
// about three minutes of throttling.
const attempts, longestBackoff = 12, 20 * time.Second

// Connect makes a client. It calls nothing.
func Connect(ctx context.Context, place Place) (*Client, error) {
	load := []func(*config.LoadOptions) error{
		config.WithRetryer(func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.MaxAttempts, o.MaxBackoff = attempts, longestBackoff
				// Throttling is to be waited out, not to be given up on.
				o.RateLimiter = ratelimit.None // attempts bound the retries
			})
		}),
	}
	if place.Endpoint != "" {
		load = append(load, config.WithBaseEndpoint(place.Endpoint), config.WithRegion(localRegion),
			config.WithCredentialsProvider(aws.CredentialsProviderFunc(localCredentials)),
			config.WithSharedConfigFiles(nil), config.WithSharedCredentialsFiles(nil))
	}
	if place.Region != "" {
		load = append(load, config.WithRegion(place.Region))
	}
	if place.Profile != "" {
		load = append(load, config.WithSharedConfigProfile(place.Profile))
	}
	conf, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return nil, fmt.Errorf("the AWS configuration: %w", err)
	}
	if conf.Region == "" {
		return nil, &NoRegionError{}
	}
	functions := lambda.NewFromConfig(conf)
	logs, err := newLogGroups(ctx, conf, functions.Options())
	if err != nil {
		return nil, err
	}
	return &Client{
		place: place, region: conf.Region, detour: aws.ToString(conf.BaseEndpoint), web: conf.HTTPClient,
		lambda: functions, xray: xray.NewFromConfig(conf), logs: logs,
		s3: s3.NewFromConfig(conf, func(o *s3.Options) { o.UsePathStyle = place.Endpoint != "" }),
	}, nil
}

// Region is that of the place.
func (c *Client) Region() string { return c.region }

// localCredentials are no secret: nothing checks them.
func localCredentials(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local", Source: "coldcut"}, nil
}

// is reports whether err is an exception of this type.
func is[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

// sleep waits, or returns the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
