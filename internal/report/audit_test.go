package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/lipgloss"

	"github.com/coldcut/coldcut/internal/audit"
)

// audited is an account with a function of each verdict, one of them named by somebody
// hostile, and sixty ordinary ones.
func audited() *audit.Result {
	r := &audit.Result{
		Account: "123456789012", Regions: []string{"eu-west-1"}, Started: time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC),
		Skipped: map[string]int{"nodejs22.x": 3}, Model: audit.Rates(), Again: 2,
	}
	add := func(name string, v audit.Verdict, change func(*audit.Function)) {
		f := audit.Function{Region: "eu-west-1", Name: name, ARN: "arn:" + name, Runtime: "python3.13", Verdict: v}
		change(&f)
		r.Functions = append(r.Functions, f)
	}
	boto := &audit.Boto{Boto3: "1.44.8", Botocore: "1.44.8", Files: 2000, Bytes: 30 << 20}
	for i := range 60 {
		add(fmt.Sprintf("orders-%02d", i), audit.Slims, func(f *audit.Function) {
			f.Boto, f.Services = boto, []string{"s3"}
			f.Takes = &audit.Takes{Files: 1900, Bytes: 28 << 20, ZipBytes: int64(60-i) << 18, Of: audit.Size{Files: 2400, Bytes: 36 << 20, ZipBytes: 18 << 20}}
			f.Start = &audit.Start{LowMS: float64(100 - i), HighMS: float64(150 - i)}
		})
	}
	add("idle", audit.Unused, func(f *audit.Function) { f.Boto = boto })
	add("asks", audit.CannotTell, func(f *audit.Function) {
		f.Boto, f.UnresolvedPlaces = boto, 3
		f.Unresolved = []audit.Place{{File: "app.py", Line: 7, Reason: "parameter kind"}}
	})
	add(`<script>alert("x")</script>`+"\x1b[31m", audit.NotRead, func(f *audit.Function) { f.Why = "AccessDeniedException: \x1b]0;gone\x07 no" })
	add("picture", audit.Image, func(f *audit.Function) { f.Runtime = "" })
	add("own", audit.Runtimes, func(f *audit.Function) { f.Services = []string{"s3", "sqs"}; f.Notes = []string{"PYTHONPATH is set"} })
	r.Sort()
	return r
}

func TestAuditText(t *testing.T) {
	var out bytes.Buffer
	if err := ForAudit("test", audited(), 40).Text(&out, lipgloss.NewRenderer(&out)); err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(` +`).ReplaceAllString(out.String(), " ")
	for _, want := range []string{
		"a boto3 that can be cut\n", "eu-west-1/orders-00 python3.13 1.44.8 package 1,900 28 MiB 15 MiB 83 % 100 to 150 ms\n",
		"… and 20 more: --top 0 lists all", "eu-west-1/asks 1.44.8 30 MiB 3 app.py:7: parameter kind\n",
		"65 functions of Python of the account 123456789012 in eu-west-1", "of other runtimes, not looked at: 3 of nodejs22.x",
		"1 function: container images, which an audit does not download: coldcut slim takes what docker pull and docker save write\n", "ms for each MB of models that botocore parses (docs/benchmarks.md, Clients)", "2 functions as an earlier run",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q:\n%s", want, text)
		}
	}
	if strings.ContainsAny(text, "\x1b\x07") {
		t.Error("the text has what moves the cursor")
	}
	if strings.Contains(text, "eu-west-1/own") {
		t.Error("the text lists what there is nothing to do about")
	}
}

func TestAuditMarkdown(t *testing.T) {
	var out bytes.Buffer
	if err := ForAudit("test", audited(), 1).Markdown(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"### A boto3 that can be cut\n", "| eu-west-1/orders-00 |", "… and 59 more.", "| eu-west-1/idle |"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it lacks %q:\n%s", want, out.String())
		}
	}
}

