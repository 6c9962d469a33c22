package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// library is a distribution that builds on boto, and a program that uses it.
type library struct {
	requirements []string
	// program is a file of testdata/libraries; commands are what is run instead of it.
	program  string
	commands [][]string
	layer    bool     // the program lies beside a layer that holds all else
	inside   string   // the package that botocore lies in
	args     []string // of slim
	quick    bool     // it takes seconds
	// proven are the services that are compared, where all that is kept would take too
	// long.
	proven string
	// services are what must be left, and percent how much of the disk at most.
	services string
	percent  int
}

var libraries = []library{
	{
		requirements: []string{"pynamodb"}, program: "pynamodb.py", quick: true,
		services: "dynamodb", percent: 33,
	},
	{
		requirements: []string{"aiobotocore"}, program: "aiobotocore.py",
		services: "s3 sqs", percent: 55, proven: "sqs",
	},
	{requirements: []string{"aioboto3"}, program: "aioboto3.py", services: "dynamodb s3", percent: 60},
	{requirements: []string{"s3fs"}, program: "s3fs.py", services: "s3 sts", percent: 60},
	{
		// The CLI has a command for each service that there is, and the scan cannot tell
		// which of them anybody types: that must be said.
		requirements: []string{"awscli==1.46.3"}, args: []string{"--keep", "s3"}, inside: "awscli", proven: "s3,sdb,sms-voice,sts",
		commands: [][]string{
			{"--version"}, {"s3", "mb", "s3://files"}, {"s3", "cp", "--no-progress", "PROGRAM", "s3://files/a.py"}, {"s3", "ls"}, {"s3", "ls", "--recursive", "--summarize", "s3://files"},
			{"s3api", "head-object", "--bucket", "files", "--key", "a.py", "--query", "ContentLength"}, {"s3", "cp", "s3://files/a.py", "-"},
			{"s3", "rb", "--force", "s3://files"}, {"sts", "get-caller-identity", "--output", "text"},
		},
		services: "codedeploy config ecs eks emr events iam rds s3 s3control sagemaker-runtime sdb servicecatalog sms-voice sns ssm sts", percent: 33,
	},
	{
		// Two functions of its own make a client of whatever they are asked for.
		requirements: []string{"awswrangler"}, program: "awswrangler.py", args: []string{"--keep", "s3,glue"}, proven: "s3,glue,sts", percent: 95,
		services: "athena bedrock-runtime cleanrooms dynamodb ec2 emr emr-serverless glue kms logs opensearchserverless quicksight rds-data redshift redshift-data s3 s3tables s3vectors secretsmanager sts timestream-query timestream-write",
	},
	{
		requirements: []string{"aws-lambda-powertools[all]", "boto3"}, program: "powertools.py", layer: true,
		services: "appconfigdata dynamodb kms s3 secretsmanager ssm xray", percent: 70,
	},
}

// TestLibraries cuts what people build on boto, each as pip installs it, by every pass
// and with the proof, and has a program do the same with it before and after.
func TestLibraries(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short")
	}
	t.Parallel()
	p := pyruntest.Need(t, "3.13")
	cloud := newCloud(t)
	for i := range libraries {
		l := &libraries[i]
		t.Run(l.requirements[0], func(t *testing.T) {
			if !l.quick && os.Getenv("COLDCUT_SLOW") == "" {
				t.Skip("skipped: it takes long, make test-slow runs it")
			}
			l.test(t, &reality{python: p, installed: pyruntest.Install(t, p, l.requirements...)}, cloud)
		})
	}
}

func (l *library) test(t *testing.T, r *reality, cloud *cloud) {
	dir := t.TempDir()
	fat, slim, source := filepath.Join(dir, "fat"), filepath.Join(dir, "slim"), filepath.Join(dir, "src")
	root := ""
	args := []string{"slim", fat, "-o", slim, "--python", r.python.Language(), "--format", "json"}
	if l.layer {
		root = "python"
		args = append(args, "--sources", source)
	}
	r.pack(t, filepath.Join(fat, root))
	program := filepath.Join(source, "app.py")
	if l.program != "" {
		write(t, program, string(readFile(t, filepath.Join(testdata, "libraries", l.program))))
	} else {
		write(t, program, "print()\n")
	}
	if !l.layer && l.program != "" { // it is part of the package
		write(t, filepath.Join(fat, "app.py"), string(readFile(t, program)))
	}
	before := du(t, fat)
	if l.proven != "" {
		args = append(args, "--no-verify")
	}
	report := cut(t, append(args, l.args...)...)
	l.checkReport(t, report)
	if l.proven != "" {
		report = cut(t, "verify", fat, slim, "--python", r.python.Language(), "--services", l.proven, "--format", "json")
	}
	checkProof(t, report, true)
	if after := du(t, slim); after*100 > before*l.percent {
		t.Errorf("%d KiB of %d are left", after, before)
	} else {
		t.Logf("%d KiB of %d are left", after, before)
	}
	if utils := readFile(t, filepath.Join(slim, root, l.inside, "botocore", "utils.py")); !strings.Contains(string(utils), "_coldcut_later") {
		t.Error("the pass tune did nothing")
	}
	was, wasAsked := l.run(t, r, cloud, filepath.Join(fat, root), program)
	is, isAsked := l.run(t, r, cloud, filepath.Join(slim, root), program)
	if was != is || len(was) < 50 {
		t.Errorf("the program says, in the whole package:\n%s\nin the slim one:\n%s", was, is)
	}
	if w, i := strings.Join(wasAsked, "\n"), strings.Join(isAsked, "\n"); w != i || len(wasAsked) < 5 {
		t.Errorf("the program asks, in the whole package:\n%s\nin the slim one:\n%s", w, i)
	}
}

