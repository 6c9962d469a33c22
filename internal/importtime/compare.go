package importtime

import (
	"cmp"
	"slices"
	"time"
)

// Part is a module before and after a change, or modules that are not told apart.
type Part struct {
	// Name is a module's, or empty for the modules that were too small to list; More
	// says how many these are.
	Name string `json:"name"`
	More int    `json:"more,omitempty"`
	// BeforeMS and AfterMS are milliseconds with all that the module was the first to
	// import; nil where it is not imported there, or where there is no after.
	BeforeMS *float64 `json:"before_ms"`
	AfterMS  *float64 `json:"after_ms,omitempty"`
	Imports  []*Part  `json:"imports,omitempty"`
}

// Least is the smallest share of the whole that is listed as a part of its own.
const Least = 0.02

// Compare lays two trees over one another, by the names of the modules. A module that
// something else imports first after the change stands where each of them has it.
// What takes less than least of the larger total is added up. After may be nil.
func Compare(before, after []*Module, least float64) []*Part {
	limit := time.Duration(least * float64(max(Total(before), Total(after))))
	return compare(before, after, limit)
}

func compare(before, after []*Module, limit time.Duration) []*Part {
	var parts []*Part
	rest := &Part{}
	for _, name := range names(before, after) {
		b, a := named(before, name), named(after, name)
		if max(cumulative(b), cumulative(a)) < limit {
			rest.More++
			rest.BeforeMS, rest.AfterMS = add(rest.BeforeMS, b), add(rest.AfterMS, a)
			continue
		}
		p := &Part{Name: name, BeforeMS: add(nil, b), AfterMS: add(nil, a)}
		p.Imports = compare(imports(b), imports(a), limit)
		parts = append(parts, p)
	}
	slices.SortStableFunc(parts, func(a, b *Part) int { return cmp.Compare(b.most(), a.most()) })
	if rest.More > 0 {
		parts = append(parts, rest)
	}
	return parts
}

// most is the larger of both times.
func (p *Part) most() (ms float64) {
	for _, t := range []*float64{p.BeforeMS, p.AfterMS} {
		if t != nil {
			ms = max(ms, *t)
		}
	}
	return ms
}

// names lists the names of both, those of before first.
func names(before, after []*Module) (all []string) {
	for _, m := range slices.Concat(before, after) {
		if !slices.Contains(all, m.Name) {
			all = append(all, m.Name)
		}
	}
	return all
}

func named(modules []*Module, name string) *Module {
	for _, m := range modules {
		if m.Name == name {
			return m
		}
	}
	return nil
}

func imports(m *Module) []*Module {
	if m == nil {
		return nil
	}
	return m.Imports
}

func cumulative(m *Module) time.Duration {
	if m == nil {
		return 0
	}
	return m.Cumulative()
}

// add adds a module's milliseconds to a sum that may not have begun.
func add(sum *float64, m *Module) *float64 {
	if m == nil {
		return sum
	}
	ms := Milliseconds(m.Cumulative())
	if sum != nil {
		ms += *sum
	}
	return &ms
}

// Milliseconds of a duration.
func Milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// Own is an import by the user's own code.
type Own struct {
	// Importer is the module that was the first to import Module.
	Importer string `json:"importer"`
	Module   string `json:"module"`
	// File and Line are where the import stands, where that was found.
	File     string   `json:"file,omitempty"`
	Line     int      `json:"line,omitempty"`
	BeforeMS float64  `json:"before_ms"`
	AfterMS  *float64 `json:"after_ms,omitempty"`
}

// OwnImports lists what the user's own modules import that is not their own, dearest
// first. What own code imports that was imported already costs it nothing.
func OwnImports(before, after []*Module, own func(module string) bool) []Own {
	var found []Own
	Walk(before, func(m *Module, _ int) bool {
		if !own(m.Name) {
			return false
		}
		for _, i := range m.Imports {
			if !own(i.Name) {
				found = append(found, Own{Importer: m.Name, Module: i.Name, BeforeMS: Milliseconds(i.Cumulative())})
			}
		}
		return true
	})
	later := map[string]time.Duration{}
	Walk(after, func(m *Module, _ int) bool {
		later[m.Name] = m.Cumulative()
		return true
	})
	for i := range found {
		if after != nil {
			ms := Milliseconds(later[found[i].Module])
			found[i].AfterMS = &ms
		}
	}
	slices.SortStableFunc(found, func(a, b Own) int { return cmp.Compare(b.BeforeMS, a.BeforeMS) })
	return found
}
