package main

import (
	_ "embed"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

//go:embed testdata/most-used.txt
var ranking string

const (
	others = 30 // services of the sample beside the most used ones
	few    = 5  // operations of each
)

// mostUsed lists services, the most used first.
func mostUsed() (names []string) {
	for line := range strings.Lines(ranking) {
		if name := strings.TrimSpace(line); name != "" && !strings.HasPrefix(name, "#") {
			names = append(names, name)
		}
	}
	return names
}

// sample is what every change is held to: the most used services whole, covered
// once, and some operations of some others, which another seed changes.
func sample(operations map[string][]string, seed int) []*parcel {
	rng := rand.New(rand.NewPCG(uint64(seed), 1)) //nolint:gosec // chance, not secrets
	groups := map[string][]group{}
	rest := maps.Clone(operations)
	for _, service := range mostUsed() {
		if names := operations[service]; len(names) > 0 {
			groups[service] = divide(rng, service, "s", names, true)
			delete(rest, service)
		}
	}
	names := slices.Sorted(maps.Keys(rest))
	rng.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for _, service := range names[:min(len(names), others)] {
		all := slices.Clone(rest[service])
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		groups[service] = []group{{service, "s1", slices.Sorted(slices.Values(all[:min(len(all), few)]))}}
	}
	return inLot(pack(rng, "s", groups))
}
