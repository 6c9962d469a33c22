package boto

// element is a JSON value as a tree, in which the order of members and the spelling
// of everything stay. Only endpoint rules are small enough for it, and need it.
type element struct {
	kind byte     // '{', '[', or 0 for what is neither
	raw  []byte   // what it is then, as it is spelled
	keys []string // of an object
	// spelled are the keys as they stand there, quotes included.
	spelled [][]byte
	// items are an array's, or the values of an object's keys.
	items []*element
}

// parse builds the tree of a JSON text.
func parse(data []byte) (*element, error) {
	s := &scanner{data: data}
	var e *element
	err := s.whole(func() (err error) {
		e, err = s.element()
		return err
	})
	return e, err
}

func (s *scanner) element() (*element, error) {
	e := &element{kind: s.next()}
	switch e.kind {
	case '{':
		return e, s.items('}', func() error {
			raw, err := s.key()
			if err != nil {
				return err
			}
			key, err := unquote(raw)
			if err != nil {
				return err
			}
			e.keys, e.spelled = append(e.keys, key), append(e.spelled, raw)
			return s.addTo(e)
		})
	case '[':
		return e, s.items(']', func() error { return s.addTo(e) })
	}
	start := s.pos
	err := s.skip()
	e.kind, e.raw = 0, s.data[start:s.pos]
	return e, err
}

func (s *scanner) addTo(e *element) error {
	item, err := s.element()
	e.items = append(e.items, item)
	return err
}

// member is the value of a key; nil where there is none, or more than one, for a
// parser takes the last of them.
func (e *element) member(key string) (found *element) {
	if e == nil || e.kind != '{' {
		return nil
	}
	for i, k := range e.keys {
		if k == key && found != nil {
			return nil
		}
		if k == key {
			found = e.items[i]
		}
	}
	return found
}

// text is what a string says.
func (e *element) text() (string, bool) {
	if e == nil || len(e.raw) == 0 || e.raw[0] != '"' {
		return "", false
	}
	s, err := unquote(e.raw)
	return s, err == nil
}

// is reports whether the value is spelled so.
func (e *element) is(raw string) bool { return e != nil && e.kind == 0 && string(e.raw) == raw }

// eachText calls visit for every key and every string in the tree.
func (e *element) eachText(visit func(string)) {
	for _, k := range e.keys {
		visit(k)
	}
	if s, ok := e.text(); ok {
		visit(s)
	}
	for _, item := range e.items {
		item.eachText(visit)
	}
}

// append writes the value without white space.
func (e *element) append(out []byte) []byte {
	switch e.kind {
	case '{':
		return e.appendWith(out, nil)
	case '[':
		out = append(out, '[')
		for i, item := range e.items {
			out = item.append(separated(out, i))
		}
		return append(out, ']')
	}
	return append(out, e.raw...)
}

// appendWith writes an object with other values for some of its keys.
func (e *element) appendWith(out []byte, other map[string][]byte) []byte {
	out = append(out, '{')
	for i, key := range e.keys {
		out = append(append(separated(out, i), e.spelled[i]...), ':')
		if value, ok := other[key]; ok {
			out = append(out, value...)
		} else {
			out = e.items[i].append(out)
		}
	}
	return append(out, '}')
}

// separated adds the comma before an item that is not the first.
func separated(out []byte, i int) []byte {
	if i > 0 {
		out = append(out, ',')
	}
	return out
}
