package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// shard is a part of the packages. The zero value is all of them.
type shard struct{ index, count int } // index counts from 1

// String implements [flag.Value].
func (s *shard) String() string { return fmt.Sprintf("%d/%d", max(s.index, 1), max(s.count, 1)) }

// Set implements [flag.Value].
func (s *shard) Set(text string) error {
	i, n, ok := strings.Cut(text, "/")
	index, err := strconv.Atoi(i)
	count, err2 := strconv.Atoi(n)
	if !ok || err != nil || err2 != nil || index < 1 || index > count {
		return errors.New("want I/N with 1 <= I <= N, such as 1/2")
	}
	*s = shard{index, count}
	return nil
}

// indexes are the variables that say which of an array's jobs this one is, from
// 0: AWS Batch sets the first in array jobs, Kubernetes the second in Jobs with
// indexed completion. Neither says how many there are: SHARDS must.
var indexes = []string{"AWS_BATCH_JOB_ARRAY_INDEX", "JOB_COMPLETION_INDEX"}

// shardFrom reads SHARD=I/N, or an array's index with SHARDS=N.
func shardFrom(getenv func(string) string) (s shard, err error) {
	if text := getenv("SHARD"); text != "" {
		if err := s.Set(text); err != nil {
			return s, fmt.Errorf("SHARD=%s: %w", text, err)
		}
		return s, nil
	}
	for _, name := range indexes {
		text := getenv(name)
		if text == "" {
			continue
		}
		shards := getenv("SHARDS")
		if shards == "" {
			return s, fmt.Errorf("%s=%s says which part to take, but not of how many: set SHARDS to the number of jobs", name, text)
		}
		index, err := strconv.Atoi(text)
		if err != nil {
			return s, fmt.Errorf("%s=%s: %w", name, text, err)
		}
		if err := s.Set(fmt.Sprintf("%d/%s", index+1, shards)); err != nil {
			return s, fmt.Errorf("%s=%s, SHARDS=%s: %w", name, text, shards, err)
		}
		return s, nil
	}
	return s, nil
}

// of takes every Nth lot.
func (s shard) of(all []*parcel) (part []*parcel) {
	lots := -1
	var last *lot
	for _, p := range all {
		if p.lot != last {
			last, lots = p.lot, lots+1
		}
		if s.count == 0 || lots%s.count == s.index-1 {
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
