package plan

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
)

// staleBytecode warns of bytecode that Python checks by the time of its source:
// nothing that is written keeps its time, so that the package would be the same
// wherever it is made, and what is stale Python compiles again at every cold start.
func (p *planner) staleBytecode() error {
	var gone []string
	for _, d := range p.plan.Decisions {
		if d.Action == Drop && slices.Contains(p.plan.Passes, d.Pass) {
			gone = append(gone, d.Paths...)
		}
	}
	stale := 0
	for _, f := range p.pkg.Files() {
		m := compiledFor().FindStringSubmatch(f.Path)
		if m == nil || slices.ContainsFunc(gone, func(dir string) bool { return f.Path == dir || strings.HasPrefix(f.Path, dir+"/") }) {
			continue
		}
		byTime, err := p.checkedByTime(f.Path, m[1]+"."+m[2])
		if err != nil {
			return err
		}
		if byTime {
			stale++
		}
	}
	if stale > 0 {
		p.plan.Warnings = append(p.plan.Warnings, fmt.Sprintf("bytecode in %d files is checked by the times of its sources, which are not kept, and goes stale; before you deploy, run python -m compileall -f --invalidation-mode unchecked-hash DIR on the slim package as a folder", stale))
	}
	return nil
}

// checkedByTime reads the header of bytecode. Before 3.7 all of it is checked so;
// since then flags say by what (PEP 552).
func (p *planner) checkedByTime(file, language string) (bool, error) {
	if language == "3.6" {
		return true, nil
	}
	r, err := p.pkg.Reader(file)
	if err != nil {
		return false, err
	}
	defer func() { _ = r.Close() }() // of no more interest
	var head [8]byte                 // the magic number and the flags
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return false, nil //nolint:nilerr // what is as short as that is no bytecode
	}
	return binary.LittleEndian.Uint32(head[4:]) == 0, nil
}
