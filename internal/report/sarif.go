package report

import (
	"fmt"
	"io"
	"net/url"
	"path/filepath"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/coldcut/coldcut/plan"
)

// homepage is where the rules are explained.
const homepage = "https://github.com/coldcut/coldcut"

// SARIF writes the findings as a SARIF 2.1.0 log.
func (d *Document) SARIF(w io.Writer) error {
	run := sarif.NewRunWithInformationURI("coldcut", homepage)
	run.Tool.Driver.WithVersion(d.Coldcut)
	for _, rule := range plan.Rules {
		doc := plan.RuleDocs[rule]
		run.AddRule(string(rule)).WithShortDescription(text(doc)).WithFullDescription(text(doc)).
			WithHelp(text(doc + " " + plan.RuleHelp[rule])).
			WithDefaultConfiguration(sarif.NewReportingConfiguration().WithLevel(sarif.LevelError))
	}
	for _, f := range together(d.Findings) {
		run.CreateResultForRule(string(f.Rule)).WithLevel(levelOf(f)).
			WithMessage(sarif.NewTextMessage(withFix(f))).
			WithPartialFingerprints(map[string]string{"coldcut/v1": fingerprint(f)}).
			AddLocation(sarif.NewLocationWithPhysicalLocation(sarif.NewPhysicalLocation().
				WithArtifactLocation(sarif.NewSimpleArtifactLocation(uri(f.File))).
				WithRegion(sarif.NewRegion().WithStartLine(max(1, f.Line)).WithStartColumn(max(1, f.Column)))))
	}
	log := sarif.NewReport()
	log.AddRun(run)
	if err := log.PrettyWrite(w); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func text(s string) *sarif.MultiformatMessageString {
	return sarif.NewMultiformatMessageString().WithText(s)
}

// fingerprint tells a finding from others when lines move.
func fingerprint(f plan.Finding) string {
	return fmt.Sprintf("%s %s:%s %s", f.Rule, f.Service, f.Operation, filepath.ToSlash(f.File))
}

// uri is a file's name as a reference relative to the folder that coldcut ran in.
func uri(file string) string {
	return (&url.URL{Path: filepath.ToSlash(file)}).EscapedPath()
}
