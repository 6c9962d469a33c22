package fleet

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Multiply makes n functions of the kinds that were deployed once each, in the state
// that a local Lambda keeps in its folder (internal/lambdasim, state).
func Multiply(state []byte, n int) ([]byte, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(state, &all); err != nil {
		return nil, err
	}
	var functions []json.RawMessage
	if err := json.Unmarshal(all["Functions"], &functions); err != nil {
		return nil, err
	}
	byName := map[string]string{}
	for _, f := range functions {
		var named struct{ Name string }
		if err := json.Unmarshal(f, &named); err != nil {
			return nil, err
		}
		byName[named.Name] = string(f)
	}
	out := make([]json.RawMessage, n)
	for i := range out {
		was := Name(i % len(Kinds()))
		f, ok := byName[was]
		if !ok {
			return nil, fmt.Errorf("there is no function %s", was)
		}
		// Nothing else begins as the names do: a kind, a dash and four digits.
		out[i] = json.RawMessage(strings.ReplaceAll(f, was, Name(i)))
	}
	var err error
	if all["Functions"], err = json.Marshal(out); err != nil {
		return nil, err
	}
	return json.Marshal(all)
}
