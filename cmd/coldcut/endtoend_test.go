package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// notes uses what testdata/call.py calls.
const notes = `import boto3

TABLE = boto3.resource('dynamodb').Table('notes')
s3 = boto3.client('s3')
buckets = boto3.resource('s3').buckets
tables = boto3.client('dynamodb')


def handler(event, context):
    if tables.get_paginator('list_tables').paginate().build_full_result():
        tables.get_waiter('table_exists').wait(TableName='notes')
    TABLE.put_item(Item=event)
    TABLE.get_item(Key=event)
    s3.list_buckets()
    s3.put_object(Body=s3.generate_presigned_url('get_object', event), **event)
`

// TestNewest cuts the newest boto3 in every form in which it is deployed, and
// asks the newest Python what is left of it.
func TestNewest(t *testing.T) {
	r := newReality(t, "", "boto3")
	site := "lib/python" + r.python.Language() + "/site-packages"
	tests := []struct {
		name  string
		root  string // of what pip installed, in the package
		layer bool   // the function's code lies beside the package
		zip   bool
		// What is proven takes its time, and differs in nothing but where it lies.
		proven bool
	}{
		{"function folder", "", false, false, false},
		{"function zip", "", false, true, false},
		{"layer", "python", true, true, false},
		{"layer with site-packages", "python/" + site, true, true, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			fat, src := filepath.Join(dir, "fat"), filepath.Join(dir, "src")
			slim, out := filepath.Join(dir, "slim"), filepath.Join(dir, "out.zip")
			args := []string{"slim", fat, "-o", out, "--format", "json"}
			if !test.proven {
				args = append(args, "--no-verify")
			}
			evidence := "app.py"
			switch {
			case test.layer:
				r.packZip(t, fat, test.root, nil)
				write(t, filepath.Join(src, "app.py"), notes)
				args = append(args, "--sources", src)
				evidence = "src/app.py"
			case test.zip:
				r.packZip(t, fat, test.root, []content{{name: "app.py", mode: 0o644, data: []byte(notes)}})
			default:
				r.pack(t, fat)
				write(t, filepath.Join(fat, "app.py"), notes)
			}
			report := cut(t, args...)
			checkReport(t, report, evidence)
			checkProof(t, report, test.proven)
			unzip(t, out, slim)
			r.check(t, filepath.Join(slim, test.root), []string{"dynamodb", "s3"})
		})
	}
}

// TestNewestInPlace cuts a folder that runs as it is. Programs that live in a
// site-packages may get their credentials from a service.
func TestNewestInPlace(t *testing.T) {
	r := newReality(t, "", "boto3")
	site := filepath.Join(t.TempDir(), "site-packages")
	source := filepath.Join(t.TempDir(), "src")
	r.pack(t, site)
	write(t, filepath.Join(source, "app.py"), notes)
	cut(t, "slim", site, "--in-place", "--sources", source)
	r.check(t, site, []string{"dynamodb", "s3", "signin", "sso", "sso-oidc", "sts"})
}

// TestNewestIsDeterministic cuts the newest boto3 on one processor and on many,
// and what was cut once more.
func TestNewestIsDeterministic(t *testing.T) {
	r := newReality(t, "", "boto3")
	dir := t.TempDir()
	once, again := filepath.Join(dir, "once.zip"), filepath.Join(dir, "again.zip")
	fat := filepath.Join(dir, "fat")
	r.pack(t, fat)
	write(t, filepath.Join(fat, "app.py"), notes)
	cut(t, "slim", fat, "-o", once, "--no-verify")
	want := readFile(t, once)
	for _, processors := range []string{"1", "8"} {
		cmd := exec.CommandContext(t.Context(), "coldcut", "slim", fat, "-o", again, "--no-verify")
		cmd.Env = append(os.Environ(), "GOMAXPROCS="+processors)
		if message, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, message)
		}
		if got := readFile(t, again); !bytes.Equal(got, want) {
			t.Errorf("on %s processors: %s", processors, difference(t, got, want))
		}
	}
	cut(t, "slim", once, "-o", again, "--no-verify")
	if got := readFile(t, again); !bytes.Equal(got, want) {
		t.Errorf("cut twice: %s", difference(t, got, want))
	}
}

