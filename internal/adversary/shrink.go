package adversary

import (
	"maps"
	"slices"
	"strings"
)

// Shrink takes out of a program what it can, while holds stays true of it. It is
// asked of many programs at once.
func Shrink(p *Program, holds func([]*Program) ([]bool, error)) (*Program, error) {
	for {
		smaller := p.smaller()
		if len(smaller) == 0 {
			return p, nil
		}
		held, err := holds(smaller)
		if err != nil {
			return nil, err
		}
		i := slices.Index(held, true)
		if i < 0 {
			return p, nil
		}
		p = smaller[i]
	}
}

// smaller lists the programs that lack one file or one statement of this one, the
// largest parts first.
func (p *Program) smaller() []*Program {
	var all []*Program
	for _, name := range slices.Sorted(maps.Keys(p.Files)) {
		without := &Program{Seed: p.Seed, Files: maps.Clone(p.Files), Idioms: p.Idioms}
		delete(without.Files, name)
		all = append(all, without)
		if !strings.HasSuffix(name, ".py") {
			continue
		}
		lines := strings.SplitAfter(strings.TrimSuffix(p.Files[name], "\n"), "\n")
		for i := range lines {
			shorter := &Program{Seed: p.Seed, Files: maps.Clone(p.Files), Idioms: p.Idioms}
			shorter.Files[name] = strings.Join(slices.Delete(slices.Clone(lines), i, blockEnd(lines, i)), "")
			all = append(all, shorter)
		}
	}
	slices.SortStableFunc(all, func(a, b *Program) int { return a.size() - b.size() })
	return all
}

func (p *Program) size() int {
	n := 0
	for _, text := range p.Files {
		n += len(text)
	}
	return n
}

// blockEnd is the line behind the statement that begins at a line.
func blockEnd(lines []string, at int) int {
	indent := func(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
	end := at + 1
	for end < len(lines) && indent(lines[end]) > indent(lines[at]) {
		end++
	}
	return end
}
