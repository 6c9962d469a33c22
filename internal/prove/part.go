package main

import (
	"slices"
	"strings"

	"github.com/coldcut/coldcut/internal/shard"
)

// partOf takes every Nth lot.
func partOf(s shard.Shard, all []*parcel) (part []*parcel) {
	lots := -1
	var last *lot
	for _, p := range all {
		if p.lot != last {
			last, lots = p.lot, lots+1
		}
		if s.Turn(lots) {
			part = append(part, p)
		}
	}
	return part
}

// list is a flag of names with commas between them.
type list []string

// String implements [flag.Value].
func (l *list) String() string { return strings.Join(*l, ",") }

// Set implements [flag.Value].
func (l *list) Set(text string) error {
	*l = append(*l, strings.Split(text, ",")...)
	return nil
}

func (l list) wants(name string) bool { return len(l) == 0 || slices.Contains(l, name) }
