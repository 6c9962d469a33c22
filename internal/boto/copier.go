package boto

// A form says which members of a JSON value a copy leaves out. Everything that
// it does not speak of stays: the zero form, and nil, copy the whole value.
type form struct {
	// drops reports whether the member with that key is left out; nil drops none.
	drops func(key string) bool
	// members are the forms of an object's members by key, other is that of the rest.
	members map[string]*form
	other   *form
	// items is the form of an array's items.
	items *form
}

// dropsMember and member are safe on nil, as is item.
func (f *form) dropsMember(key string) bool { return f != nil && f.drops != nil && f.drops(key) }

func (f *form) member(key string) *form {
	if f == nil {
		return nil
	}
	if m, ok := f.members[key]; ok {
		return m
	}
	return f.other
}

func (f *form) item() *form {
	if f == nil {
		return nil
	}
	return f.items
}

// copier copies a JSON text token by token, without white space. The order of
// members and the spelling of numbers and strings are those of the original, for
// the first is the order on the wire, and the second decides between 1 and 1.0.
type copier struct {
	scanner
	out []byte
}

// trim returns the JSON text without what f leaves out.
func trim(data []byte, f *form) ([]byte, error) {
	c := &copier{scanner: scanner{data: data}}
	err := c.whole(func() error { return c.value(f) })
	return c.out, err
}

func (c *copier) value(f *form) error {
	switch c.next() {
	case '{':
		return c.objectOf(f)
	case '[':
		return c.arrayOf(f)
	}
	start := c.pos
	err := c.skip()
	c.out = append(c.out, c.data[start:c.pos]...)
	return err
}

func (c *copier) objectOf(f *form) error {
	c.out = append(c.out, '{')
	empty := len(c.out)
	err := c.items('}', func() error {
		raw, err := c.key()
		if err != nil {
			return err
		}
		key, err := c.name(raw, f)
		if err != nil {
			return err
		}
		if f.dropsMember(key) {
			return c.skip()
		}
		c.separate(empty)
		c.out = append(append(c.out, raw...), ':')
		return c.value(f.member(key))
	})
	c.out = append(c.out, '}')
	return err
}

// name is what a key means, if the form wants to know.
func (c *copier) name(raw []byte, f *form) (string, error) {
	if f == nil {
		return "", nil
	}
	return unquote(raw)
}

func (c *copier) arrayOf(f *form) error {
	c.out = append(c.out, '[')
	empty := len(c.out)
	err := c.items(']', func() error {
		c.separate(empty)
		return c.value(f.item())
	})
	c.out = append(c.out, ']')
	return err
}

// separate writes a comma unless nothing was written since the opening bracket.
func (c *copier) separate(empty int) {
	if len(c.out) > empty {
		c.out = append(c.out, ',')
	}
}
