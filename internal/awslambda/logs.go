package awslambda

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// logGroups deletes log groups: the one call of CloudWatch Logs that a run makes. It
// is written out with the SDK's parts, since the SDK's module of that service costs
// every start of the program a tenth of its time for tables of its other calls.
type logGroups struct {
	url     string
	options lambda.Options // whose client, credentials and retries these are
}

// logsID is the service's id in the SDK's configuration (AWS_ENDPOINT_URL_CLOUDWATCH_LOGS).
const logsID = "CloudWatch Logs"

// newLogGroups finds the service in the configuration that the Lambda client was made of.
func newLogGroups(ctx context.Context, conf aws.Config, options lambda.Options) (*logGroups, error) {
	for _, source := range conf.ConfigSources {
		s, ok := source.(interface {
			GetServiceBaseEndpoint(ctx context.Context, id string) (string, bool, error)
		})
		if !ok {
			continue
		}
		if url, found, err := s.GetServiceBaseEndpoint(ctx, logsID); err != nil || found {
			return &logGroups{url, options}, err
		}
	}
	url := aws.ToString(conf.BaseEndpoint)
	if url == "" {
		var err error
		if url, err = logsEndpoint(ctx, options); err != nil {
			return nil, fmt.Errorf("the endpoint of %s: %w", logsID, err)
		}
	}
	return &logGroups{url, options}, nil
}

// logsEndpoint is where AWS has the service. Its endpoint rules are those of Lambda
// under another name, but for FIPS in us-gov, which has no endpoints apart for it:
// endpoint-rule-set-1.json of both in botocore 1.44.8.
func logsEndpoint(ctx context.Context, options lambda.Options) (string, error) {
	fips := options.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled
	dual := options.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled
	if strings.HasPrefix(options.Region, "us-gov-") && fips && !dual {
		fips = false
	}
	found, err := lambda.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, lambda.EndpointParameters{
		Region: &options.Region, UseFIPS: &fips, UseDualStack: &dual,
	})
	if err != nil {
		return "", err
	}
	return "https://logs" + strings.TrimPrefix(found.URI.Host, "lambda"), nil
}

// delete deletes a log group; that there is none is no error.
func (l *logGroups) delete(ctx context.Context, name string) error {
	body, err := json.Marshal(map[string]string{"logGroupName": name})
	if err != nil {
		return err
	}
	retryer := l.options.Retryer
	for attempt := 1; ; attempt++ {
		err := l.call(ctx, "DeleteLogGroup", body)
		var refused smithy.APIError
		if errors.As(err, &refused) && refused.ErrorCode() == "ResourceNotFoundException" {
			return nil
		}
		if err == nil || ctx.Err() != nil || attempt >= retryer.MaxAttempts() || !retryer.IsErrorRetryable(err) {
			return err
		}
		delay, delayErr := retryer.RetryDelay(attempt, err)
		if delayErr != nil || sleep(ctx, delay) != nil {
			return err
		}
	}
}

// call sends one signed request in the form of the AWS JSON 1.1 protocol.
func (l *logGroups) call(ctx context.Context, operation string, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-amz-json-1.1")
	request.Header.Set("X-Amz-Target", "Logs_20140328."+operation)
	who, err := l.options.Credentials.Retrieve(ctx)
	if err != nil {
		return err
	}
	hash := fmt.Sprintf("%x", sha256.Sum256(body))
	if err := v4.NewSigner().SignHTTP(ctx, who, request, hash, "logs", l.options.Region, time.Now()); err != nil {
		return err
	}
	response, err := l.options.HTTPClient.Do(request)
	if err != nil {
		return fmt.Errorf("%s: %w", operation, &smithyhttp.RequestSendError{Err: err})
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil || response.StatusCode == http.StatusOK {
		return err
	}
	return fmt.Errorf("%s: %w", operation, &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: response}, Err: refusal(response, answer),
	})
}

// refusal reads an error of the protocol: its name may stand in a header or in the
// body, after a namespace or before a URL.
func refusal(response *http.Response, answer []byte) error {
	var said struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	_ = json.Unmarshal(answer, &said) // a proxy may answer with anything
	code, _, _ := strings.Cut(cmp.Or(response.Header.Get("X-Amzn-ErrorType"), said.Type), ":")
	code = code[strings.LastIndexByte(code, '#')+1:]
	return &smithy.GenericAPIError{Code: cmp.Or(code, response.Status), Message: said.Message}
}
