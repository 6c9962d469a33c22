package python

// slab hands out nodes of one type from blocks that grow as the tree does, so
// that a node costs an increment and a small file a small block.
type slab[T any] struct {
	free []T
	size int
}

const maxSlab = 256

func (s *slab[T]) one() *T {
	if len(s.free) == 0 {
		s.grow(1)
	}
	node := &s.free[0]
	s.free = s.free[1:]
	return node
}

// list returns a copy of items, or nil if there are none.
func (s *slab[T]) list(items []T) []T {
	n := len(items)
	if n == 0 {
		return nil
	}
	if n > len(s.free) {
		s.grow(n)
	}
	out := s.free[:n:n]
	s.free = s.free[n:]
	copy(out, items)
	return out
}

func (s *slab[T]) grow(n int) {
	s.size = min(2*s.size+8, maxSlab)
	s.free = make([]T, max(s.size, n))
}
