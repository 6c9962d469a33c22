package boto

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// scanner walks a JSON text and looks only at what it is asked for. A service
// model is megabytes of shapes around a list of names; building them with
// encoding/json takes ten times as long as skipping them. What is skipped is
// checked all the same: the scanner accepts exactly what [json.Valid] accepts
// in valid UTF-8, for a model that does not parse must not look like a small one.
type scanner struct {
	data  []byte
	pos   int
	depth int
}

// maxDepth is that of encoding/json.
const maxDepth = 10000

var errNotObject = errors.New("not an object")

// walk calls visit for each member of the object that data holds.
func walk(data []byte, visit func(s *scanner, key string) error) error {
	s := &scanner{data: data}
	return s.whole(func() error { return s.object(visit) })
}

// whole reads a text that holds one value and nothing else.
func (s *scanner) whole(value func() error) error {
	if !utf8.Valid(s.data) {
		return errors.New("not UTF-8")
	}
	s.space()
	if err := value(); err != nil {
		return fmt.Errorf("byte %d: %w", s.pos, err)
	}
	if s.space(); s.pos < len(s.data) {
		return fmt.Errorf("byte %d: text after the end", s.pos)
	}
	return nil
}

// object reads the object at the current position; visit must consume the
// value of its key, with skip, text or object.
func (s *scanner) object(visit func(s *scanner, key string) error) error {
	if s.next() != '{' {
		return errNotObject
	}
	return s.items('}', func() error {
		raw, err := s.key()
		if err != nil {
			return err
		}
		key, err := unquote(raw)
		if err != nil {
			return err
		}
		return visit(s, key)
	})
}

// items reads what stands between the bracket at the current position and end.
func (s *scanner) items(end byte, item func() error) error {
	if s.depth++; s.depth > maxDepth {
		return errors.New("nested too deeply")
	}
	s.pos++
	s.space()
	for first := true; s.next() != end; first = false {
		if !first {
			if s.next() != ',' {
				return s.unexpected()
			}
			s.pos++
			s.space()
		}
		if err := item(); err != nil {
			return err
		}
		s.space()
	}
	s.pos++
	s.depth--
	return nil
}

// keys returns the keys of the object at the current position.
func (s *scanner) keys() ([]string, error) {
	var keys []string
	err := s.object(func(s *scanner, key string) error {
		keys = append(keys, key)
		return s.skip()
	})
	return keys, err
}

// skip checks and passes over the value at the current position.
func (s *scanner) skip() error {
	switch c := s.next(); {
	case c == '{':
		return s.items('}', s.member)
	case c == '[':
		return s.items(']', s.skip)
	case c == '"':
		_, err := s.raw()
		return err
	case c == '-' || digit(c):
		return s.number()
	default:
		return s.word()
	}
}

// member passes over a key and its value.
func (s *scanner) member() error {
	if _, err := s.key(); err != nil {
		return err
	}
	return s.skip()
}

// key passes over a key and the colon behind it, and returns the key as it
// stands there, quotes included.
func (s *scanner) key() ([]byte, error) {
	raw, err := s.raw()
	if err != nil {
		return nil, err
	}
	s.space()
	if s.next() != ':' {
		return nil, s.unexpected()
	}
	s.pos++
	s.space()
	return raw, nil
}

// text reads the string at the current position.
func (s *scanner) text() (string, error) {
	raw, err := s.raw()
	if err != nil {
		return "", err
	}
	return unquote(raw)
}

// unquote is what a string means that raw or key returned.
func unquote(raw []byte) (string, error) {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1]), nil
	}
	var text string
	err := json.Unmarshal(raw, &text)
	return text, err
}

// raw passes over the string at the current position and returns it as it
// stands there, quotes included.
func (s *scanner) raw() ([]byte, error) {
	if s.next() != '"' {
		return nil, s.unexpected()
	}
	start := s.pos
	for s.pos++; s.pos < len(s.data); s.pos++ {
		switch c := s.data[s.pos]; {
		case c == '"':
			s.pos++
			return s.data[start:s.pos], nil
		case c == '\\':
			if err := s.escape(); err != nil {
				return nil, err
			}
		case c < ' ':
			return nil, s.unexpected()
		}
	}
	return nil, s.unexpected()
}

// escape passes over an escape up to its last byte.
func (s *scanner) escape() error {
	s.pos++
	switch s.next() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return nil
	case 'u':
		for range 4 {
			s.pos++
			if c := s.next() | 0x20; !digit(s.next()) && (c < 'a' || c > 'f') {
				return s.unexpected()
			}
		}
		return nil
	}
	return s.unexpected()
}

func (s *scanner) number() error {
	if s.next() == '-' {
		s.pos++
	}
	if s.next() == '0' {
		s.pos++
	} else if err := s.digits(); err != nil {
		return err
	}
	if s.next() == '.' {
		s.pos++
		if err := s.digits(); err != nil {
			return err
		}
	}
	if s.next()|0x20 == 'e' {
		s.pos++
		if c := s.next(); c == '+' || c == '-' {
			s.pos++
		}
		return s.digits()
	}
	return nil
}

func (s *scanner) digits() error {
	if !digit(s.next()) {
		return s.unexpected()
	}
	for digit(s.next()) {
		s.pos++
	}
	return nil
}

func (s *scanner) word() error {
	for _, word := range []string{"true", "false", "null"} {
		if bytes.HasPrefix(s.data[s.pos:], []byte(word)) {
			s.pos += len(word)
			return nil
		}
	}
	return s.unexpected()
}

// next is the byte at the current position, 0 at the end. A real 0 is an error
// wherever it may stand, so the two need no telling apart.
func (s *scanner) next() byte {
	if s.pos < len(s.data) {
		return s.data[s.pos]
	}
	return 0
}

func (s *scanner) space() {
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return
		}
	}
}

func (s *scanner) unexpected() error {
	if s.pos >= len(s.data) {
		return errors.New("unexpected end")
	}
	return fmt.Errorf("unexpected %q", s.data[s.pos])
}
