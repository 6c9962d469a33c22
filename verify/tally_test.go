package verify

import (
	"reflect"
	"testing"
	"time"
)

// TestVerdictJoin adds up what came of two botocores, and changes neither.
func TestVerdictJoin(t *testing.T) {
	newest := func() *Verdict {
		return &Verdict{
			Python: "3.13.0", Boto3: "1.44.8", Botocore: "1.44.8", Seed: 1, Cases: 4, Same: 2, Differs: 1, NotExercised: 1,
			Differences: []Difference{{Case: Case{"s3", "GetObject", "request/required"}}}, Gaps: []Gap{{Case{"s3", "", "x"}, "why"}},
			Services: map[string][]string{"s3": {"GetObject", "PutObject"}},
			Tally:    map[string]*Tally{"s3": {2, time.Second}},
		}
	}
	old := &Verdict{
		Python: "3.13.0", Botocore: "1.29.27", Cases: 3, Same: 3, Differences: []Difference{}, Gaps: []Gap{},
		Services: map[string][]string{"s3": {"GetObject", "HeadObject"}, "sqs": {"SendMessage"}},
		Tally:    map[string]*Tally{"s3": {1, time.Second}, "sqs": {2, time.Second}},
	}
	first := newest()
	first.At("/app")
	sum := first.Join(old)
	want := newest()
	want.Botocore, want.Cases, want.Same = "1.44.8, 1.29.27", 7, 5
	want.Differences[0].Place = "/app"
	want.Services = map[string][]string{"s3": {"GetObject", "HeadObject", "PutObject"}, "sqs": {"SendMessage"}}
	want.Tally = map[string]*Tally{"s3": {3, 2 * time.Second}, "sqs": {2, time.Second}}
	if !reflect.DeepEqual(sum, want) {
		t.Errorf("%+v, not %+v", sum, want)
	}
	again := newest()
	again.At("/app")
	if !reflect.DeepEqual(first, again) {
		t.Errorf("the first changed: %+v", first)
	}
	if third := sum.Join(&Verdict{Python: "3.9.1", Botocore: "1.29.27"}); third.Python != "3.13.0, 3.9.1" || third.Botocore != "1.44.8, 1.29.27" {
		t.Errorf("%s, %s", third.Python, third.Botocore)
	}
}
