package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"
	"golang.org/x/mod/semver"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/page"
)

const safety = "docs/safety.md"

// place is where the results stand in it.
var place = page.Place{
	Begin: "<!-- measured by `make prove-versions`, written by -update -->\n",
	End:   "<!-- end of what was measured -->\n",
}

// record is where what stands on the page is kept, a release each: a run of one
// release leaves the others as they are.
var record = filepath.Join("internal", "prove", "proven.json")

// summary is what came of a release.
type summary struct {
	Botocore   string         `json:"botocore"`
	Boto3      string         `json:"boto3"`
	Python     string         `json:"python"`
	Seed       int            `json:"seed"`
	Services   int            `json:"services"`
	Operations int            `json:"operations"`
	Packages   int            `json:"packages"`
	Cases      int            `json:"cases"`
	Same       int            `json:"same"`
	Differs    int            `json:"differs"`
	Reasons    map[string]int `json:"not_exercised"` // cases, by reason
	Minutes    float64        `json:"minutes"`       // of work, two interpreters side by side
	Elapsed    float64        `json:"elapsed"`       // minutes of the clock; 0 where it did not run in one go
	Cores      int            `json:"cores"`

	differences []difference
	results     string
	left        []string
}

// summarize adds up, and holds the campaign to what it is for.
func (p *proof) summarize(operations map[string][]string) (*summary, error) {
	s := &summary{Botocore: p.botocore, Boto3: releaseOf(p.installed, "boto3"), Python: p.python.Version, Seed: p.seed, Packages: len(p.parcels), Cores: min(p.workers, runtime.NumCPU()), Reasons: map[string]int{}}
	slices.SortFunc(p.lines, func(a, b line) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Package, b.Package))
	})
	for _, l := range p.lines {
		s.add(l)
	}
	covered := covers(p.lines)
	s.Services = len(covered)
	for _, operations := range covered {
		s.Operations += len(operations)
	}
	var err error
	if s.results, err = p.results(p.lines); err != nil {
		return nil, err
	}
	if s.Elapsed, err = p.elapsed(); err != nil {
		return nil, err
	}
	if p.whole() {
		s.left = uncovered(operations, covered)
	}
	return s, nil
}

func (s *summary) add(l line) {
	s.Cases += l.Cases
	s.Same += l.Same
	s.Differs += l.Differs
	s.Minutes += l.Seconds / 60
	s.differences = append(s.differences, l.Differences...)
	for _, g := range l.Gaps {
		s.Reasons[reason(g.Reason)]++
	}
}

// covers counts the packages that kept each operation of each service.
func covers(lines []line) map[string]map[string]int {
	covered := map[string]map[string]int{}
	for _, l := range lines {
		if l.Service != "" && covered[l.Service] == nil {
			covered[l.Service] = map[string]int{}
		}
		for _, o := range l.Operations {
			covered[l.Service][o]++
		}
	}
	return covered
}

// reason leaves out what is only of one case: it stands in the results.
func reason(text string) string {
	text, _, _ = strings.Cut(text, ": ")
	return text
}

// uncovered lists what no two packages kept: operations of older API versions,
// which a client of the newest does not have.
func uncovered(operations map[string][]string, covered map[string]map[string]int) (left []string) {
	for _, service := range slices.Sorted(maps.Keys(operations)) {
		for _, o := range operations[service] {
			if covered[service][o] < 2 {
				left = append(left, service+":"+o)
			}
		}
	}
	return left
}

func releaseOf(in *installed, name string) string {
	found, _ := filepath.Glob(filepath.Join(in.dir, name+"-*.dist-info")) // the only error is a bad pattern
	if len(found) != 1 {
		return "none"
	}
	return strings.TrimSuffix(strings.TrimPrefix(filepath.Base(found[0]), name+"-"), ".dist-info")
}

// print tells a person.
func (s *summary) print(w io.Writer) {
	for i, d := range s.differences {
		if i == 20 {
			fmt.Fprintf(w, "… and %d more\n", len(s.differences)-i)
			break
		}
		fmt.Fprintf(w, "\n%s differs\n", d.Case)
		for _, part := range d.Parts[:min(len(d.Parts), 8)] {
			fmt.Fprintf(w, "  %s: %.120q, slim %.120q\n", part.Path, part.Fat, part.Slim)
		}
		fmt.Fprintf(w, "  %s\n", d.Repeat)
	}
	for _, reason := range slices.Sorted(maps.Keys(s.Reasons)) {
		fmt.Fprintf(w, "not exercised: %d: %s\n", s.Reasons[reason], reason)
	}
	if len(s.left) > 0 {
		fmt.Fprintf(w, "not covered twice, for they are not in the newest API version: %s\n", strings.Join(s.left, ", "))
	}
	fmt.Fprintf(w, "botocore %s, Python %s: %d services, %d operations in %d packages: %d cases the same, %d different, %d not exercised; %.1f minutes of work (by the clock: %s), see %s\n",
		s.Botocore, s.Python, s.Services, s.Operations, s.Packages, s.Same, s.Differs, s.Cases-s.Same-s.Differs, s.Minutes, s.clock(), s.results)
}

// publish puts the release into the record, and the record onto the page.
func publish(s *summary) error {
	all, err := recorded()
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(old *summary) bool { return old.Botocore == s.Botocore })
	all = append(all, s)
	slices.SortFunc(all, func(a, b *summary) int { return compareVersions(b.Botocore, a.Botocore) })
	data, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	if err := artifact.WriteFile(record, append(data, '\n')); err != nil {
		return err
	}
	return place.Rewrite(safety, render(all))
}

func recorded() (all []*summary, err error) {
	data, err := os.ReadFile(record)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &all)
	}
	return all, err
}

// compareVersions compares by number: 1.9 is older than 1.12.
func compareVersions(a, b string) int { return semver.Compare("v"+a, "v"+b) }

// render makes the page's tables.
func render(all []*summary) string {
	if len(all) == 0 {
		return "Not run to its end yet.\n"
	}
	rows := [][]string{{"botocore", "boto3", "Python", "services", "operations", "packages", "cases", "same", "differ", "not exercised", "seed", "minutes of work", "of the clock, on cores"}}
	head := []string{"not exercised, because"}
	reasons := map[string]bool{}
	for _, s := range all {
		rows = append(rows, []string{
			s.Botocore, s.Boto3, s.Python, count(s.Services), count(s.Operations), count(s.Packages), count(s.Cases), count(s.Same), count(s.Differs),
			count(s.Cases - s.Same - s.Differs), fmt.Sprint(s.Seed), fmt.Sprintf("%.0f", s.Minutes), s.clock(),
		})
		head = append(head, s.Botocore)
		for r := range s.Reasons {
			reasons[r] = true
		}
	}
	why := [][]string{head}
	for _, r := range slices.Sorted(maps.Keys(reasons)) {
		row := []string{r}
		for _, s := range all {
			row = append(row, count(s.Reasons[r]))
		}
		why = append(why, row)
	}
	var b strings.Builder
	_ = page.Table(&b, rows) // a builder takes all
	b.WriteString("\n")
	_ = page.Table(&b, why)
	return b.String()
}

// clock is how long a run took that was not cut off in between.
func (s *summary) clock() string {
	if s.Elapsed == 0 {
		return "several runs"
	}
	return fmt.Sprintf("%.1f, on %d", s.Elapsed, s.Cores)
}

// count groups digits by thousands.
func count(n int) string { return humanize.Comma(int64(n)) }
