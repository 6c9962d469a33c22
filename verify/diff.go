package verify

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// Part is one place in which two observations differ. A side that has nothing
// there is empty.
type Part struct{ Path, Fat, Slim string }

// Parts returns where the observations differ, in the order of the fat one.
func (d Difference) Parts() []Part {
	fat, slim := flatten(d.Fat), flatten(d.Slim)
	was, is := index(fat), index(slim)
	var parts []Part
	for _, l := range fat {
		if other, ok := is[l.path]; !ok || other != l.value {
			parts = append(parts, Part{l.path, l.value, other})
		}
	}
	for _, l := range slim {
		if _, ok := was[l.path]; !ok {
			parts = append(parts, Part{l.path, "", l.value})
		}
	}
	for i := 0; len(parts) == 0 && i < len(fat) && i < len(slim); i++ {
		if fat[i].path != slim[i].path {
			parts = append(parts, Part{"order", fat[i].path, slim[i].path})
		}
	}
	return parts
}

// leaf is a scalar, or an empty object or list, in an observation.
type leaf struct{ path, value string }

func index(leaves []leaf) map[string]string {
	m := make(map[string]string, len(leaves))
	for _, l := range leaves {
		m[l.path] = l.value
	}
	return m
}

// flatten lists the leaves in order. Observations are our own JSON; what is none
// has no leaves.
func flatten(data json.RawMessage) []leaf {
	f := &flattener{d: json.NewDecoder(bytes.NewReader(data))}
	f.d.UseNumber()
	f.value("")
	return f.leaves
}

type flattener struct {
	d      *json.Decoder
	leaves []leaf
}

func (f *flattener) value(path string) {
	token, err := f.d.Token()
	if err != nil {
		return
	}
	switch token := token.(type) {
	case json.Delim:
		f.container(path, token)
	case string:
		f.leaf(path, token)
	case json.Number:
		f.leaf(path, token.String())
	case bool:
		f.leaf(path, strconv.FormatBool(token))
	case nil:
		f.leaf(path, "null")
	}
}

func (f *flattener) leaf(path, value string) { f.leaves = append(f.leaves, leaf{path, value}) }

func (f *flattener) container(path string, open json.Delim) {
	if !f.d.More() {
		f.leaf(path, map[json.Delim]string{'{': "{}", '[': "[]"}[open])
	}
	for i := 0; f.d.More(); i++ {
		if open == '[' {
			f.value(path + "[" + strconv.Itoa(i) + "]")
			continue
		}
		key, err := f.d.Token()
		name, ok := key.(string)
		if err != nil || !ok {
			return
		}
		if path != "" {
			name = path + "." + name
		}
		f.value(name)
	}
	_, _ = f.d.Token() // the end, or an error that the next one meets again
}
