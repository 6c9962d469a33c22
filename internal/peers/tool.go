package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/scan"
)

// tool is one column of the table.
type tool struct {
	name, version string
	purpose       string
	command       string // how it is run, for the reader
	doubt         *regexp.Regexp
	read          func(context.Context, program) (string, error)
}

// ask has the tool read a program. An error is that the tool could not be run.
func (t tool) ask(ctx context.Context, p program) (verdict, error) {
	out, err := t.read(ctx, p)
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && ctx.Err() == nil {
		return fails, nil
	}
	return judge(out, p.uses, t.doubt), err
}

// coldcut is asked through its library; every certain and possible use counts.
var coldcut = tool{
	name: "coldcut", version: "this",
	purpose: "to cut boto3 down to what a program uses",
	command: "`coldcut scan`",
	doubt:   regexp.MustCompile(`(?m)^unresolved: `),
	read:    scanned,
}

func scanned(ctx context.Context, p program) (output string, err error) {
	a, err := artifact.Open(p.dir, artifact.Options{})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	r, err := scan.Scan(ctx, a, scan.Options{})
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for service, operations := range r.Services {
		fmt.Fprintln(&out, service)
		for _, o := range operations {
			fmt.Fprintf(&out, "%s:%s\n", service, o)
		}
	}
	for _, u := range r.Unresolved {
		fmt.Fprintf(&out, "unresolved: %s\n", u.Reason)
	}
	return out.String(), nil
}

// peer is a tool from the registry.
type peer struct {
	name, version string
	purpose       string
	command       string
	args          func(p program) []string // of Python, or of the binary where there is one
	binary        string                   // in the folder that pip fills
	doubt         *regexp.Regexp
}

//go:embed chalice.py
var chaliceAnalyzer string

// peers are those that read Python sources for what they use of AWS and that pip
// can install. iamfast is not among them: what pip installs of it holds no code.
var peers = []peer{
	{
		name: "chalice", version: "1.34.0",
		purpose: "the IAM policy of a Chalice app, from its `app.py`",
		command: "`chalice.analyzer.get_client_calls`, each file",
		args:    func(p program) []string { return append([]string{"-c", chaliceAnalyzer}, p.files...) },
	},
	{
		name: "iam-policy-autopilot", version: "0.3.0",
		purpose: "IAM policies of programs in five languages",
		command: "`extract-sdk-calls`, all files; what follows it asks AWS for the actions",
		args:    func(p program) []string { return append([]string{"extract-sdk-calls"}, p.files...) },
		binary:  "iam-policy-autopilot",
	},
	{
		name: "lambda-analyzer", version: "1.0.1",
		purpose: "IAM policies and templates of Lambda functions",
		command: "`analyze --recursive`; where it speaks of low confidence it counts as not able to tell",
		args: func(p program) []string {
			return []string{"-m", "lambda_analyzer.cli.main", "analyze", "--recursive", p.dir}
		},
		doubt: regexp.MustCompile(`Low confidence`),
	},
	{
		name: "iamscan", version: "0.0.1",
		purpose: "IAM policies of programs; clients alone, as it says",
		command: "`--path`",
		args:    func(p program) []string { return []string{"-m", "iamscan", "--path", p.dir} },
	},
}

// dir is where pip puts the peer.
func (p peer) dir(work string) string { return filepath.Join(work, p.name+"-"+p.version) }

// tool runs a peer in the Python that it was installed with.
func (p peer) tool(python *pyrun.Interpreter, work string) tool {
	return tool{name: p.name, version: p.version, purpose: p.purpose, command: p.command, doubt: p.doubt,
		read: func(ctx context.Context, of program) (string, error) { return p.run(ctx, python, work, of) }}
}

func (p peer) run(ctx context.Context, python *pyrun.Interpreter, work string, of program) (string, error) {
	dir, err := filepath.Abs(p.dir(work))
	if err != nil {
		return "", err
	}
	if p.binary != "" {
		cmd := exec.CommandContext(ctx, filepath.Join(dir, "bin", p.binary), p.args(of)...)
		cmd.Env = append(os.Environ(), "DISABLE_IAM_POLICY_AUTOPILOT_TELEMETRY=true")
		out, err := cmd.Output()
		return string(out), err
	}
	out, _, err := python.Run(ctx, pyrun.Command{NoSite: true, Args: p.args(of), Env: []string{"PYTHONPATH=" + dir, "PYTHONUTF8=1"}})
	return string(out), err
}