// TestAuditJSON reads what was written.
func TestAuditJSON(t *testing.T) {
	r := audited()
	var out bytes.Buffer
	if err := ForAudit("test", r, 1).JSON(&out); err != nil {
		t.Fatal(err)
	}
	p, err := ReadAudit("a", out.Bytes())
	if err != nil || p.Coldcut != "test" {
		t.Fatal(p, err)
	}
	got, err := json.Marshal(p.Result)
	if err != nil {
		t.Fatal(err)
	}
	if want, _ := json.Marshal(r); !bytes.Equal(got, want) {
		t.Errorf("%s\nnot\n%s", got, want)
	}
	var keys struct {
		Schema int
		Verb   string
		Totals struct {
			Functions int
			Verdicts  map[string]int
			Takes     audit.Takes
		}
	}
	if err := json.Unmarshal(out.Bytes(), &keys); err != nil || keys.Schema != Schema || keys.Verb != "audit" || keys.Totals.Functions != 65 ||
		keys.Totals.Verdicts["slims"] != 60 || keys.Totals.Takes.Bytes != 60*28<<20 {
		t.Errorf("%+v %v", keys, err)
	}
	for _, bad := range []string{`{`, `{"schema":1,"verb":"bench"}`, `{"schema":9,"verb":"audit","functions":[]}`, `{"schema":1,"verb":"audit","functions":[{"arn":"a","verdict":"slims","takes":{}}]}`} {
		if _, err := ReadAudit("bad", []byte(bad)); err == nil {
			t.Errorf("%s is read", bad)
		}
	}
}

// FuzzReadAudit shows and joins whatever is read.
func FuzzReadAudit(f *testing.F) {
	var out bytes.Buffer
	if err := ForAudit("test", audited(), 1).JSON(&out); err != nil {
		f.Fatal(err)
	}
	f.Add(out.Bytes())
	f.Add([]byte(`{"schema":1,"verb":"audit","shard":{"index":1,"count":1000000000},"functions":[{"arn":"a","verdict":"image"}]}`))
	f.Add([]byte(`{"schema":1,"verb":"audit","functions":[{"arn":"a","verdict":"slims","boto":{"layer":"l"},"takes":{"bytes":-5}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ReadAudit("f", data)
		if err != nil {
			return
		}
		_, _ = audit.Merge([]audit.Part{p}) // it may refuse
		d := ForAudit(p.Coldcut, p.Result, 2)
		var text bytes.Buffer
		if err := d.Text(&text, lipgloss.NewRenderer(&text)); err != nil {
			t.Error(err)
		}
		if err := d.Markdown(&text); err != nil {
			t.Error(err)
		}
		if _, err := d.AuditPage(); err != nil {
			t.Error(err)
		}
	})
}

func auditPageOf(t *testing.T) []byte {
	t.Helper()
	data, err := ForAudit("test", audited(), 1).AuditPage()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestAuditPage holds the page to ask nobody for anything, and to take names for text.
func TestAuditPage(t *testing.T) {
	text := string(auditPageOf(t))
	for _, bad := range []string{"<script", "@import", "url(", " src=", "javascript:", "\x1b"} {
		if strings.Contains(text, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	for _, href := range regexp.MustCompile(`(?:href|action)="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		if !strings.HasPrefix(href[1], "#") && href[1] != "data:," {
			t.Errorf("the page leads to %s", href[1])
		}
	}
	for _, want := range []string{"60 functions: a boto3 that can be cut", "eu-west-1/orders-59", "eu-west-1/own", "PYTHONPATH is set", "--t0", "The estimate", `data-name="eu-west-1/orders-24"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(text, `data-name="eu-west-1/orders-25"`) {
		t.Error("a picture has more bars than it should")
	}
}

// TestAuditPageInBrowser opens the page.
func TestAuditPageInBrowser(t *testing.T) {
	chromium(t)
	dom, console := browse(t, auditPageOf(t))
	if len(console) > 0 {
		t.Errorf("the console has %q", console)
	}
	if !strings.Contains(dom, "What matters most") || strings.Contains(dom, "<script") {
		t.Errorf("the page is not there: %.300s", dom)
	}
}
