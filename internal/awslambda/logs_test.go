package awslambda

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/smithy-go"
)

// TestLogsEndpoint compares with what the rules of CloudWatch Logs in botocore give.
func TestLogsEndpoint(t *testing.T) {
	tests := []struct {
		region     string
		fips, dual bool
		want       string
	}{
		{"us-east-1", false, false, "https://logs.us-east-1.amazonaws.com"},
		{"us-east-1", true, false, "https://logs-fips.us-east-1.amazonaws.com"},
		{"us-east-1", false, true, "https://logs.us-east-1.api.aws"},
		{"us-east-1", true, true, "https://logs-fips.us-east-1.api.aws"},
		{"us-gov-west-1", true, false, "https://logs.us-gov-west-1.amazonaws.com"},
		{"us-gov-west-1", true, true, "https://logs-fips.us-gov-west-1.api.aws"},
		{"cn-north-1", false, false, "https://logs.cn-north-1.amazonaws.com.cn"},
		{"us-iso-east-1", false, false, "https://logs.us-iso-east-1.c2s.ic.gov"},
	}
	for _, test := range tests {
		options := lambda.Options{Region: test.region}
		if test.fips {
			options.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateEnabled
		}
		if test.dual {
			options.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateEnabled
		}
		if got, err := logsEndpoint(t.Context(), options); got != test.want || err != nil {
			t.Errorf("%s, FIPS %t, dual stack %t: %s, %v; want %s", test.region, test.fips, test.dual, got, err, test.want)
		}
	}
}

// TestLogsConfigured has the user's configuration name an endpoint of the service.
func TestLogsConfigured(t *testing.T) {
	t.Setenv("AWS_CONFIG_FILE", "/none")
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
	t.Setenv("AWS_REGION", "eu-west-1")
	for _, want := range []string{"http://127.0.0.1:1", "http://127.0.0.1:2"} {
		if want != "http://127.0.0.1:1" {
			t.Setenv("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", want)
		}
		c, err := Connect(t.Context(), Place{})
		if err != nil {
			t.Fatal(err)
		}
		if c.logs.url != want {
			t.Errorf("%s, want %s", c.logs.url, want)
		}
	}
}

// TestLogsAsked sends the request, and gives it up or tries again as the answers say.
func TestLogsAsked(t *testing.T) {
	tests := []struct {
		name    string
		answers []string // a status, a type in the header, a body
		want    string   // in the error
		code    string
	}{
		{"done", []string{"200||"}, "", ""},
		{"not there", []string{`400||{"__type":"com.amazonaws.logs#ResourceNotFoundException","message":"no"}`}, "", ""},
		{"throttled, then done", []string{`400||{"__type":"ThrottlingException"}`, "503||<html>", "200||{}"}, "", ""},
		{"denied", []string{`403|AccessDeniedException:http://internal/|{"message":"not you"}`}, "not you", "AccessDeniedException"},
		{"a proxy", []string{"407||<html>"}, "407", "407 Proxy Authentication Required"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			left := slices.Clone(test.answers)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				sign := r.Header.Get("Authorization")
				if !strings.Contains(sign, "/us-east-1/logs/aws4_request") || r.Header.Get("X-Amz-Target") != "Logs_20140328.DeleteLogGroup" ||
					r.Header.Get("Content-Type") != "application/x-amz-json-1.1" || string(body) != `{"logGroupName":"/aws/lambda/x"}` {
					t.Errorf("asked %v %s", r.Header, body)
				}
				if len(left) == 0 {
					t.Error("asked too often")
					return
				}
				parts := strings.SplitN(left[0], "|", 3)
				left = left[1:]
				if parts[1] != "" {
					w.Header().Set("X-Amzn-ErrorType", parts[1])
				}
				status := map[string]int{"200": 200, "400": 400, "403": 403, "407": 407, "503": 503}[parts[0]]
				w.WriteHeader(status)
				_, _ = io.WriteString(w, parts[2])
			}))
			defer server.Close()
			c, err := Connect(t.Context(), Place{Endpoint: server.URL})
			if err != nil {
				t.Fatal(err)
			}
			err = c.logs.delete(t.Context(), "/aws/lambda/x")
			var refused smithy.APIError
			switch {
			case test.want == "" && err != nil, test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("error %v, want %s", err, test.want)
			case test.code != "" && (!errors.As(err, &refused) || refused.ErrorCode() != test.code):
				t.Errorf("error %v is no %s", err, test.code)
			case len(left) > 0:
				t.Errorf("not asked for %q", left)
			}
		})
	}
}
