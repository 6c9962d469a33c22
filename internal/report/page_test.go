package report

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"image"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/bench"
)

// sampled is a result with three arms, one of which is named by somebody hostile.
func sampled(t *testing.T) *bench.Result {
	t.Helper()
	random := rand.New(rand.NewPCG(8, 9))
	r := &bench.Result{
		Backend: bench.Local, Seed: 77, Asked: 12, Runtime: "python3.13", Handler: "app.handler", Place: "this machine",
		Started: time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC), Rates: bench.DefaultRates("x86_64"),
	}
	order := 0
	for _, memory := range []int{128, 512} {
		for i, name := range []string{"fat.zip", "slim.zip", `<script>alert("x")</script>`} {
			a := bench.Arm{Name: name, MemoryMB: memory, Bytecode: bench.NoneCompiled, Package: &bench.Package{
				Files: 10, Bytes: int64(30<<20) >> i, ZipBytes: 5 << 20, Bytecode: bench.BytecodeSum{Python: "3.13", Sources: 5},
				Groups: []bench.Group{{Name: "botocore/data/ec2", Bytes: int64(20<<20) >> i}, {Name: "botocore", Bytes: int64(6<<20) >> i}, {Name: "app", Bytes: int64(4<<20) >> i}},
			}}
			for range 12 {
				order++
				until, init, handler := 60+30*random.Float64(), (300-70*float64(i))*math.Exp(0.1*random.NormFloat64()), 20*random.Float64()
				total, billed := until+init+handler+3, math.Ceil(init+handler)
				a.Samples = append(a.Samples, bench.Sample{Order: order, Cold: true, UntilInit: &until, Init: &init, Total: &total, Handler: &handler, Billed: &billed})
			}
			r.Arms = append(r.Arms, a)
		}
	}
	far := 5000.0
	r.Arms[0].Samples = append(r.Arms[0].Samples, bench.Sample{Order: order + 1, Total: &far, Excluded: true, Why: "not a cold start"})
	r.Analyse()
	return r
}

