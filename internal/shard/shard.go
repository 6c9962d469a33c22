// Package shard divides work among several machines: which part of it is whose.
package shard

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Shard is a part of all work. The zero value is all of it.
type Shard struct {
	// Index counts from 1 to Count.
	Index int `json:"index"`
	Count int `json:"count"`
}

// String implements [flag.Value].
func (s *Shard) String() string { return fmt.Sprintf("%d/%d", max(s.Index, 1), max(s.Count, 1)) }

// Type implements pflag.Value.
func (s *Shard) Type() string { return "I/N" }

// Set implements [flag.Value].
func (s *Shard) Set(text string) error {
	i, n, ok := strings.Cut(text, "/")
	index, err := strconv.Atoi(i)
	count, err2 := strconv.Atoi(n)
	if !ok || err != nil || err2 != nil || index < 1 || index > count {
		return errors.New("want I/N with 1 <= I <= N, such as 1/2")
	}
	*s = Shard{index, count}
	return nil
}

// Turn reports whether the nth thing, from 0, is the shard's: every Nth one is.
func (s Shard) Turn(n int) bool { return s.Count <= 1 || n%s.Count == s.Index-1 }

// Has reports whether what goes by this name is the shard's. It follows from the name
// alone, so that shards which list things at other times agree.
func (s Shard) Has(name string) bool {
	if s.Count <= 1 {
		return true
	}
	sum := sha256.Sum256([]byte(name))
	return s.Turn(int(binary.BigEndian.Uint64(sum[:8]) % uint64(s.Count)))
}

// indexes are the variables that say which of an array's jobs this one is, from
// 0: AWS Batch sets the first in array jobs, Kubernetes the second in Jobs with
// indexed completion. Neither says how many there are: SHARDS must.
var indexes = []string{"AWS_BATCH_JOB_ARRAY_INDEX", "JOB_COMPLETION_INDEX"}

// From reads SHARD=I/N, or an array's index with SHARDS=N, out of an environment.
// Where it has neither, the shard is all work.
func From(getenv func(string) string) (s Shard, err error) {
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
