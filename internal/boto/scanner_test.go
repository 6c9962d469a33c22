package boto

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// scan reads a whole text with the scanner: its top-level keys, if it is an object.
func scan(data []byte) ([]string, error) {
	var keys []string
	err := walk(data, func(s *scanner, key string) error {
		keys = append(keys, key)
		return s.skip()
	})
	return keys, err
}

var texts = []string{
	``, `{}`, ` { } `, `{"a":1}`, `{"a":1,}`, `{"a" 1}`, `{"a":}`, `{a:1}`, `[]`, `{"a":[1,2,[3,{}]]}`, `{"a":[1 2]}`,
	`{"a":[1,]}`, `{"a":[,1]}`, `{"a":"\""}`, `{"a":"\\"}`, `{"a":"\u00e9\ud83d\ude00"}`, `{"\u0061b":1}`, `{"a":"\u12"}`,
	`{"a":"\x"}`, "{\"a\":\"\n\"}", "{\"a\":\"\x00\"}", `{"a":-0.5e+10}`, `{"a":01}`, `{"a":1.}`, `{"a":.5}`, `{"a":1e}`,
	`{"a":-}`, `{"a":+1}`, `{"a":true,"b":false,"c":null}`, `{"a":tru}`, `{"a":NaN}`, `{} x`, `{}{}`, "\ufeff{}", `{"a`, `{"a":{"b":{"c":[`,
	`{"é":1}`, "{\"\xff\":1}", "{\"a\":1}\x00", `{"a":1E-2,"a":2}`, `{"a":"\ud800"}`, `{"\ud800":1}`,
}

func TestScanner(t *testing.T) {
	for _, text := range texts {
		compare(t, []byte(text))
	}
	deep := func(n int) []byte {
		return []byte(`{"a":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}`)
	}
	compare(t, deep(maxDepth-1))
	compare(t, deep(maxDepth))
}

// compare holds the scanner to encoding/json.
func compare(t *testing.T, data []byte) {
	t.Helper()
	keys, err := scan(data)
	var want map[string]json.RawMessage
	valid := utf8.Valid(data) && json.Valid(data) && json.Unmarshal(data, &want) == nil && want != nil
	if valid != (err == nil) {
		t.Fatalf("%q: error %v, but valid object: %v", data, err, valid)
	}
	if !valid {
		return
	}
	got := map[string]bool{}
	for _, key := range keys {
		got[key] = true
	}
	for key := range want {
		if !got[key] {
			t.Fatalf("%q: no key %q", data, key)
		}
		delete(got, key)
	}
	if len(got) > 0 {
		t.Fatalf("%q: keys %v are not there", data, got)
	}
}

func FuzzScanner(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Fuzz(compare)
}

func FuzzIndex(f *testing.F) {
	f.Add(embedded)
	f.Add(zip(f, []byte(`{"botocore":"1","services":{"s3":{"o":"A* B","w":"W=A =","n":"x=A,B","l":"A"}}}`)))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<17 {
			return
		}
		c, err := readIndex(data)
		if err != nil {
			return
		}
		for _, name := range c.Services() {
			if _, err := c.Service(name); err != nil {
				t.Error(err)
			}
		}
	})
}

func FuzzDict(f *testing.F) {
	f.Add("X = {('a', 'b'): 'c', # d\n}")
	f.Fuzz(func(t *testing.T, source string) {
		entries, err := dict([]byte(source), "X")
		for _, e := range entries {
			if err == nil && (len(e.key) == 0 || reflect.DeepEqual(e, entry{})) {
				t.Errorf("%q: %v", source, entries)
			}
		}
	})
}
