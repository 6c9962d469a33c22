package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/coldcut/coldcut/verify"
)

// group is what a slim package keeps of one service.
type group struct {
	Service    string
	Name       string // of the cover and the part: "a1"
	Operations []string
}

// parcel is one slim package: groups of different services.
type parcel struct {
	name   string
	groups []group
	lot    *lot
}

const (
	// most is how many operations a group has: few enough for a cut to cut, and
	// enough for what each group costs beside them, some 280 cases of endpoints.
	most = 80
	// together is how many services are in a lot.
	together = 40
	// small services stay together in the first cover.
	small = 20
	// ample is how many cases are in a package, by estimate: some 30 seconds of
	// work, which is what a killed run loses.
	ample = 20000
)

// weight estimates the cases of a group.
func (g group) weight() int { return 280 + 37*len(g.Operations) }

// lot is services whose packages are made of each other, and share what the fat
// package did.
type lot struct {
	memory *verify.Memory
	left   int // packages
}

// design divides all operations into groups, twice, and the groups into packages,
// lot by lot. The same seed makes the same design.
func design(operations map[string][]string, seed int) (all []*parcel) {
	rng := rand.New(rand.NewPCG(uint64(seed), 0)) //nolint:gosec // chance, not secrets
	services := slices.Sorted(maps.Keys(operations))
	rng.Shuffle(len(services), func(i, j int) { services[i], services[j] = services[j], services[i] })
	for part := range slices.Chunk(services, together) {
		first, second := map[string][]group{}, map[string][]group{}
		for _, service := range part {
			first[service] = divide(rng, service, "a", operations[service], false)
			second[service] = inOtherCompany(rng, service, operations[service], first[service])
		}
		all = append(all, slices.Concat(pack(rng, "a", first), pack(rng, "b", second))...)
		all = inLot(all)
	}
	return all
}

// inLot makes a lot of the packages that are in none, and names them.
func inLot(all []*parcel) []*parcel {
	l := &lot{memory: &verify.Memory{}}
	for i, p := range all {
		if p.lot == nil {
			p.lot, l.left = l, l.left+1
			p.name = fmt.Sprintf("%03d%s", i+1, p.name)
		}
	}
	return all
}

// inOtherCompany divides once more, so that no group is one of the first cover. A
// service with one operation is divided in one way only; the services around it
// are others.
func inOtherCompany(rng *rand.Rand, service string, operations []string, before []group) []group {
	for {
		groups := divide(rng, service, "b", operations, true)
		again := slices.ContainsFunc(groups, func(g group) bool {
			return slices.ContainsFunc(before, func(h group) bool { return slices.Equal(g.Operations, h.Operations) })
		})
		if !again || len(operations) == 1 {
			return groups
		}
	}
}

// divide shuffles the operations and parts them. Uneven parts begin with a small
// one: it is what users keep.
func divide(rng *rand.Rand, service, cover string, operations []string, uneven bool) (groups []group) {
	left := slices.Clone(operations)
	rng.Shuffle(len(left), func(i, j int) { left[i], left[j] = left[j], left[i] })
	count := (len(left) + most - 1) / most
	switch {
	case uneven:
		count = min(len(left), count+1)
	case len(left) > small:
		count = max(2, count)
	}
	for i := range count {
		n := len(left) / (count - i)
		if uneven && i == 0 {
			n = 1 + rng.IntN(max(1, min(n, 8)))
			n = min(n, len(left)-(count-1))
		}
		part := slices.Sorted(slices.Values(left[:n]))
		groups = append(groups, group{service, fmt.Sprintf("%s%d", cover, i+1), part})
		left = left[n:]
	}
	return groups
}

// pack puts groups of different services together, in random company.
func pack(rng *rand.Rand, cover string, groups map[string][]group) (all []*parcel) {
	for i := 0; ; i++ {
		var layer []group
		for _, service := range slices.Sorted(maps.Keys(groups)) {
			if i < len(groups[service]) {
				layer = append(layer, groups[service][i])
			}
		}
		if len(layer) == 0 {
			return all
		}
		rng.Shuffle(len(layer), func(i, j int) { layer[i], layer[j] = layer[j], layer[i] })
		weight := ample
		for _, g := range layer {
			if weight+g.weight() > ample {
				weight = 0
				all = append(all, &parcel{name: cover})
			}
			weight += g.weight()
			last := all[len(all)-1]
			last.groups = append(last.groups, g)
		}
	}
}

// weight estimates the cases of a package.
func (p *parcel) weight() (sum int) {
	for _, g := range p.groups {
		sum += g.weight()
	}
	return sum
}

// keep is what the package is cut to, as --keep takes it.
func (p *parcel) keep() (names []string) {
	for _, g := range p.groups {
		for _, o := range g.Operations {
			names = append(names, g.Service+":"+o)
		}
	}
	return names
}
