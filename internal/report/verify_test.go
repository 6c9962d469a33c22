package report_test

import (
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/charmbracelet/lipgloss"

	"github.com/coldcut/coldcut/internal/report"
	"github.com/coldcut/coldcut/verify"
)

func verdict() *report.Document {
	return report.ForVerify("devel", "the build", "slim.zip", &verify.Verdict{
		Python: "3.13.0", Boto3: "1.44.5", Botocore: "1.44.5", Seed: 7,
		Cases: 5, Same: 2, Differs: 1, NotExercised: 2,
		Services: map[string][]string{"s3": {"GetObject"}},
		Differences: []verify.Difference{{
			Case: verify.Case{Service: "s3", Operation: "GetObject", Case: "response/malformed/another form"},
			Fat:  json.RawMessage(`{"does":[{"url":"` + strings.Repeat("long/", 20) + `fat"}],"returns":1}`),
			Slim: json.RawMessage(`{"does":[{"url":"` + strings.Repeat("long/", 20) + `slim\u001b[2J|\n"}]}`),
		}},
		Gaps: []verify.Gap{
			{Case: verify.Case{Service: "s3", Operation: "GetObject", Case: "presign"}, Reason: "because\nof this"},
			{Case: verify.Case{Service: "s3", Operation: "GetObject", Case: "single"}, Reason: "because\nof this"},
		},
	})
}

const verdictText = `s3:GetObject:response/malformed/another form
             fat                     slim
does[0].url  …ng/long/long/long/fat  …ng/long/long/long/slim\u001b[2J|⏎
returns      1

  coldcut verify 'the build' slim.zip --python 3.13 --seed 7 --only-case 's3:GetObject:response/malformed/another form'

not exercised  cases  for example
because            2  s3:GetObject:presign

the build and slim.zip  Python 3.13.0, boto3 1.44.5, botocore 1.44.5, seed 7
1 service, 1 operation: 2 cases the same, 1 different, 2 not exercised
`

func TestVerdictText(t *testing.T) {
	var out strings.Builder
	if err := verdict().Text(&out, lipgloss.NewRenderer(io.Discard)); err != nil {
		t.Fatal(err)
	}
	if out.String() != verdictText {
		t.Errorf("got\n%s", out.String())
	}
}

func TestVerdictMarkdown(t *testing.T) {
	var out strings.Builder
	if err := verdict().Markdown(&out); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"| 5 | 2 | 1 | 2 |",
		`| does[0].url | …ng/long/long/long/fat | …ng/long/long/long/slim\u001b[2J\|⏎ |`,
		"| because | 2 | s3:GetObject:presign |",
	} {
		if !strings.Contains(out.String(), line+"\n") {
			t.Errorf("%s is not in\n%s", line, out.String())
		}
	}
}

// TestVerdictJSON holds the document to the keys that programs may rely on.
func TestVerdictJSON(t *testing.T) {
	var out strings.Builder
	if err := verdict().JSON(&out); err != nil {
		t.Fatal(err)
	}
	var d struct {
		Verb, Slim   string
		Cases, Same  int
		Differs      int
		NotExercised int `json:"not_exercised"`
		Differences  []struct {
			Service, Operation, Case string
			Fat, Slim                map[string]any
		}
		Services map[string][]string
	}
	if err := json.Unmarshal([]byte(out.String()), &d); err != nil {
		t.Fatal(err)
	}
	if d.Verb != "verify" || d.Cases != 5 || d.Same != 2 || d.Differs != 1 || d.NotExercised != 2 || d.Slim != "slim.zip" || len(d.Services) != 1 {
		t.Errorf("%+v", d)
	}
	if len(d.Differences) != 1 || d.Differences[0].Operation != "GetObject" || d.Differences[0].Fat["returns"] != 1.0 {
		t.Errorf("%+v", d.Differences)
	}
}
