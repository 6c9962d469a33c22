//go:build unix

package awslambda

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/xray"

	"github.com/coldcut/coldcut/internal/lambdasim"
	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// TestMeasureAgrees runs the article's measurement, examples/measure, and reads the
// very traces that it read: its means must be ours.
func TestMeasureAgrees(t *testing.T) {
	app, err := os.ReadFile("../../examples/dynamodb/app.py")
	if err != nil {
		t.Fatal(err)
	}
	source := strings.Replace(string(app), "import boto3", "import json", 1) // what it measures does not matter here
	for name, shape := range map[string]lambdasim.TraceShape{"classic": lambdasim.ShapeClassic, "init": lambdasim.ShapeInit} {
		t.Run(name, func(t *testing.T) {
			c, runtime := localLambda(t, lambdasim.Options{Shape: shape})
			if _, err := c.lambda.CreateFunction(t.Context(), &lambda.CreateFunctionInput{
				FunctionName: aws.String("f"), Runtime: types.Runtime(runtime), Role: aws.String("any"), Handler: aws.String("app.handler"),
				Code: &types.FunctionCode{ZipFile: packageOf(t, source).Zip}, TracingConfig: &types.TracingConfig{Mode: types.TracingModeActive},
			}); err != nil {
				t.Fatal(err)
			}
			const count = 6
			out := measureExample(t, c, "f", count)
			found, err := c.collect(t.Context(), tracesOf(t, c, count), 10*time.Millisecond, 10*time.Second)
			if err != nil || len(found) != count {
				t.Fatalf("%d traces: %v", len(found), err)
			}
			var until, init, total float64
			for _, f := range found {
				until, init, total = until+f.untilInit/count, init+f.init/count, total+f.total/count
			}
			lines := strings.Split(strings.TrimSpace(out), "\n")
			var got [3]float64
			if _, err := fmt.Sscanf(lines[len(lines)-1], "%f %f %f mean", &got[0], &got[1], &got[2]); err != nil {
				t.Fatalf("%v:\n%s", err, out)
			}
			for i, want := range [3]float64{until, init, total} {
				if math.Abs(got[i]-want) > 0.06 { // the program rounds to a tenth
					t.Errorf("figure %d is %g to the program, %g to bench", i, got[i], want)
				}
			}
		})
	}
}

// measureExample runs examples/measure, which is told of the place by its
// environment alone.
func measureExample(t *testing.T, c *Client, name string, count int) string {
	t.Helper()
	python := pyruntest.Need(t, "3.13")
	script, err := filepath.Abs("../../examples/measure/measure.py")
	if err != nil {
		t.Fatal(err)
	}
	out, _, err := python.Run(t.Context(), pyrun.Command{Bare: true, Args: []string{script, name, fmt.Sprint(count)}, Env: []string{
		"AWS_ENDPOINT_URL=" + aws.ToString(c.lambda.Options().BaseEndpoint), "AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local",
		"AWS_DEFAULT_REGION=us-east-1", "AWS_EC2_METADATA_DISABLED=true", "PYTHONPATH=" + pyruntest.Install(t, python, "boto3==1.44.5"), "HOME=" + t.TempDir(),
	}})
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// tracesOf returns the ids of all traces, which must be so many.
func tracesOf(t *testing.T, c *Client, count int) []string {
	t.Helper()
	list, err := c.xray.GetTraceSummaries(t.Context(), &xray.GetTraceSummariesInput{
		StartTime: aws.Time(time.Now().Add(-time.Hour)), EndTime: aws.Time(time.Now().Add(time.Hour)),
	})
	if err != nil || len(list.TraceSummaries) != count {
		t.Fatalf("%d traces: %v", len(list.TraceSummaries), err)
	}
	var ids []string
	for _, s := range list.TraceSummaries {
		ids = append(ids, aws.ToString(s.Id))
	}
	return ids
}
