package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A shell block of the documentation: commands to copy, or a session, in which commands
// begin with "$ ".
type shellBlock struct {
	page  string
	first string // its first command, by which tables name it
	text  string // its commands
}

// commandLine is how a line that calls a program of these begins. A block with one is a
// shell block, whether it is fenced or indented, and though it does not say so.
var commandLine = regexp.MustCompile(`^(?:\$ )?(?:[A-Z_]+=\S+ )*(?:bin/)?(?:coldcut|make|pip|pipx|uv|uvx|python3?|go|git|sam|aws|npx|sls|cdk|terraform|docker|export|apt|apt-get|sudo|dpkg|sh|bash|curl|tar)(?: |$)`)

// shellBlocks are those of a page, in their order.
func shellBlocks(t *testing.T, page string) (blocks []shellBlock) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../..", page))
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range codeBlocks(strings.Split(string(data), "\n")) {
		lines := block.lines
		if !block.shell && !slices.ContainsFunc(lines, commandLine.MatchString) {
			continue
		}
		if slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line, "$ ") }) {
			lines = sessionCommands(lines)
		}
		i := slices.IndexFunc(lines, func(line string) bool { return strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "#") })
		if i < 0 {
			continue
		}
		first, _, _ := strings.Cut(lines[i], " #")
		blocks = append(blocks, shellBlock{page, strings.TrimSpace(first), strings.Join(lines, "\n")})
	}
	return blocks
}

// codeBlock is one of a page; shell is set where it says that it is that.
type codeBlock struct {
	lines []string
	shell bool
}

// codeBlocks are the fenced blocks that are shell or of no language, and the indented ones.
func codeBlocks(lines []string) (blocks []codeBlock) {
	for i := 0; i < len(lines); i++ {
		trimmed := strings.TrimLeft(lines[i], " ")
		indent := len(lines[i]) - len(trimmed)
		switch {
		case strings.HasPrefix(trimmed, "```"):
			language := strings.TrimPrefix(trimmed, "```")
			var block []string
			for i++; i < len(lines) && !strings.HasPrefix(strings.TrimLeft(lines[i], " "), "```"); i++ {
				block = append(block, lines[i][min(indent, len(lines[i])):])
			}
			if slices.Contains([]string{"", "sh", "shell", "bash", "console"}, language) {
				blocks = append(blocks, codeBlock{block, language != ""})
			}
		case indent >= 4 && (i == 0 || strings.TrimSpace(lines[i-1]) == ""):
			var block []string
			for ; i < len(lines) && (strings.HasPrefix(lines[i], "    ") || strings.TrimSpace(lines[i]) == ""); i++ {
				block = append(block, strings.TrimPrefix(lines[i], "    "))
			}
			i--
			blocks = append(blocks, codeBlock{lines: block})
		}
	}
	return blocks
}

