package pyc

import (
	"bytes"
	"strings"
	"testing"
)

func TestHeader(t *testing.T) {
	code := []byte("\xe3code")
	for _, check := range []Check{ByTime, Unchecked, ByHash} {
		data := Encode(3571, check, 0x0807060504030201, code)
		if want := "\xf3\x0d\r\n" + string(rune(flags[check])) + "\x00\x00\x00\x01\x02\x03\x04\x05\x06\x07\x08\xe3code"; string(data) != want {
			t.Errorf("%d: %q, want %q", check, data, want)
		}
		f, ok := Decode(data)
		if !ok || f.Magic != 3571 || f.Check != check || !bytes.Equal(f.Code, code) {
			t.Errorf("%d: %+v, %v", check, f, ok)
		}
		if byTime, byHash := check == ByTime, check == ByHash; byTime != (f.Time == 0x04030201 && f.Size == 0x08070605) || byHash != (f.Hash == 0x0807060504030201) {
			t.Errorf("%d: %+v", check, f)
		}
	}
	for _, bad := range []string{"", "\xf3\r\r\n", "\xf3\r\r\n\x00\x00\x00\x00timesize", "\xf3\r\r\n\x02\x00\x00\x00timesize\xe3", "\xf3\rxx\x00\x00\x00\x00timesize\xe3", "\xf3\r\r\n\x00\x00\x00\x00timesizex"} {
		if f, ok := Decode([]byte(bad)); ok {
			t.Errorf("%q: %+v", bad, f)
		}
	}
}

