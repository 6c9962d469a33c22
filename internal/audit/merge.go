package audit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/internal/shard"
)

// Part is a result that was read from a file.
type Part struct {
	// Name is the file's, and Coldcut the version of the program that made it.
	Name, Coldcut string
	Result        *Result
}

// Merge joins the parts of one audit. It refuses parts of different accounts, regions or
// programs, and any number of them that is not each shard once, and says which.
func Merge(parts []Part) (*Result, error) {
	if len(parts) == 0 {
		return nil, fmt.Errorf("there are no parts")
	}
	if err := together(parts); err != nil {
		return nil, err
	}
	if err := complete(parts); err != nil {
		return nil, err
	}
	first := parts[0].Result
	all := &Result{Regions: first.Regions, Local: first.Local, Started: first.Started, Skipped: map[string]int{}, Model: first.Model}
	from := map[string]string{}
	for _, p := range parts {
		if all.Account == "" {
			all.Account = p.Result.Account
		}
		if p.Result.Started.Before(all.Started) {
			all.Started = p.Result.Started
		}
		for runtime, n := range p.Result.Skipped {
			all.Skipped[runtime] += n
		}
		all.Again += p.Result.Again
		all.Notes = append(all.Notes, p.Result.Notes...)
		for i := range p.Result.Functions {
			f := &p.Result.Functions[i]
			if other, twice := from[f.ARN]; twice {
				return nil, fmt.Errorf("%s is in %s and in %s", f.ARN, other, p.Name)
			}
			from[f.ARN] = p.Name
			all.Functions = append(all.Functions, *f)
		}
	}
	slices.Sort(all.Notes)
	all.Notes = slices.Compact(all.Notes)
	all.Sort()
	return all, nil
}

// together holds the parts to being of one account, the same regions and one program. A
// part without a function does not know its account.
func together(parts []Part) error {
	first := parts[0]
	known := first
	for _, p := range parts {
		r := p.Result
		switch {
		case p.Coldcut != first.Coldcut:
			return fmt.Errorf("%s was made by coldcut %s, and %s by coldcut %s", first.Name, first.Coldcut, p.Name, p.Coldcut)
		case !slices.Equal(r.Regions, first.Result.Regions):
			return fmt.Errorf("%s is of %s, and %s of %s", first.Name, strings.Join(first.Result.Regions, ", "), p.Name, strings.Join(r.Regions, ", "))
		case r.Local != first.Result.Local:
			return fmt.Errorf("one of %s and %s is of AWS, and one of a local Lambda", first.Name, p.Name)
		case known.Result.Account == "":
			known = p
		case r.Account != "" && r.Account != known.Result.Account:
			return fmt.Errorf("%s is of the account %s, and %s of %s", known.Name, known.Result.Account, p.Name, r.Account)
		}
	}
	return nil
}

// complete holds the parts to being each shard once.
func complete(parts []Part) error {
	names := map[int]string{}
	count := partOf(parts[0]).Count
	for _, p := range parts {
		s := partOf(p)
		if s.Count != count {
			return fmt.Errorf("%s is one of %d parts, and %s one of %d", parts[0].Name, count, p.Name, s.Count)
		}
		if other, twice := names[s.Index]; twice {
			return fmt.Errorf("%s and %s are both part %s", other, p.Name, s.String())
		}
		names[s.Index] = p.Name
	}
	var missing []string
	for i := 1; i <= count && len(missing) < 10; i++ {
		if names[i] == "" {
			missing = append(missing, fmt.Sprintf("%d/%d", i, count))
		}
	}
	if len(missing) == 10 {
		missing = append(missing, "…")
	}
	if len(missing) > 0 {
		return fmt.Errorf("missing: part %s", strings.Join(missing, ", "))
	}
	return nil
}

// partOf is the shard of a part, where the whole is 1/1.
func partOf(p Part) shard.Shard {
	if p.Result.Shard == nil || p.Result.Shard.Count < 1 {
		return shard.Shard{Index: 1, Count: 1}
	}
	return *p.Result.Shard
}
