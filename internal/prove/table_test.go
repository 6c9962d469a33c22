package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCompareVersions(t *testing.T) {
	versions := []string{"1.44.8", "1.9.0", "1.12.233", "1.44.10", "1.12"}
	slices.SortFunc(versions, compareVersions)
	if got := strings.Join(versions, " "); got != "1.9.0 1.12 1.12.233 1.44.8 1.44.10" {
		t.Error(got)
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := count(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}

func TestChosen(t *testing.T) {
	for week := range 10 {
		some := chosen("", false, true, time.Date(2026, 1, 1+7*week, 0, 0, 0, 0, time.UTC))
		if len(some) != 2 || some[0] != releases[0] || some[1] == releases[0] {
			t.Error(some)
		}
	}
	if some := chosen("1.12.233", false, false, time.Time{}); len(some) != 1 || some[0].python != "3.7" {
		t.Error(some)
	}
	if some := chosen("1.30.0", false, false, time.Time{}); len(some) != 1 || some[0] != (release{botocore: "1.30.0"}) {
		t.Error(some)
	}
	if some := chosen("", true, false, time.Time{}); len(some) != 6 {
		t.Error(some)
	}
}

func TestBoto3Of(t *testing.T) {
	for botocore, want := range map[string]string{"1.12.233": "1.9.233", "1.29.165": "1.26.165", "1.32.0": "1.29.0", "1.33.0": "1.33.0", "1.44.8": "1.44.8"} {
		if got := boto3Of(botocore); got != want {
			t.Errorf("%s: %s", botocore, got)
		}
	}
}

// TestRecord holds the page to what was measured.
func TestRecord(t *testing.T) {
	data, err := os.ReadFile("proven.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []*summary
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(filepath.Join("..", "..", safety))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(written, []byte(place.Begin+"\n"+render(all)+"\n"+place.End)) {
		t.Errorf("%s does not say what proven.json does", safety)
	}
	for _, s := range all {
		if s.Differs > 0 || s.Same == 0 {
			t.Errorf("botocore %s: %d cases the same, %d differ", s.Botocore, s.Same, s.Differs)
		}
	}
}