func pageOf(t *testing.T, r *bench.Result) []byte {
	t.Helper()
	data, err := ForBench("test", r).Page(&Slim{
		Before: &artifact.Stat{Bytes: 30 << 20}, After: &artifact.Stat{Bytes: 15 << 20},
		Passes: []Pass{{Name: "services", Doc: "models", Files: 3, Bytes: 15 << 20}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestPageIsSelfContained holds the page to ask nobody for anything, and to take
// names for text.
func TestPageIsSelfContained(t *testing.T) {
	text := string(pageOf(t, sampled(t)))
	for _, bad := range []string{"<script", "@import", "url(", " src=", "javascript:"} {
		if strings.Contains(text, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	for _, href := range regexp.MustCompile(`(?:href|action)="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		if !strings.HasPrefix(href[1], "#") && href[1] != "data:," {
			t.Errorf("the page leads to %s", href[1])
		}
	}
	// Every picture has its name, its description, and its figures as a table.
	pictures := regexp.MustCompile(`<svg [^>]*role="img" aria-labelledby="([^"]+)" aria-describedby="([^"]+)"`).FindAllStringSubmatch(text, -1)
	if len(pictures) < 10 || len(pictures) != strings.Count(text, "<svg") || strings.Count(text, "<summary>The figures as a table") != len(pictures) {
		t.Errorf("%d pictures with a name of %d, %d tables", len(pictures), strings.Count(text, "<svg"), strings.Count(text, "<summary>"))
	}
	for _, p := range pictures {
		for _, id := range p[1:] {
			if strings.Count(text, ` id="`+id+`"`) != 1 {
				t.Errorf("%d elements are called %s", strings.Count(text, ` id="`+id+`"`), id)
			}
		}
	}
	if !strings.Contains(text, localOnly) || !strings.Contains(text, "461.3") || !strings.Contains(text, "services") {
		t.Error("the page lacks the place, the article's table or the passes")
	}
}

// chromium finds a browser.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("there is no chromium")
	}
	t.Skip("skipped: there is no chromium: apt-get install chromium")
	return ""
}

// browse opens a page, and returns what the browser made of it and what was logged
// to its console.
func browse(t *testing.T, page []byte, args ...string) (dom string, console []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, page, 0o600); err != nil {
		t.Fatal(err)
	}
	args = append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr",
		"--user-data-dir=" + filepath.Join(t.TempDir(), "profile"),
	}, args...)
	cmd := exec.CommandContext(ctx, chromium(t), append(args, "--dump-dom", "file://"+file)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	for line := range strings.Lines(stderr.String()) {
		if strings.Contains(line, "CONSOLE") {
			console = append(console, line)
		}
	}
	return stdout.String(), console
}

func TestPageInBrowser(t *testing.T) {
	chromium(t)
	page := pageOf(t, sampled(t))
	dom, console := browse(t, page)
	if len(console) > 0 {
		t.Errorf("the console has %q", console)
	}
	if !strings.Contains(dom, "Where the time goes") {
		t.Errorf("the page is not there: %.300s", dom)
	}
	// What the test looks for can be seen: the page's own policy forbids this image.
	broken := bytes.Replace(page, []byte("</main>"), []byte(`<img src="https://127.0.0.1:1/x.png"></main>`), 1)
	if _, console := browse(t, broken); len(console) == 0 {
		t.Error("a request to elsewhere is not noticed")
	}
}

// probe asks the browser where things are drawn, wherever the page's style put them.
const probe = `<pre id="probe"></pre><script>
const middle = e => { const b = e.getBoundingClientRect(); return [b.left + b.width / 2, b.top + b.height / 2, b.width, b.height]; };
const out = {overflow: document.documentElement.scrollWidth > innerWidth + 1, width: innerWidth, figures: {}};
for (const svg of document.querySelectorAll("svg")) out.figures[svg.id] = {
  size: middle(svg),
  ticks: [...svg.querySelectorAll("text.tick")].map(e => [e.textContent, ...middle(e)]),
  dots: [...svg.querySelectorAll(".dot[data-value]")].map(e => [e.getAttribute("class"), ...middle(e)]),
  rects: [...svg.querySelectorAll("rect[data-name]")].map(e => [e.dataset.name, ...middle(e)]),
};
document.getElementById("probe").textContent = JSON.stringify(out);
</script></main>`

type drawn struct {
	Size        [4]float64
	Ticks, Dots [][]any
	Rects       [][]any
}

// draw returns where a browser of this width draws everything.
func draw(t *testing.T, page []byte, width int) (overflow bool, figures map[string]drawn) {
	t.Helper()
	page = regexp.MustCompile(`<meta http-equiv[^>]*>`).ReplaceAll(page, nil) // scripts of a test may run
	page = bytes.Replace(page, []byte("</main>"), []byte(probe), 1)
	dom, _ := browse(t, page, fmt.Sprintf("--window-size=%d,900", width))
	m := regexp.MustCompile(`(?s)<pre id="probe">(.*?)</pre>`).FindStringSubmatch(dom)
	if m == nil {
		t.Fatalf("nothing was probed: %.300s", dom)
	}
	var out struct {
		Overflow bool
		Figures  map[string]drawn
	}
	if err := json.Unmarshal([]byte(html.UnescapeString(m[1])), &out); err != nil {
		t.Fatal(err)
	}
	return out.Overflow, out.Figures
}

// axis finds the scale of an axis from its ticks as they are drawn: which
// coordinate, 1 for x and 2 for y, is which figure.
func axis(t *testing.T, f drawn, coordinate int) func(float64) float64 {
	t.Helper()
	var values, places []float64
	for _, tick := range f.Ticks {
		var v float64
		if n, err := fmt.Sscanf(tick[0].(string), "%g", &v); n == 1 && err == nil && !strings.Contains(tick[0].(string), "%") {
			values, places = append(values, v), append(places, tick[coordinate].(float64))
		}
	}
	if len(values) < 3 {
		t.Fatalf("%d ticks", len(values))
	}
	last := len(values) - 1
	slope := (values[last] - values[0]) / (places[last] - places[0])
	return func(place float64) float64 { return values[0] + (place-places[0])*slope }
}

// TestPictureIsTheResult reads the figures off the picture as a person would, with
// the axes that are drawn, and holds them to the samples.
func TestPictureIsTheResult(t *testing.T) {
	chromium(t)
	r := sampled(t)
	overflow, figures := draw(t, pageOf(t, r), 1280)
	if overflow {
		t.Error("the page is wider than the window")
	}
	for _, memory := range r.Sizes() {
		for id, coordinate := range map[string]int{"samples": 1, "run": 2} {
			f := figures[fmt.Sprintf("%s-%d", id, memory)]
			scale := axis(t, f, coordinate)
			for i, name := range r.Names() {
				var got []float64
				for _, d := range f.Dots {
					if slices.Contains(strings.Fields(d[0].(string)), armClass(i)) {
						got = append(got, scale(d[coordinate].(float64)))
					}
				}
				want := r.Arm(name, memory).Values(bench.Total)
				slices.Sort(got)
				slices.Sort(want)
				if len(got) != len(want) {
					t.Fatalf("%s-%d shows %d samples of %s, there are %d", id, memory, len(got), name, len(want))
				}
				for j := range got {
					if math.Abs(got[j]-want[j]) > 4 { // about two pixels
						t.Errorf("%s-%d shows %.1f ms of %s, it is %.1f", id, memory, got[j], name, want[j])
					}
				}
			}
		}
	}
	stacked(t, r, figures["phases"])
	boxes(t, r, figures)
}

// stacked holds the widths of phases to their means.
func stacked(t *testing.T, r *bench.Result, f drawn) {
	t.Helper()
	scale := axis(t, f, 1)
	zero := scale(0)
	i := 0
	for _, memory := range r.Sizes() {
		for _, name := range r.Names() {
			parts, _ := phasesOf(r.Arm(name, memory))
			for j, want := range parts {
				width := scale(f.Rects[i][3].(float64)) - zero
				if f.Rects[i][0] != phases[j].name || math.Abs(width-want) > 4 {
					t.Errorf("%s at %d MB: %v is %.1f ms wide, the mean of %s is %.1f", name, memory, f.Rects[i][0], width, phases[j].name, want)
				}
				i++
			}
		}
	}
	if i != len(f.Rects) {
		t.Errorf("%d boxes, want %d", len(f.Rects), i)
	}
}

// boxes holds areas to bytes, to one scale for all packages.
func boxes(t *testing.T, r *bench.Result, figures map[string]drawn) {
	t.Helper()
	perByte := 0.0
	for i, name := range r.Names() {
		for _, box := range figures[fmt.Sprintf("bytes-%d", i)].Rects {
			at := slices.IndexFunc(r.Arm(name, 128).Package.Groups, func(g bench.Group) bool { return g.Name == box[0] })
			area := box[3].(float64) * box[4].(float64) / float64(r.Arm(name, 128).Package.Groups[at].Bytes)
			if perByte == 0 {
				perByte = area
			}
			if math.Abs(area/perByte-1) > 0.03 {
				t.Errorf("%s of %s is drawn %.3f times too large", box[0], name, area/perByte)
			}
		}
	}
	if perByte == 0 {
		t.Error("no boxes")
	}
}

// TestPageOnPhone holds the page to a narrow window: nothing sticks out of it, and
// pictures are as wide as it is.
func TestPageOnPhone(t *testing.T) {
	chromium(t)
	overflow, figures := draw(t, pageOf(t, sampled(t)), 500) // no headless window is narrower
	if overflow {
		t.Error("the page is wider than the phone")
	}
	for id, f := range figures {
		if f.Size[2] < 380 || f.Size[2] > 500 {
			t.Errorf("%s is %.0f wide", id, f.Size[2])
		}
	}
}

// TestPageIsDrawn takes pictures in light and in dark, and looks for the colours.
func TestPageIsDrawn(t *testing.T) {
	chromium(t)
	page := pageOf(t, sampled(t))
	for name, test := range map[string]struct {
		flag       string
		background uint32
		arm        [3]uint32
	}{
		"light": {"--blink-settings=preferredColorScheme=1", 0xff, [3]uint32{0x00, 0x67, 0xa8}},
		"dark":  {"--blink-settings=preferredColorScheme=0", 0x14, [3]uint32{0x63, 0xb6, 0xf0}},
	} {
		t.Run(name, func(t *testing.T) {
			shot := filepath.Join(t.TempDir(), "page.png")
			browse(t, page, test.flag, "--window-size=1280,2000", "--screenshot="+shot)
			data, err := os.ReadFile(shot)
			if err != nil {
				t.Fatal(err)
			}
			picture, err := png.Decode(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			if red, _, _, _ := picture.At(3, 3).RGBA(); red>>8 != test.background {
				t.Errorf("the background is %x", red>>8)
			}
			if n := pixels(picture, test.arm); n < 2000 {
				t.Errorf("%d pixels have the colour of Initialization", n)
			}
		})
	}
}

func pixels(picture image.Image, colour [3]uint32) (n int) {
	b := picture.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			red, green, blue, _ := picture.At(x, y).RGBA()
			if red>>8 == colour[0] && green>>8 == colour[1] && blue>>8 == colour[2] {
				n++
			}
		}
	}
	return n
}

// TestPageOfLittle draws what there is where there is next to nothing.
func TestPageOfLittle(t *testing.T) {
	v := 5.0
	for name, arms := range map[string][]bench.Arm{
		"one sample":   {{Name: "a", MemoryMB: 128, Samples: []bench.Sample{{Order: 1, Init: &v}}}},
		"no sample":    {{Name: "a", MemoryMB: 128}},
		"all the same": {{Name: "a", MemoryMB: 128, Samples: []bench.Sample{{Order: 1, Total: &v}, {Order: 2, Total: &v}}}, {Name: "b", MemoryMB: 512}},
	} {
		r := &bench.Result{Backend: bench.AWS, Place: "eu-west-1", Arms: arms}
		r.Analyse()
		data, err := ForBench("test", r).Page(nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if strings.Contains(string(data), "NaN") || strings.Contains(string(data), "Inf") {
			t.Errorf("%s: the page has what is no number", name)
		}
	}
}

func FuzzReadBench(f *testing.F) {
	f.Add([]byte(`{"schema": 1, "verb": "bench", "backend": "aws", "arms": [{"name": "a", "memory_mb": 128, "samples": [{"order": 1, "init_ms": 5}]}]}`))
	f.Add([]byte(`{"schema": 1, "verb": "bench", "backend": "local", "arms": [{"name": "a", "memory_mb": 128, "package": {"bytecode": {"sources": 1}}, "samples": [{"total_ms": -0}]}, {"name": "b", "memory_mb": 128}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ReadBench(data)
		if err != nil {
			return
		}
		d := ForBench("fuzz", r)
		if _, err := d.Page(nil); err != nil {
			t.Error(err)
		}
		var out bytes.Buffer
		if err := d.JSON(&out); err != nil {
			t.Error(err)
		}
		if err := d.Markdown(&out); err != nil {
			t.Error(err)
		}
	})
}