// TestArticle is the cut that the project started with: boto3 1.9.233 down to
// DynamoDB, with the sizes that its author got by hand. They include the
// bytecode that pip compiles.
func TestArticle(t *testing.T) {
	r := newReality(t, "3.7", "boto3==1.9.233", "botocore==1.12.233")
	fat, slim := filepath.Join(t.TempDir(), "fat"), filepath.Join(t.TempDir(), "slim")
	r.pack(t, fat)
	cut(t, "slim", fat, "-o", slim, "--only", "services", "--keep", "dynamodb")
	sizes := []struct {
		dir      string
		from, to int // KiB
	}{
		{filepath.Join(fat, "botocore"), 39 << 10, 43 << 10},
		{filepath.Join(slim, "botocore"), 0, 56 << 10 / 10},
		{filepath.Join(fat, "boto3"), 12 << 10 / 10, 15 << 10 / 10},
		{filepath.Join(slim, "boto3"), 0, 844},
	}
	for _, s := range sizes {
		got := du(t, s.dir)
		t.Logf("%s: %d KiB", path.Join(filepath.Base(filepath.Dir(s.dir)), filepath.Base(s.dir)), got)
		if got < s.from || got > s.to {
			t.Errorf("%s takes %d KiB, want %d to %d", s.dir, got, s.from, s.to)
		}
	}
	r.check(t, slim, []string{"dynamodb"})
	answer := r.call(t, slim, "s3")
	if want := "UnknownServiceError: Unknown service: 's3'. Valid service names are: dynamodb"; answer.Raised["s3"] != want {
		t.Errorf("boto3.client('s3'): %s, want %s", answer.Raised["s3"], want)
	}
}

// du asks the real one, in KiB.
func du(t *testing.T, dir string) int {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "du", "-sk", dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(out), "\t")
	n, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestPipCheckSeesThePackage holds the check of the others to what it is for: it
// reads the package's metadata and nothing beside it.
func TestPipCheckSeesThePackage(t *testing.T) {
	r := newReality(t, "", "boto3")
	found, err := filepath.Glob(filepath.Join(r.installed, "*.dist-info"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, d := range found {
		name := filepath.Base(d)
		if strings.HasPrefix(name, "jmespath-") {
			continue
		}
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(d)); err != nil {
			t.Fatal(err)
		}
	}
	stdout, err := r.metadata(t, dir, "check")
	if err == nil || !strings.Contains(string(stdout), "requires jmespath, which is not installed") {
		t.Errorf("pip check: %v: %s", err, stdout)
	}
}

// reality is a real boto3 with the Python that runs it.
type reality struct {
	python    *pyrun.Interpreter
	installed string

	// What the fat package answers, once it was asked.
	answers *answers
	records *records
}

func newReality(t *testing.T, python string, requirements ...string) *reality {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped: -short")
	}
	t.Parallel()
	p := pyruntest.Need(t, python)
	return &reality{python: p, installed: pyruntest.Install(t, p, requirements...)}
}

// pack copies what pip installed to dir.
func (r *reality) pack(t *testing.T, dir string) {
	t.Helper()
	if err := os.CopyFS(dir, os.DirFS(r.installed)); err != nil {
		t.Fatal(err)
	}
}

// packZip makes a zip of what pip installed, below root, and of more files.
func (r *reality) packZip(t *testing.T, name, root string, more []content) {
	t.Helper()
	files, err := contents(r.installed)
	if err != nil {
		t.Fatal(err)
	}
	for i := range files {
		files[i].name = path.Join(root, files[i].name)
	}
	if err := writeZip(name, append(files, more...)); err != nil {
		t.Fatal(err)
	}
}

func unzip(t *testing.T, zip, dir string) {
	t.Helper()
	files, err := contents(zip)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		write(t, filepath.Join(dir, f.name), string(f.data))
	}
}

// checkReport holds the JSON of slim to the evidence of notes.
func checkReport(t *testing.T, report, file string) {
	t.Helper()
	var doc struct {
		Kept     []struct{ Service, Rule, Why string }
		Services map[string][]string
		Before   struct{ Files int }
		After    struct{ Files int }
		Passes   []struct{ Name string }
	}
	if err := json.Unmarshal([]byte(report), &doc); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("[{dynamodb used boto3.resource('dynamodb'), %s:3:9} {s3 used boto3.client('s3'), %s:4:6}]", file, file)
	if got := fmt.Sprint(doc.Kept); got != want {
		t.Errorf("kept %s, want %s", got, want)
	}
	if !slices.Contains(doc.Services["dynamodb"], "PutItem") || !slices.Contains(doc.Services["s3"], "ListBuckets") {
		t.Errorf("operations %v", doc.Services)
	}
	if doc.Before.Files < 2000 || doc.After.Files > doc.Before.Files/4 {
		t.Errorf("%d files before, %d after", doc.Before.Files, doc.After.Files)
	}
	if got := fmt.Sprint(doc.Passes); !strings.HasPrefix(got, "[{services} ") {
		t.Errorf("passes %s", got)
	}
}

// checkProof holds that the report tells of a proof, or that there was none.
func checkProof(t *testing.T, report string, proven bool) {
	t.Helper()
	var v verdictJSON
	if err := json.Unmarshal([]byte(report), &v); err != nil {
		t.Fatal(err)
	}
	if proven != (v.Same > 300) || v.Differs != 0 || !proven && v.Cases != 0 {
		t.Errorf("proven %v: %d cases, %d the same, %d different", proven, v.Cases, v.Same, v.Differs)
	}
}

