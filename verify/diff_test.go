package verify

import (
	"encoding/json"
	"slices"
	"testing"
)

func TestParts(t *testing.T) {
	for _, c := range []struct {
		fat, slim string
		want      []Part
	}{
		{`{"a":1}`, `{"a":1}`, nil},
		{`{"a":1,"b":[true,null]}`, `{"a":2,"b":[true]}`, []Part{{"a", "1", "2"}, {"b[1]", "null", ""}}},
		{`{"a":{"b":"x"}}`, `{"a":{"b":"x","c":0.50}}`, []Part{{"a.c", "", "0.50"}}},
		{`{"a":{}}`, `{"a":[]}`, []Part{{"a", "{}", "[]"}}},
		{`{"a":1,"b":2}`, `{"b":2,"a":1}`, []Part{{"order", "a", "b"}}},
		{`"a"`, `"b"`, []Part{{"", "a", "b"}}},
		{``, `{"a":`, nil},
		{`{"a":1}`, ``, []Part{{"a", "1", ""}}},
	} {
		got := Difference{Fat: json.RawMessage(c.fat), Slim: json.RawMessage(c.slim)}.Parts()
		if !slices.Equal(got, c.want) {
			t.Errorf("%s and %s: %q", c.fat, c.slim, got)
		}
	}
}

func TestParseCase(t *testing.T) {
	for _, name := range []string{"s3:GetObject:request/required", "s3::client", "s3:A:b:c"} {
		if c, err := ParseCase(name); err != nil || c.String() != name {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
	for _, name := range []string{"", "s3", "s3:GetObject", "s3:GetObject:", ":a:b", "::import"} {
		if c, err := ParseCase(name); err == nil {
			t.Errorf("%s: %v", name, c)
		}
	}
}

// TestUnknownService allows a hint behind what botocore says, and nothing else.
func TestUnknownService(t *testing.T) {
	const said = "botocore.exceptions.UnknownServiceError: Unknown service: 'sns'. Valid service names are: s3, sqs"
	for saw, ok := range map[string]bool{
		said:                              true,
		said + ". coldcut dropped it":     true,
		said + ", sts":                    false,
		said + "x":                        false,
		"a client":                        false,
		"builtins.KeyError: " + said:      false,
		said[:len(said)-len(", sqs")]:     false,
		"builtins.MemoryError: 'memory'":  false,
		said + "\ncoldcut dropped it":     true,
		said[:len(said)-len("sqs")] + "x": false,
	} {
		if got := unknownService("sns", []string{"sqs", "s3"}, saw) == saw; got != ok {
			t.Errorf("%q is accepted: %v", saw, got)
		}
	}
}

func FuzzParts(f *testing.F) {
	f.Add(`{"a":[1,{"b":null}]}`, `{"a":[]}`)
	f.Add(`[[`, `}`)
	f.Fuzz(func(_ *testing.T, fat, slim string) {
		Difference{Fat: json.RawMessage(fat), Slim: json.RawMessage(slim)}.Parts()
	})
}
