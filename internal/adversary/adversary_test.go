package adversary

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

func catalog(t testing.TB) []*boto.Service {
	var all []*boto.Service
	index := boto.Index()
	for _, name := range index.Services() {
		s, err := index.Service(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Operations) > 0 {
			all = append(all, s)
		}
	}
	return all
}

func number(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

func TestExplore(t *testing.T) {
	python := pyruntest.Need(t, "")
	services := catalog(t)
	first, count := number("FIRST", 0), number("COUNT", 300)
	var programs []*Program
	for i := range count {
		programs = append(programs, Generate(uint64(first+i), services))
	}
	var outcomes []*Outcome
	for batch := range slices.Chunk(programs, 250) {
		more, err := Run(t.Context(), python, t.TempDir(), batch, services)
		if err != nil {
			t.Fatal(err)
		}
		outcomes = append(outcomes, more...)
	}
	errors, unresolved, misses := 0, 0, 0
	for i, o := range outcomes {
		if o.Error != "" {
			errors++
			if os.Getenv("ERRORS") != "" {
				fmt.Println("=== ERROR", programs[i].Seed, programs[i].Idioms)
				show(programs[i])
				fmt.Println(o.Error)
			}
		}
		if len(o.Scan.Unresolved) > 0 {
			unresolved++
		}
		if m := o.Missed(); len(m) > 0 {
			misses++
			fmt.Println("=== MISS", programs[i].Seed, m, programs[i].Idioms)
			if os.Getenv("SHOW") != "" {
				show(programs[i])
			}
		}
	}
	fmt.Println("programs", count, "errors", errors, "unresolved", unresolved, "misses", misses)
}

func show(p *Program) {
	for _, name := range slices.Sorted(maps.Keys(p.Files)) {
		fmt.Printf("--- %s\n%s", name, p.Files[name])
	}
}

func TestDump(t *testing.T) {
	if dir := os.Getenv("DUMP"); dir != "" {
		p := Generate(uint64(number("FIRST", 0)), catalog(t))
		if err := p.Write(dir); err != nil {
			t.Fatal(err)
		}
	}
}
