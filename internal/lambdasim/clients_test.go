package lambdasim

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// awsEnvironment is what a client of AWS's needs to know of this one.
func (b *testbed) awsEnvironment(packages string) []string {
	return []string{
		"AWS_ENDPOINT_URL=" + b.url, "AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local", "AWS_DEFAULT_REGION=eu-west-1",
		"AWS_EC2_METADATA_DISABLED=true", "PYTHONPATH=" + packages, "HOME=" + b.TempDir(), "NO_PROXY=127.0.0.1", "PATH=" + os.Getenv("PATH"),
	}
}

// TestBoto3 has the newest boto3 and one of 2019 take a function through its life.
func TestBoto3(t *testing.T) {
	for _, test := range []struct {
		python, boto string
		old          bool
	}{{"3.13", "boto3==1.44.5", false}, {"3.7", "boto3==1.9.233", true}} {
		t.Run(test.boto, func(t *testing.T) {
			python := pyruntest.Need(t, test.python)
			b := serve(t, Options{})
			env := b.awsEnvironment(pyruntest.Install(t, python, test.boto))
			if test.old {
				env = append(env, "ENDPOINT="+b.url)
			}
			script, err := filepath.Abs("testdata/life.py")
			if err != nil {
				t.Fatal(err)
			}
			out, _, err := python.Run(t.Context(), pyrun.Command{Bare: true, Env: env, Args: []string{script, "life", string(b.runtime)}})
			if err != nil {
				t.Fatal(err)
			}
			holdLife(t, out, strings.TrimPrefix(test.boto, "boto3=="))
		})
	}
}

func holdLife(t *testing.T, out []byte, version string) {
	t.Helper()
	var seen struct {
		Boto3, Log, Backend, Alias, Missing string
		First, Second                       struct {
			Event    any
			Variable *string
		}
		Versions, Functions, Segments []string
		Tags                          map[string]string
	}
	if err := json.Unmarshal(out, &seen); err != nil {
		t.Fatal(err)
	}
	if seen.Boto3 != version || seen.Backend != Backend || !strings.Contains(seen.Log, "\nREPORT RequestId: ") {
		t.Errorf("%+v", seen)
	}
	if seen.First.Event != "hello" || seen.First.Variable != nil || seen.Second.Event != 2.0 || seen.Second.Variable == nil || *seen.Second.Variable != "1" {
		t.Errorf("answers %+v %+v", seen.First, seen.Second)
	}
	for _, pair := range [][2]any{
		{seen.Versions, []string{"$LATEST", "1"}}, {seen.Functions, []string{"life"}}, {seen.Alias, "1"},
		{seen.Segments, []string{"AWS::Lambda", "AWS::Lambda", "AWS::Lambda::Function", "AWS::Lambda::Function"}},
		{seen.Tags, map[string]string{"kind": "test"}}, {seen.Missing, "Function not found: arn:aws:lambda:eu-west-1:" + Account + ":function:nowhere"},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%v, want %v", pair[0], pair[1])
		}
	}
}

// TestCLI has the AWS CLI create, update and invoke a function.
func TestCLI(t *testing.T) {
	python := pyruntest.Need(t, "3.13")
	b := serve(t, Options{})
	cli := pyruntest.Install(t, python, "awscli==1.45.5")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "app.zip"), pack(t, "app.py", echo), 0o644); err != nil {
		t.Fatal(err)
	}
	aws := func(args ...string) string {
		t.Helper()
		args = append([]string{filepath.Join(cli, "bin", "aws"), "--output", "json"}, args...)
		out, _, err := python.Run(t.Context(), pyrun.Command{Bare: true, Dir: dir, Env: b.awsEnvironment(cli), Args: args})
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	has := func(out, want string) {
		t.Helper()
		if !strings.Contains(out, want) {
			t.Errorf("%s\nwant %s", out, want)
		}
	}
	has(aws("lambda", "create-function", "--function-name", "cli", "--runtime", string(b.runtime), "--role", "arn:aws:iam::000000000000:role/any",
		"--handler", "app.handler", "--zip-file", "fileb://app.zip"), `"State": "`)
	aws("lambda", "wait", "function-active-v2", "--function-name", "cli")
	has(aws("lambda", "update-function-configuration", "--function-name", "cli", "--environment", "Variables={VARIABLE=7}"), `"LastUpdateStatus": "InProgress"`)
	aws("lambda", "wait", "function-updated-v2", "--function-name", "cli")
	has(aws("lambda", "invoke", "--function-name", "cli", "--payload", `{"x": 1}`, "out.json"), `"StatusCode": 200`)
	out, err := os.ReadFile(filepath.Join(dir, "out.json"))
	if err != nil {
		t.Fatal(err)
	}
	has(string(out), `"event": {"x": 1}`)
	has(string(out), `"variable": "7"`)
	aws("lambda", "delete-function", "--function-name", "cli")
	has(aws("lambda", "list-functions"), `"Functions": []`)
}
