package main

import (
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// The measures of the picture, in pixels; a cell is one of a monospaced font.
const (
	cellWidth, lineHeight = 8.4, 19
	pictureTop, margin    = 46, 20
)

// colours are those of a dark terminal, by the codes that the report uses.
var colours = map[string]string{
	"30": "#484f58", "31": "#ff7b72", "32": "#3fb950", "33": "#d29922", "34": "#58a6ff", "35": "#bc8cff", "36": "#39c5cf", "37": "#b1bac4",
	"90": "#6e7681", "91": "#ffa198", "92": "#56d364", "93": "#e3b341", "94": "#79c0ff", "95": "#d2a8ff", "96": "#56d4dd", "97": "#f0f6fc",
}

// pictured is what the picture shows being typed.
const pictured = "coldcut slim build -o function.zip --python 3.13"

// TestPicture cuts a real boto3 for the function orders at a terminal, and holds the
// picture in the README to the report: its words and colours exactly, and its figures
// within a tenth, since they move with each pass that gets better. -update draws it.
func TestPicture(t *testing.T) {
	got := picture(shortened(reported(t)))
	if err := xml.Unmarshal([]byte(got), new(struct{ XMLName xml.Name })); err != nil {
		t.Fatalf("the picture is not XML: %v", err)
	}
	const file = "../../docs/slim.svg"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if reason := differs(plainText(got), plainText(string(want))); reason != "" {
		t.Errorf("%s: %s; if it is right, run make docs", file, reason)
	}
}

// reported is what slim prints at a terminal of the function orders.
func reported(t *testing.T) string {
	t.Helper()
	r := newReality(t, "3.13", "boto3==1.44.8")
	dir := t.TempDir()
	r.pack(t, filepath.Join(dir, "build"))
	sources, err := filepath.Glob("../../examples/orders/*.py")
	if err != nil || len(sources) == 0 {
		t.Fatalf("no sources: %v", err)
	}
	for _, source := range sources {
		data, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "build", filepath.Base(source)), string(data))
	}
	cmd := exec.CommandContext(t.Context(), "coldcut", strings.Fields(pictured)[1:]...)
	cmd.Dir = dir
	cmd.Env = append(withoutColours(), "TERM=xterm-256color")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout := capture(t, &cmd.Stdout, true)
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	return strings.ReplaceAll(stdout(), "\r\n", "\n")
}

// pictureWidth is where lines of the report are cut in the picture, in cells.
const pictureWidth = 100

var escapeCode = regexp.MustCompile(`\x1b\[([0-9;]*)m`)

// shortened is a report as a narrow terminal shows it: long lines end in "…".
func shortened(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range lines {
		lines[i] = cutLine(line)
	}
	return strings.Join(lines, "\n")
}

func cutLine(line string) string {
	var b strings.Builder
	cells := 0
	for len(line) > 0 {
		if m := escapeCode.FindStringIndex(line); m != nil && m[0] == 0 {
			b.WriteString(line[:m[1]])
			line = line[m[1]:]
			continue
		}
		r, n := utf8.DecodeRuneInString(line)
		line = line[n:]
		if cells++; cells < pictureWidth || cells == pictureWidth && escapeCode.ReplaceAllString(line, "") == "" {
			b.WriteRune(r)
		} else if cells == pictureWidth {
			b.WriteRune('…')
		}
	}
	return b.String()
}

