package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coldcut/coldcut/internal/project"
	"github.com/coldcut/coldcut/internal/report"
)

// beginning is one run of init.
type beginning struct {
	sys         *system
	dir         string
	yes, dryRun bool
}

func newInit(sys *system) *cobra.Command {
	b := &beginning{sys: sys}
	cmd := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Look at a project, configure coldcut for it, and say what to add to its build",
		Long: `init looks at the project in DIR, or here: which framework deploys it (AWS SAM,
Serverless, CDK, Chalice, Zappa, Terraform, CloudFormation, Docker), where its functions
begin, which Python runs them, and how boto3 gets in. It says what it found and in which
file, and prints the lines to add to the build and to what checks the code.

It writes [tool.coldcut] at the end of pyproject.toml, or a coldcut.toml where there is
none, and asks before. --yes does not ask, --dry-run writes nothing. What is in
pyproject.toml stays as it is, to the byte.`,
		Example: `  coldcut init
  coldcut init services/orders --dry-run
  coldcut init --yes`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError("init takes one DIR; %d were given", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			b.dir = "."
			if len(args) > 0 {
				b.dir = args[0]
			}
			return b.run(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&b.yes, "yes", false, "do not ask")
	cmd.Flags().BoolVar(&b.dryRun, "dry-run", false, "write nothing")
	return cmd
}

func (b *beginning) run(ctx context.Context) error {
	if isNotDir(b.dir) {
		return usageError("%s is not a folder", b.dir)
	}
	if b.yes && b.dryRun {
		return usageError("--yes and --dry-run exclude each other")
	}
	p := project.Look(b.dir)
	c, err := b.change(p)
	if err != nil {
		return err
	}
	b.tell(p)
	b.show(c)
	b.advise(p.Advice())
	return b.write(ctx, c)
}

// tell says what was found.
func (b *beginning) tell(p *project.Project) {
	line := func(title, what, from string) {
		what, from = report.Printable(what), report.Printable(from)
		fmt.Fprintln(b.sys.stdout, strings.TrimRight(fmt.Sprintf("%-10s %-24s %s", title, what, from), " "))
	}
	for _, f := range p.Frameworks {
		line("framework", f.What, f.From)
	}
	for _, h := range p.Handlers {
		line("handler", h.What, h.From)
	}
	if len(p.Handlers) == 0 {
		line("handler", "not found", "")
	}
	for _, f := range p.Pythons {
		line("python", f.What, f.From)
	}
	if len(p.Pythons) == 0 {
		line("python", "not told", "name it when you cut: --python 3.13")
	}
	for _, f := range p.Boto {
		line("boto3", f.What, f.From)
	}
	if len(p.Boto) == 0 {
		line("boto3", "not required", "there is nothing to cut unless the package brings a boto3")
	}
	for _, f := range p.Unread {
		line("not read", f.From, f.What)
	}
}

// change is a file that is to be written: all of it, or added to its end.
type change struct {
	name     string
	added    string
	appended bool
	there    bool // it is configured already
}

// change finds the file for the configuration: the one that has it, or that of the
// project.
func (b *beginning) change(p *project.Project) (*change, error) {
	own, of := filepath.Join(b.dir, "coldcut.toml"), filepath.Join(b.dir, "pyproject.toml")
	if _, err := os.Stat(own); err == nil {
		return &change{name: own, there: true}, nil
	}
	text, err := os.ReadFile(of)
	if errors.Is(err, fs.ErrNotExist) {
		return &change{name: own, added: p.Settings()}, nil
	}
	if err != nil {
		return nil, err
	}
	whole, err := project.Append(string(text), p.Settings())
	switch {
	case errors.Is(err, project.ErrConfigured):
		return &change{name: of, there: true}, nil
	case err != nil:
		return nil, &exitError{exitUsage, fmt.Errorf("%s: %w", of, err), "coldcut.toml beside it can hold the configuration instead"}
	}
	return &change{name: of, added: strings.TrimPrefix(whole, string(text)), appended: true}, nil
}

func (b *beginning) show(c *change) {
	switch {
	case c.there:
		fmt.Fprintf(b.sys.stdout, "\n%s has coldcut's configuration, and stays as it is.\n", report.Printable(c.name))
		return
	case c.appended:
		fmt.Fprintf(b.sys.stdout, "\nAt the end of %s:\n\n", report.Printable(c.name))
	default:
		fmt.Fprintf(b.sys.stdout, "\nA new file %s:\n\n", report.Printable(c.name))
	}
	for line := range strings.Lines(strings.TrimSpace(c.added)) {
		fmt.Fprintln(b.sys.stdout, "    "+report.Printable(strings.TrimRight(line, "\r\n")))
	}
}

func (b *beginning) advise(a project.Advice) {
	section := func(title string, lines []string) {
		fmt.Fprintf(b.sys.stdout, "\n%s:\n\n", report.Printable(title))
		for _, l := range lines {
			fmt.Fprintln(b.sys.stdout, "    "+report.Printable(l))
		}
	}
	section("Add to the build, "+a.After, a.Build)
	section("Add to what checks the code", a.Check)
	fmt.Fprintf(b.sys.stdout, "\ndocs/recipes/%s has the whole of it.\n", a.More)
}

// write writes what was shown, once the user agrees.
func (b *beginning) write(ctx context.Context, c *change) error {
	if c.there || b.dryRun {
		return nil
	}
	if !b.yes {
		switch agreed, err := b.ask(ctx, c.name); {
		case err != nil:
			return err
		case !agreed:
			fmt.Fprintln(b.sys.stderr, "coldcut: nothing was written")
			return nil
		}
	}
	if err := c.write(); err != nil {
		return err
	}
	fmt.Fprintf(b.sys.stdout, "\nwrote %s\n", report.Printable(c.name))
	return nil
}

func (b *beginning) ask(ctx context.Context, name string) (bool, error) {
	if !isTerminal(b.sys.stderr) || !isTerminal(os.Stdin) {
		return false, &exitError{exitUsage, errors.New("nobody is there to be asked, and nothing was written"), "--yes says yes, --dry-run only looks"}
	}
	fmt.Fprintf(b.sys.stderr, "\nWrite %s? [y/N] ", report.Printable(name))
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(os.Stdin).ReadString('\n')
		answer <- strings.ToLower(strings.TrimSpace(line))
	}()
	select {
	case a := <-answer:
		return a == "y" || a == "yes", nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// write adds to a file in one piece, so that its mode, its owner and links to it stay;
// a new one is not written over what came meanwhile.
func (c *change) write() error {
	flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if c.appended {
		flags = os.O_WRONLY | os.O_APPEND
	}
	f, err := os.OpenFile(c.name, flags, 0o666)
	if err != nil {
		return err
	}
	_, err = f.WriteString(c.added)
	return errors.Join(err, f.Close())
}
