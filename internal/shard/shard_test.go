package shard

import (
	"fmt"
	"testing"
)

func TestFrom(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want Shard
		ok   bool
	}{
		{nil, Shard{}, true},
		{map[string]string{"SHARD": "2/4"}, Shard{2, 4}, true},
		{map[string]string{"SHARD": "0/4"}, Shard{}, false},
		{map[string]string{"SHARD": "5/4"}, Shard{}, false},
		{map[string]string{"SHARD": "1"}, Shard{}, false},
		{map[string]string{"AWS_BATCH_JOB_ARRAY_INDEX": "0", "SHARDS": "4"}, Shard{1, 4}, true},
		{map[string]string{"JOB_COMPLETION_INDEX": "3", "SHARDS": "4"}, Shard{4, 4}, true},
		{map[string]string{"JOB_COMPLETION_INDEX": "4", "SHARDS": "4"}, Shard{}, false},
		{map[string]string{"JOB_COMPLETION_INDEX": "0"}, Shard{}, false},
		{map[string]string{"SHARD": "1/2", "JOB_COMPLETION_INDEX": "5", "SHARDS": "9"}, Shard{1, 2}, true},
	} {
		got, err := From(func(name string) string { return c.env[name] })
		if got != c.want || (err == nil) != c.ok {
			t.Errorf("%v: %v, %v", c.env, got, err)
		}
	}
}

// TestHas holds the shards to being everything, each thing once, in parts that are not
// far from even.
func TestHas(t *testing.T) {
	const things, shards = 3000, 7
	sizes := map[int]int{}
	for i := range things {
		owners := 0
		for n := 1; n <= shards; n++ {
			if (Shard{n, shards}).Has(fmt.Sprint("thing", i)) {
				owners++
				sizes[n]++
			}
		}
		if owners != 1 {
			t.Fatalf("thing %d is in %d shards", i, owners)
		}
		if !(Shard{}).Has(fmt.Sprint(i)) || !(Shard{}).Turn(i) {
			t.Fatal("no shard is not everything")
		}
	}
	for n, size := range sizes {
		if size < things/shards/2 || size > things/shards*2 {
			t.Errorf("shard %d has %d of %d", n, size, things)
		}
	}
}
