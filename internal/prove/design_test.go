package main

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/internal/shard"
)

// many are services with up to 130 operations.
func many() map[string][]string {
	all := map[string][]string{}
	for _, n := range []int{1, 2, 3, 8, 9, 40, 61, 130} {
		service := fmt.Sprintf("service%d", n)
		for i := range n {
			all[service] = append(all[service], fmt.Sprintf("Operation%d", i))
		}
	}
	return all
}

// TestDesign holds the campaign to its promise: each operation twice, each time
// with other operations where there are any.
func TestDesign(t *testing.T) {
	operations := many()
	for seed := range 50 {
		company := map[string][]string{} // of each operation, one for each time
		for _, p := range design(operations, seed) {
			var services []string
			for _, g := range p.groups {
				services = append(services, g.Service)
				if len(g.Operations) == 0 || len(g.Operations) > most+8 {
					t.Errorf("%s %s has %d operations", g.Service, g.Name, len(g.Operations))
				}
				for _, o := range g.Operations {
					name := g.Service + ":" + o
					company[name] = append(company[name], strings.Join(g.Operations, " "))
				}
			}
			if slices.Sort(services); len(slices.Compact(services)) != len(p.groups) {
				t.Errorf("%s has a service twice: %s", p.name, services)
			}
		}
		for service, names := range operations {
			for _, o := range names {
				with := company[service+":"+o]
				if len(with) != 2 || with[0] == with[1] && len(names) > 1 {
					t.Errorf("seed %d: %s:%s is with %q", seed, service, o, with)
				}
			}
		}
	}
}

func TestDesignIsRepeatable(t *testing.T) {
	if !reflect.DeepEqual(design(many(), 7), design(many(), 7)) {
		t.Error("the same seed makes another design")
	}
	if reflect.DeepEqual(design(many(), 7), design(many(), 8)) {
		t.Error("another seed makes the same design")
	}
}

// TestShards holds the shards to being all packages, each once.
func TestShards(t *testing.T) {
	all := slices.Concat(design(many(), 1), design(many(), 2), design(many(), 3), design(many(), 4))
	for i, p := range all {
		p.name += fmt.Sprint(i)
	}
	var names []string
	for i := range 3 {
		for _, p := range partOf(shard.Shard{Index: i + 1, Count: 3}, all) {
			names = append(names, p.name)
		}
	}
	slices.Sort(names)
	if len(names) != len(all) || len(slices.Compact(names)) != len(all) {
		t.Errorf("%d packages in shards, %d in all", len(names), len(all))
	}
	if len(partOf(shard.Shard{}, all)) != len(all) {
		t.Error("no shard is not everything")
	}
}

// TestSample holds the sample to the most used services, whole, and to others
// that change with the seed.
func TestSample(t *testing.T) {
	used := mostUsed()
	if len(used) != 40 || used[0] != "s3" {
		t.Fatalf("%d services, %s the first", len(used), used[0])
	}
	operations := many()
	for _, service := range used {
		operations[service] = []string{"A", "B", "C", "D", "E", "F", "G"}
	}
	seen := map[string]int{}
	for _, p := range sample(operations, 1) {
		for _, g := range p.groups {
			seen[g.Service] += len(g.Operations)
		}
	}
	for _, service := range used {
		if seen[service] != 7 {
			t.Errorf("%d operations of %s", seen[service], service)
		}
	}
	if seen["service130"] != few || seen["service3"] != 3 {
		t.Error(seen)
	}
	if len(seen) != len(slices.Collect(maps.Keys(operations))) {
		t.Errorf("%d services of %d", len(seen), len(operations))
	}
}