// sessionCommands are the commands of a session, with their continuation lines.
func sessionCommands(lines []string) (commands []string) {
	goesOn := false
	for _, line := range lines {
		command, ok := strings.CutPrefix(line, "$ ")
		if ok || goesOn {
			commands = append(commands, command)
			goesOn = strings.HasSuffix(command, `\`)
		}
	}
	return commands
}

// documentation are the pages whose commands are held to; recipes have a program of
// their own, and the reference is made of the help.
var documentation = []string{"*.md", "docs/*.md", "examples/*/*.md"}

// run pages have all their blocks run, in their order, by TestDocumentation in
// docs_unix_test.go; of these blocks the reason why they are not.
var notRun = []struct{ page, first, why string }{
	{"README.md", "pip install coldcut", "it would take what the index has; internal/release installs the wheel from a folder"},
	{"docs/tutorial.md", "pip install coldcut", "it would take what the index has; internal/release installs the wheel from a folder"},
	{"docs/guide.md", "sam build && coldcut slim .aws-sam/build/Orders --in-place", "wants SAM; TestBytecodeThroughSAM does it where SAM is"},
	{"docs/guide.md", "docker save orders:1 -o image.tar", "wants Docker; TestImageLambda cuts what docker save writes"},
	{"docs/guide.md", "coldcut bench fat.zip slim.zip --on aws --role ROLE-ARN", "wants AWS: make test-aws, with your credentials"},
	{"docs/guide.md", "coldcut audit --on aws --region eu-west-1,us-east-1 --html audit.html", "wants AWS; TestAuditServe audits what coldcut serve has"},
	{"docs/guide.md", "SHARDS=8 coldcut audit --on aws --save part.json", "wants AWS; TestAuditServe has parts, and joins them"},
	{"docs/faq.md", "pip install --quiet --target cli awscli", "TestLibraries does it, with a version that it names"},
	{"docs/benchmarks.md", "cp -r FOLDER COPY && cd COPY", "what people do by hand; go run ./internal/benchmark recipe does it"},
	{"examples/measure/README.md", "bin/coldcut serve &", "fifty cold starts at 128 MB take minutes; TestMeasure takes a few"},
}

// TestDocumented fails for a shell block of the documentation that nothing runs and that
// no table excuses, and for an excuse that no block needs any more. What calls make or
// go on the checkout is held to the targets and packages that there are.
func TestDocumented(t *testing.T) {
	excused := map[int]bool{}
	for _, page := range pagesOf(t) {
		for _, b := range shellBlocks(t, page) {
			if i := excuse(b); i >= 0 {
				excused[i] = true
			} else if !slices.Contains(runPages, page) {
				checkDevelopers(t, b)
			}
		}
	}
	for i, e := range notRun {
		if !excused[i] {
			t.Errorf("%s has no block that begins with %q", e.page, e.first)
		}
	}
}

// runPages are the pages whose blocks are run.
var runPages = []string{
	"README.md", "docs/tutorial.md", "docs/guide.md", "docs/safety.md",
	"examples/dynamodb/README.md", "examples/fleet/README.md", "examples/measure/README.md", "examples/orders/README.md",
}

func pagesOf(t *testing.T) (pages []string) {
	t.Helper()
	for _, pattern := range documentation {
		found, err := filepath.Glob(filepath.Join("../..", pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s matches %d pages: %v", pattern, len(found), err)
		}
		for _, page := range found {
			pages = append(pages, filepath.ToSlash(strings.TrimPrefix(page, filepath.Join("../..")+string(filepath.Separator))))
		}
	}
	return pages
}

func excuse(b shellBlock) int {
	for i, e := range notRun {
		if e.page == b.page && e.first == b.first {
			return i
		}
	}
	return -1
}

// developers is a command that works on the checkout: make TARGET, or go run or go test
// of a package of it.
var developers = regexp.MustCompile(`^(?:[A-Z_]+=\S+ )*(?:make ([a-z0-9-]+)|go (?:run|test) .*?(\./[a-z/]+|\./\.\.\.)|go tool )`)

// checkDevelopers holds such commands to the targets and packages that there are.
func checkDevelopers(t *testing.T, b shellBlock) {
	t.Helper()
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(b.text, "\n") {
		line, _, _ = strings.Cut(line, " #")
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		for command := range strings.SplitSeq(line, " && ") {
			m := developers.FindStringSubmatch(strings.TrimSpace(command))
			switch {
			case m == nil:
				t.Errorf("%s: nothing runs %q: list the page in runPages, or say in notRun why not", b.page, command)
			case m[1] != "" && !regexp.MustCompile(`(?m)^`+m[1]+`:`).Match(makefile):
				t.Errorf("%s: make has no target %s", b.page, m[1])
			case m[2] != "" && m[2] != "./...":
				if out, err := exec.CommandContext(t.Context(), "go", "list", "../../"+strings.TrimPrefix(m[2], "./")).CombinedOutput(); err != nil {
					t.Errorf("%s: %s: %v: %s", b.page, m[2], err, out)
				}
			}
		}
	}
}

// TestShellBlocks holds the reading of pages to one with blocks of every kind.
func TestShellBlocks(t *testing.T) {
	const page = "Text coldcut scan x\n\n    coldcut scan a\n\n    coldcut scan b  # why\n\nand\n\n```sh\n# first\nA=1 make x\n```\n\n" +
		"```sh\ncat x\n```\n\n```python\npython = 1\n```\n\n    queue = 1\n\n- item\n\n  ```console\n  $ go run \\\n      ./x\n  output\n  ```\n"
	file := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	relative, err := filepath.Rel(mustAbs(t, "../.."), file)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, b := range shellBlocks(t, relative) {
		got = append(got, b.first+"|"+b.text)
	}
	want := []string{"coldcut scan a|coldcut scan a\n\ncoldcut scan b  # why\n", "A=1 make x|# first\nA=1 make x", "cat x|cat x", "go run \\|go run \\\n    ./x"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func mustAbs(t *testing.T, name string) string {
	t.Helper()
	abs, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	return abs
}

var (
	pageLink    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	pageHeading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	notInAnchor = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// TestLinks follows the links of the documentation that stay in it, to headings too.
func TestLinks(t *testing.T) {
	reference, err := filepath.Glob("../../docs/reference/*.md")
	if err != nil || len(reference) == 0 {
		t.Fatalf("no reference: %v", err)
	}
	pages := pagesOf(t)
	for _, page := range reference {
		pages = append(pages, filepath.ToSlash(strings.TrimPrefix(page, filepath.Join("../..")+string(filepath.Separator))))
	}
	followed := 0
	for _, page := range pages {
		data, err := os.ReadFile(filepath.Join("../..", page))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range pageLink.FindAllStringSubmatch(string(data), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			followed++
			name, anchor, _ := strings.Cut(m[1], "#")
			target := filepath.Join("../..", filepath.Dir(page), name)
			if name == "" {
				target = filepath.Join("../..", page)
			}
			if linked, err := os.ReadFile(target); err != nil {
				t.Errorf("%s links to %s: %v", page, m[1], err)
			} else if anchor != "" && !slices.Contains(anchors(string(linked)), anchor) {
				t.Errorf("%s links to %s, and %s has no such heading", page, m[1], target)
			}
		}
	}
	if followed < 50 {
		t.Errorf("only %d links were found", followed)
	}
}

// anchors are the names that GitHub gives the headings of a page.
func anchors(page string) (names []string) {
	for _, m := range pageHeading.FindAllStringSubmatch(page, -1) {
		name := notInAnchor.ReplaceAllString(strings.ToLower(m[1]), "")
		names = append(names, strings.ReplaceAll(name, " ", "-"))
	}
	return names
}
