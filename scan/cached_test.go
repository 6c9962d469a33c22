package scan

import (
	"encoding/json"
	"reflect"
	"testing"
)

// TestDecodeCached takes back what was encoded, and nothing that is cut or of another key.
func TestDecodeCached(t *testing.T) {
	key := sum{1, 2, 3}
	want := []read{{0, "a.py", sum{9}}, {1, "b/\x00ü.py", sum{8}}, {300, "", sum{}}}
	data, err := encodeCached(key, want, &Result{Files: 7})
	if err != nil {
		t.Fatal(err)
	}
	reads, text, ok := decodeCached(key, data)
	var r Result
	if err := json.Unmarshal(text, &r); err != nil || !ok || r.Files != 7 || !reflect.DeepEqual(reads, want) {
		t.Errorf("%v, %s, %t", reads, text, ok)
	}
	for n := range len(data) - len(text) {
		if reads, _, ok := decodeCached(key, data[:n]); ok {
			t.Errorf("%d bytes of %d pass as %v", n, len(data), reads)
		}
	}
	if _, _, ok := decodeCached(sum{4}, data); ok {
		t.Error("another key's entry passes")
	}
	if _, _, ok := decodeCached(key, append(key[:], 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1)); ok {
		t.Error("a count of files that are not there passes")
	}
}