func TestSource(t *testing.T) {
	for path, want := range map[string]string{
		"__pycache__/app.cpython-313.pyc":           "app.py 3.13",
		"a/b/__pycache__/c.cpython-37.opt-2.pyc":    "a/b/c.py 3.7",
		"a/__pycache__/x.y.cpython-310.pyc":         "a/x.y.py 3.10",
		"a/__pycache__/x.pypy39.pyc":                " ",
		"a/x.cpython-313.pyc":                       " ",
		"__pycache__/a/x.cpython-313.pyc":           " ",
		"a/__pycache__/x.cpython-313.pyc/y":         " ",
		"my__pycache__/x.cpython-313.pyc":           " ",
		"a/__pycache__/x.cpython-313.opt-1.opt.pyc": " ",
	} {
		source, language := Source(path)
		if got := source + " " + language; got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

// TestHash holds the hashes to those of _imp.source_hash of each Python.
func TestHash(t *testing.T) {
	for language, want := range map[string]uint64{
		"3.7": 0xea27b20d819d3220, "3.8": 0xf33fbf328ff00615, "3.9": 0xfadf0fe5a965d6f1, "3.10": 0xbfbe8c8ce2ad4ad9, // of two rounds and four
		"3.11": 0x5252f793aa72034c, "3.12": 0x08dff51719562215, "3.13": 0x0e12513689e286e7, // of one and three
	} {
		magic, ok := Magic(language)
		if got := Hash(magic, []byte("x = 1\n")); !ok || got != want {
			t.Errorf("%s: %#016x, want %#016x", language, got, want)
		}
	}
	if _, ok := Magic("3.6"); ok {
		t.Error("3.6 has no flags")
	}
}

// codeObject is marshalled code of 3.8 with these constants and names.
func codeObject(flag byte, constants, names string) string {
	return string('c'|flag) + strings.Repeat("\x00\x00\x00\x00", 6) + "s\x00\x00\x00\x00" + constants + names + strings.Repeat(")\x00", 3) +
		"z\x04a.py" + "Z\x08<module>" + "\x01\x00\x00\x00" + "s\x00\x00\x00\x00"
}

func TestCanonical(t *testing.T) {
	ref := func(kind byte) string { return string([]byte{kind | flagRef}) }
	plain := codeObject(0, ")\x02N\xe9\x01\x00\x00\x00", ")\x00")
	tests := []struct{ name, in, want string }{
		{"a mark that nothing asks for", codeObject(0, ")\x01"+ref('i')+"\x01\x00\x00\x00", ")\x00"), codeObject(0, ")\x01i\x01\x00\x00\x00", ")\x00")},
		{"one of the code itself", "\xe3" + codeObject(0, ")\x01N", ")\x00")[1:], codeObject(0, ")\x01N", ")\x00")},
		{"numbers anew", codeObject(0, ")\x03"+ref('i')+"\x01\x00\x00\x00"+ref('i')+"\x02\x00\x00\x00r\x01\x00\x00\x00", ")\x00"),
			codeObject(0, ")\x03i\x01\x00\x00\x00"+ref('i')+"\x02\x00\x00\x00r\x00\x00\x00\x00", ")\x00")},
		{"a container comes before what it holds", codeObject(0, ")\x02"+ref(')')+"\x01"+ref('i')+"\x07\x00\x00\x00r\x00\x00\x00\x00", ")\x01r\x01\x00\x00\x00"),
			codeObject(0, ")\x02"+ref(')')+"\x01"+ref('i')+"\x07\x00\x00\x00r\x00\x00\x00\x00", ")\x01r\x01\x00\x00\x00")},
		{"sets are sorted", codeObject(0, ")\x01>\x02\x00\x00\x00z\x01bz\x01a", ")\x00"), codeObject(0, ")\x01>\x02\x00\x00\x00z\x01az\x01b", ")\x00")},
		{"equal strings are one, interned if one is", codeObject(0, ")\x01z\x01b", ")\x01Z\x01b"), codeObject(0, ")\x01"+ref('Z')+"\x01b", ")\x01r\x00\x00\x00\x00")},
		{"but not of another form", codeObject(0, ")\x01z\x01b", ")\x01s\x01\x00\x00\x00b"), codeObject(0, ")\x01z\x01b", ")\x01s\x01\x00\x00\x00b")},
		{"all kinds", codeObject(0, ")\x0cNTFS.g12345678y1234567812345678l\xfe\xff\xff\xff1122u\x01\x00\x00\x00xa\x01\x00\x00\x00xI12345678[\x01\x00\x00\x00N", ")\x00"),
			codeObject(0, ")\x0cNTFS.g12345678y1234567812345678l\xfe\xff\xff\xff1122u\x01\x00\x00\x00xa\x01\x00\x00\x00xI12345678[\x01\x00\x00\x00N", ")\x00")},
	}
	for _, test := range tests {
		got, err := Canonical("3.8", []byte(test.in))
		if err != nil || string(got) != test.want {
			t.Errorf("%s: got %q, %v\nwant %q", test.name, got, err, test.want)
		}
		again, err := Canonical("3.8", got)
		if err != nil || !bytes.Equal(again, got) {
			t.Errorf("%s: again %q, %v", test.name, again, err)
		}
	}
	bad := map[string]string{
		"nothing": "", "cut off": plain[:len(plain)-1], "more": plain + "N", "an unknown kind": "?", "a reference to nothing": "r\x00\x00\x00\x00",
		"a long tuple": "(\xff\xff\xff\x7f", "a negative size": "s\xff\xff\xff\xff", "endless nesting": strings.Repeat(")\x01", 3000) + "N",
		"a tuple in itself": "\xa9\x01r\x00\x00\x00\x00", "a set in itself": "\xbe\x02\x00\x00\x00r\x00\x00\x00\x00N",
		"a cut number": "i\x01", "a cut reference": "r\x01",
	}
	for name, in := range bad {
		if got, err := Canonical("3.8", []byte(in)); err == nil {
			t.Errorf("%s: %q", name, got)
		}
	}
	if _, err := Canonical("3.99", []byte("N")); err == nil {
		t.Error("an unknown layout was read")
	}
}

// FuzzCanonical holds the canonical form to be one, and never longer.
func FuzzCanonical(f *testing.F) {
	f.Add("3.8", codeObject(0x80, ")\x02N\xe9\x01\x00\x00\x00", ")\x00"))
	f.Add("3.13", ")\x02\xfa\x01ar\x00\x00\x00\x00")
	f.Add("3.7", ">\x02\x00\x00\x00)\x01r\x00\x00\x00\x00N")
	f.Fuzz(func(t *testing.T, language, in string) {
		if len(in) > 1<<16 {
			return
		}
		once, err := Canonical(language, []byte(in))
		if err != nil {
			return
		}
		again, err := Canonical(language, once)
		if err != nil || !bytes.Equal(once, again) {
			t.Errorf("%q becomes %q and then %q, %v", in, once, again, err)
		}
	})
}
