package plan_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/plan"
)

func encode(t *testing.T, p *plan.Plan) []byte {
	t.Helper()
	data, err := p.Lock().Encode()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestLockIgnoresLines holds that moving code changes no lock.
func TestLockIgnoresLines(t *testing.T) {
	opts := plan.Options{Keep: []string{"s3"}}
	code := "import boto3, os\ndef make(name):\n    return boto3.client(name)\nmake(os.environ['S'])\n"
	a := encode(t, mustPlan(t, map[string]string{"app.py": code}, opts))
	b := encode(t, mustPlan(t, map[string]string{"app.py": "\n\n# moved\n" + code}, opts))
	if !bytes.Equal(a, b) {
		t.Errorf("the lock changed:\n%s\n%s", a, b)
	}
	if m := regexp.MustCompile(`\.py:\d+`).Find(a); m != nil {
		t.Errorf("the lock holds a line number: %s", m)
	}
	if !strings.Contains(string(a), `"file": "app.py"`) {
		t.Errorf("the lock does not name the settled place:\n%s", a)
	}
}

func TestLockRoundTrip(t *testing.T) {
	data := encode(t, mustPlan(t, usesS3, plan.Options{}))
	l, err := plan.ReadLock("coldcut.lock", data)
	if err != nil {
		t.Fatal(err)
	}
	again, err := l.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, again) {
		t.Errorf("got\n%s\nwant\n%s", again, data)
	}
}

func TestReadLockRefuses(t *testing.T) {
	for _, data := range []string{"", "{", "[]", `{"schema":1}`, `{"schema":99,"services":{}}`, `{"schema":1,"services":{},"more":1}`} {
		if _, err := plan.ReadLock("coldcut.lock", []byte(data)); err == nil || !strings.Contains(err.Error(), "coldcut.lock") {
			t.Errorf("%q: got %v", data, err)
		}
	}
}

func FuzzReadLock(f *testing.F) {
	f.Add([]byte(`{"schema":1,"services":{"s3":{"rule":"used","operations":[],"files":[]}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := plan.ReadLock("lock", data)
		if err != nil {
			return
		}
		if _, err := l.Encode(); err != nil {
			t.Error(err)
		}
	})
}
