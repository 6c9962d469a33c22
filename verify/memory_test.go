package verify

import (
	"fmt"
	"slices"
	"testing"
)

// testMemory holds comparisons with a memory to what they are without: the first,
// which learns, and the second, in which the fat package does nothing again.
func (b *boto) testMemory(t *testing.T) {
	t.Parallel()
	slim := b.write(t, "authtype", "result_wrapper")
	opts := Options{Services: []string{"sso", "sts"}}
	want := outcome(b.compare(t, slim, opts))
	opts.Memory = &Memory{}
	if got := outcome(b.compare(t, b.write(t), opts)); got == want {
		t.Errorf("without damage it is %s", got)
	}
	if known, left := opts.Memory.recall("sts", []string{"GetCallerIdentity"}); len(known) < 20 || len(left) > 0 {
		t.Errorf("%d cases are known", len(known))
	}
	for range 2 {
		before := opts.Memory.recalled
		if got := outcome(b.compare(t, slim, opts)); got != want {
			t.Errorf("without a memory it is\n%s\nwith one\n%s", want, got)
		}
		if opts.Memory.recalled < before+40 {
			t.Errorf("%d cases were recalled", opts.Memory.recalled-before)
		}
	}
}

func outcome(v *Verdict) string {
	return fmt.Sprintf("%d the same, %d not exercised, different: %s", v.Same, v.NotExercised, all(v))
}

func TestMemory(t *testing.T) {
	m := &Memory{}
	m.learn("s3", []string{"A", "B", "C"}, []*reply{
		{Operation: "A", Case: "1", Input: []byte(`{"do":"call"}`)},
		{Operation: "B", Case: "1", Reason: "none"},
		{Operation: "A", Case: "2", Input: []byte(`{"do":"call"}`)},
	})
	known, left := m.recall("s3", []string{"A", "B", "C"})
	if len(known) != 3 || !slices.Equal(left, []string{"C"}) {
		t.Errorf("%d are known, %s are left", len(known), left)
	}
	if _, left := m.recall("sqs", []string{"A"}); len(left) != 1 {
		t.Error("another service's operation is known")
	}
	p := &pair{trial: &trial{opts: Options{Memory: m}}}
	for what, j := range map[string]job{
		"a service": {service: "sqs", operations: []string{"A"}, whole: []string{"A"}}, "a dimension": {service: "sqs", operations: []string{"A"}, dimension: "aio"},
	} {
		if !p.forgets(j) {
			t.Errorf("what was done of %s is remembered", what)
		}
	}
	if p.forgets(job{service: "sqs", operations: []string{"A"}}) {
		t.Error("what was done of operations is not remembered")
	}
}