// picture draws a session at a terminal: the command and what it printed.
func picture(text string) string {
	lines := append([]string{"\x1b[90m$\x1b[0m \x1b[1m" + pictured + "\x1b[0m", ""}, strings.Split(text, "\n")...)
	width := 2*margin + int(pictureWidth*cellWidth)
	height := pictureTop + len(lines)*lineHeight + margin/2
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d">
<rect width="100%%" height="100%%" rx="8" fill="#0d1117"/>
<circle cx="20" cy="18" r="6" fill="#ff5f57"/><circle cx="40" cy="18" r="6" fill="#febc2e"/><circle cx="60" cy="18" r="6" fill="#28c840"/>
<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14" fill="#c9d1d9">
`, width, height, width, height)
	for i, line := range lines {
		drawLine(&b, line, pictureTop+i*lineHeight)
	}
	b.WriteString("</g>\n</svg>\n")
	return b.String()
}

// drawLine draws each stretch of one style where its cells are, whatever font there is.
func drawLine(b *strings.Builder, line string, y int) {
	cell, style := 0, ""
	emit := func(text string) {
		if strings.TrimSpace(text) != "" {
			n := utf8.RuneCountInString(text)
			trimmed := strings.TrimLeft(text, " ")
			at := cell + n - utf8.RuneCountInString(trimmed)
			trimmed = strings.TrimRight(trimmed, " ")
			fmt.Fprintf(b, `<text x="%s" y="%d" textLength="%s" lengthAdjust="spacingAndGlyphs" xml:space="preserve"%s>`,
				pixels(margin+float64(at)*cellWidth), y, pixels(float64(utf8.RuneCountInString(trimmed))*cellWidth), style)
			_ = xml.EscapeText(b, []byte(trimmed)) // a strings.Builder takes all
			b.WriteString("</text>\n")
		}
		cell += utf8.RuneCountInString(text)
	}
	for {
		m := escapeCode.FindStringSubmatchIndex(line)
		if m == nil {
			emit(line)
			return
		}
		emit(line[:m[0]])
		style = restyled(style, line[m[2]:m[3]])
		line = line[m[1]:]
	}
}

// restyled is a style after a code of the terminal.
func restyled(style, codes string) string {
	for code := range strings.SplitSeq(codes, ";") {
		switch {
		case code == "" || code == "0":
			style = ""
		case code == "1":
			style += ` font-weight="bold"`
		case code == "2":
			style += ` opacity="0.6"`
		case colours[code] != "":
			style += ` fill="` + colours[code] + `"`
		}
	}
	return style
}

func pixels(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

// plainText is what a picture says, a line a stretch, with how it looks.
func plainText(svg string) string {
	var b strings.Builder
	for _, m := range regexp.MustCompile(`<text x="[^"]*" y="(\d+)"[^>]*preserve"([^>]*)>([^<]*)</text>`).FindAllStringSubmatch(svg, -1) {
		fmt.Fprintf(&b, "%s%s %s\n", m[1], m[2], m[3])
	}
	return b.String()
}

var figure = regexp.MustCompile(`\d[\d,]*(?:\.\d+)?`)

// differs tells where two texts differ in more than the size of a figure.
func differs(got, want string) string {
	gots, wants := strings.Split(got, "\n"), strings.Split(want, "\n")
	if len(gots) != len(wants) {
		return fmt.Sprintf("the report has %d stretches, the picture %d:\n%s\n%s", len(gots), len(wants), got, want)
	}
	for i := range gots {
		blank := func(s string) string { return strings.Join(strings.Fields(figure.ReplaceAllString(s, "#")), " ") }
		if blank(gots[i]) != blank(wants[i]) {
			return fmt.Sprintf("the report has %q, the picture %q", gots[i], wants[i])
		}
		g, w := figure.FindAllString(gots[i], -1), figure.FindAllString(wants[i], -1)
		for k := range g {
			a, _ := strconv.ParseFloat(strings.ReplaceAll(g[k], ",", ""), 64)
			b, _ := strconv.ParseFloat(strings.ReplaceAll(w[k], ",", ""), 64)
			if max(a, b)-min(a, b) > 1+max(a, b)/10 {
				return fmt.Sprintf("the report has %q, the picture %q", gots[i], wants[i])
			}
		}
	}
	return ""
}

// TestDiffers holds the comparison of pictures to what it lets pass.
func TestDiffers(t *testing.T) {
	tests := []struct {
		got, want string
		differs   bool
	}{
		{"46 total 2,438 files", "46 total 2,438 files", false},
		{"46 total 2,438 files", "46 total 2,500 files", false},
		{"46 total 2,438 files", "46 total 1,438 files", true},
		{"46 total 2,438 files", "46 whole 2,438 files", true},
		{"46 total 2,438 files", "46 total 2,438 files\n65 more", true},
	}
	for _, test := range tests {
		if reason := differs(test.got, test.want); (reason != "") != test.differs {
			t.Errorf("%q and %q differ: %q", test.got, test.want, reason)
		}
	}
	if got := cutLine("\x1b[1m" + strings.Repeat("x", pictureWidth+5) + "\x1b[0m"); got != "\x1b[1m"+strings.Repeat("x", pictureWidth-1)+"…\x1b[0m" {
		t.Errorf("a long line is cut to %q", got)
	}
}
