package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/dustin/go-humanize"
	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/coldcut/coldcut/internal/report"
)

// output writes documents in the format that was asked for.
type output struct {
	sys    *system
	format string
	more   []string // formats of this verb alone
}

var formats = []string{"text", "json", "markdown"}

func (o *output) addFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.format, "format", "text", "one of "+strings.Join(o.formats(), ", "))
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(o.formats(), cobra.ShellCompDirectiveNoFileComp))
}

func (o *output) formats() []string { return slices.Concat(formats, o.more) }

// check refuses a format before any work is done.
func (o *output) check() error {
	if !slices.Contains(o.formats(), o.format) {
		return usageError("unknown format %q; there are %s", o.format, strings.Join(o.formats(), ", "))
	}
	return nil
}

func (o *output) write(d *report.Document) error {
	switch o.format {
	case "json":
		return d.JSON(o.sys.stdout)
	case "markdown":
		return d.Markdown(o.sys.stdout)
	case "sarif":
		return d.SARIF(o.sys.stdout)
	case "github":
		return d.GitHub(o.sys.stdout)
	case "junit":
		return d.JUnit(o.sys.stdout)
	}
	return d.Text(o.sys.stdout, lipgloss.NewRenderer(o.sys.stdout))
}

// bar shows progress on a terminal, and nothing anywhere else.
type bar struct{ *progressbar.ProgressBar }

func (o *output) progress(what string) *bar {
	if !isTerminal(o.sys.stderr) {
		return &bar{}
	}
	return &bar{progressbar.NewOptions64(-1,
		progressbar.OptionSetWriter(o.sys.stderr), progressbar.OptionSetDescription(what),
		progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(65e6), progressbar.OptionSetWidth(24),
		progressbar.OptionEnableColorCodes(o.sys.getenv("NO_COLOR") == ""),
	)}
}

// counted is told how many of all files are done.
func (b *bar) counted() func(done, total int) {
	if b.ProgressBar == nil {
		return nil
	}
	return func(done, total int) { b.set(int64(done), int64(total)) }
}

// sized is told how many of all bytes are done.
func (b *bar) sized() func(done, total int64) {
	if b.ProgressBar == nil {
		return nil
	}
	return b.set
}

// set moves the bar; that it cannot be drawn is no reason to stop.
func (b *bar) set(done, total int64) {
	b.ChangeMax64(total)
	_ = b.Set64(done)
}

func (b *bar) done() {
	if b.ProgressBar != nil {
		_ = b.Finish()
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// byteSize is a flag like 250MB or 1GiB.
type byteSize int64

// String implements pflag.Value.
func (b *byteSize) String() string { return humanize.IBytes(uint64(*b)) }

// Set implements pflag.Value.
func (b *byteSize) Set(s string) error {
	n, err := humanize.ParseBytes(s)
	if err != nil || n == 0 || n > 1<<50 {
		return fmt.Errorf("%q is not a size such as 250MB or 1GiB", s)
	}
	*b = byteSize(n)
	return nil
}

// Type implements pflag.Value.
func (b *byteSize) Type() string { return "size" }
