package lambdasim

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// TestCodeLocations downloads what was uploaded, from where the API says.
func TestCodeLocations(t *testing.T) {
	b := serve(t, Options{})
	layer := b.layer("l", "python/a.py", "1")
	b.create("f", coded("x"))
	f, err := b.lambda.GetFunction(t.Context(), &lambda.GetFunctionInput{FunctionName: aws.String("f")})
	if err != nil {
		t.Fatal(err)
	}
	l, err := b.lambda.GetLayerVersionByArn(t.Context(), &lambda.GetLayerVersionByArnInput{Arn: &layer})
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range []struct {
		url, sum *string
		size     int64
	}{
		{f.Code.Location, f.Configuration.CodeSha256, f.Configuration.CodeSize},
		{l.Content.Location, l.Content.CodeSha256, l.Content.CodeSize},
	} {
		data, status := download(t, aws.ToString(what.url))
		sum := sha256.Sum256(data)
		if status != http.StatusOK || int64(len(data)) != what.size || base64.StdEncoding.EncodeToString(sum[:]) != aws.ToString(what.sum) {
			t.Errorf("%s: %d, %d bytes", aws.ToString(what.url), status, len(data))
		}
	}
	for _, bad := range []string{"", "00", "..", "../state.json", "%2e%2e%2fstate.json", "zz"} {
		if _, status := download(t, b.url+codePath+bad); status != http.StatusNotFound {
			t.Errorf("%s: %d", bad, status)
		}
	}
}

func download(t *testing.T, url string) (data []byte, status int) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }() // it was read
	if data, err = io.ReadAll(response.Body); err != nil {
		t.Fatal(err)
	}
	return data, response.StatusCode
}

// TestListedByRegion lists what was made in a region, there.
func TestListedByRegion(t *testing.T) {
	b := serve(t, Options{})
	b.create("f", "")
	for region, want := range map[string]int{"eu-west-1": 1, "us-east-1": 0} {
		out, err := b.lambda.ListFunctions(t.Context(), &lambda.ListFunctionsInput{}, func(o *lambda.Options) { o.Region = region })
		if err != nil || len(out.Functions) != want {
			t.Errorf("%s: %+v %v", region, out, err)
		}
	}
}