// check asks Python whether the kept services answer as they did before, what
// the others raise, and whether the metadata is true.
func (r *reality) check(t *testing.T, slim string, kept []string) {
	t.Helper()
	before := treeOf(t, slim)
	r.checkCalls(t, slim, kept)
	if stdout, err := r.metadata(t, slim, "check"); err != nil {
		t.Errorf("pip check: %v: %s", err, stdout)
	}
	if r.hasMetadata() {
		r.checkRecords(t, slim)
	}
	if after := treeOf(t, slim); after != before {
		t.Errorf("the checks changed the package: %s", firstDifference(after, before))
	}
}

// hasMetadata reports whether the Python has importlib.metadata.
func (r *reality) hasMetadata() bool {
	_, minor := r.python.Minor()
	return minor >= 8
}

// answers is what testdata/call.py prints.
type answers struct {
	Available []string
	Answers   []any
	Sent      []any
	Raised    map[string]string
}

func (r *reality) checkCalls(t *testing.T, slim string, kept []string) {
	t.Helper()
	fat, got := r.fatAnswers(t), r.call(t, slim, "ec2", "sqs")
	if !slices.Equal(got.Available, kept) {
		t.Errorf("available are %v, want %v", got.Available, kept)
	}
	if !slices.Contains(kept, "s3") { // whatever needs it comes last
		fat.Answers, fat.Sent = fat.Answers[:len(got.Answers)], fat.Sent[:len(got.Sent)]
	}
	if len(got.Answers) < 4 || !reflect.DeepEqual(got.Answers, fat.Answers) {
		t.Errorf("answers are %v, want %v", got.Answers, fat.Answers)
	}
	if len(got.Sent) < 5 || !reflect.DeepEqual(got.Sent, fat.Sent) {
		t.Errorf("sent %v, want %v", got.Sent, fat.Sent)
	}
	_, err := os.Stat(filepath.Join(slim, "botocore/_coldcut.py"))
	for service, raised := range got.Raised {
		want := fmt.Sprintf("UnknownServiceError: Unknown service: '%s'. Valid service names are: %s", service, strings.Join(kept, ", "))
		if err == nil { // the pass help ran
			want += ". " + hint(service, service)
		}
		if raised != want {
			t.Errorf("boto3.client(%q): %s, want %s", service, raised, want)
		}
	}
}

func (r *reality) fatAnswers(t *testing.T) answers {
	t.Helper()
	if r.answers == nil {
		a := r.call(t, r.installed)
		r.answers = &a
	}
	return *r.answers
}

// call calls AWS through the boto3 in dir, and makes a client of each service
// that is absent.
func (r *reality) call(t *testing.T, dir string, absent ...string) answers {
	t.Helper()
	stdout, err := r.script(t, "call.py", append([]string{dir}, absent...)...)
	if err != nil {
		t.Fatal(err)
	}
	var a answers
	if err := json.Unmarshal(stdout, &a); err != nil {
		t.Fatal(err)
	}
	if len(a.Raised) != len(absent) {
		t.Fatalf("raised %v", a.Raised)
	}
	return a
}

// records is what testdata/package.py prints.
type records struct {
	Distributions []string
	Rows          int
	Untrue        []string
}

// checkRecords holds every row of every RECORD to the file that it names. What
// pip left untrue may stay so.
func (r *reality) checkRecords(t *testing.T, slim string) {
	t.Helper()
	fat, got := r.fatRecords(t), r.readRecords(t, slim)
	if !slices.Equal(got.Distributions, fat.Distributions) {
		t.Errorf("distributions are %v, want %v", got.Distributions, fat.Distributions)
	}
	if got.Rows < 100 || got.Rows > fat.Rows/4 {
		t.Errorf("%d rows of %d", got.Rows, fat.Rows)
	}
	for _, row := range got.Untrue {
		if !slices.Contains(fat.Untrue, row) {
			t.Errorf("RECORD of %s", row)
		}
	}
}

func (r *reality) fatRecords(t *testing.T) records {
	t.Helper()
	if r.records == nil {
		all := r.readRecords(t, r.installed)
		r.records = &all
	}
	return *r.records
}

func (r *reality) readRecords(t *testing.T, dir string) records {
	t.Helper()
	stdout, err := r.metadata(t, dir, "records")
	if err != nil {
		t.Fatal(err)
	}
	var all records
	if err := json.Unmarshal(stdout, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func (r *reality) metadata(t *testing.T, dir, what string) ([]byte, error) {
	t.Helper()
	return r.script(t, "package.py", dir, what)
}

// script runs one of testdata's on nothing but Python's own library.
func (r *reality) script(t *testing.T, name string, args ...string) ([]byte, error) {
	t.Helper()
	stdout, _, err := r.python.Run(t.Context(), pyrun.Command{
		Isolated: true, NoSite: true, Args: append([]string{filepath.Join(testdata, name)}, args...),
	})
	return stdout, err
}