// checkReport holds the report to the services that must be left, and to passes that did
// something.
func (l *library) checkReport(t *testing.T, text string) {
	t.Helper()
	type pass struct {
		Name           string
		Files, Changed int
	}
	var doc struct {
		Services map[string][]string
		Passes   []pass
		Warnings []string
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(slices.Sorted(maps.Keys(doc.Services)), " "); got != l.services {
		t.Errorf("services %s, want %s", got, l.services)
	}
	for _, name := range []string{"services", "models", "imports", "bytecode"} {
		did := slices.ContainsFunc(doc.Passes, func(p pass) bool { return p.Name == name && p.Files+p.Changed > 0 })
		if did == (name == "imports" && l.inside != "") {
			t.Errorf("the pass %s did something: %v; %v", name, did, doc.Warnings)
		}
	}
}

// run runs the program, or the commands, with nothing but a package to import from, and
// returns what it prints and what it asks AWS for.
func (l *library) run(t *testing.T, r *reality, cloud *cloud, site, program string) (printed string, asked []string) {
	t.Helper()
	cloud.reset(t)
	commands := [][]string{{program}}
	if l.commands != nil {
		commands = nil
		for _, c := range l.commands {
			c = append([]string{"-m", "awscli"}, c...)
			if i := slices.Index(c, "PROGRAM"); i > 0 {
				c[i] = program
			}
			commands = append(commands, c)
		}
	}
	for _, args := range commands {
		stdout, stderr, err := r.python.Run(t.Context(), pyrun.Command{
			NoSite: true, Bare: true, Args: args, Dir: t.TempDir(),
			Env: []string{
				"PYTHONPATH=" + site, "PYTHONHASHSEED=0", "HOME=" + t.TempDir(), "TZ=UTC", "AWS_ENDPOINT_URL=" + cloud.url,
				"AWS_ACCESS_KEY_ID=none", "AWS_SECRET_ACCESS_KEY=none", "AWS_DEFAULT_REGION=eu-central-1", "AWS_REGION=eu-central-1",
				"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
			},
		})
		if err != nil {
			t.Fatalf("%s in %s: %v\n%s", strings.Join(args, " "), site, err, stderr)
		}
		printed += string(stdout)
	}
	return clock.ReplaceAllString(printed, "TIME"), cloud.asked()
}

// clock is the time at which moto made something, as the AWS CLI writes it.
var clock = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`)

// cloud is moto's imitation of AWS, behind somebody who takes down what is asked for.
type cloud struct {
	url, moto string

	mu   sync.Mutex
	seen []string
}

func newCloud(t *testing.T) *cloud {
	t.Helper()
	c := &cloud{moto: pyruntest.Moto(t)}
	target, err := url.Parse(c.moto)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.note(r)
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	c.url = front.URL
	return c
}

// random is in the names of files that awswrangler writes.
var random = regexp.MustCompile(`[0-9a-f]{32}`)

// note takes down a request: all of it but values that are others each time.
func (c *cloud) note(r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // moto says what it thinks of it
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	query := r.URL.Query()
	if query.Has("uploadId") {
		query.Set("uploadId", "one")
	}
	headers := slices.Sorted(maps.Keys(r.Header))
	line := fmt.Sprintf("%s %s?%s %s %v, %d bytes, %s", r.Method, r.URL.Path, query.Encode(), r.Header.Get("X-Amz-Target"), headers, len(body), r.UserAgent())
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen = append(c.seen, random.ReplaceAllString(line, "RANDOM"))
}

// asked is what was asked for, in no order: some of these programs do several things at
// a time.
func (c *cloud) asked() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	slices.Sort(c.seen)
	return slices.Clone(c.seen)
}

// reset forgets all.
func (c *cloud) reset(t *testing.T) {
	t.Helper()
	r, err := http.Post(c.moto+"/moto-api/reset", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Body.Close() // it says nothing more
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen = nil
}
