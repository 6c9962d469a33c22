package bench

import (
	"context"
	"math/rand/v2"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Schedule draws the order in which cells are sampled, each as often as counts
// says: round after round, every round a new permutation, so that whatever drifts
// meets all cells alike. The same seed draws the same order.
func Schedule(seed uint64, counts []int) []int {
	random := rand.New(rand.NewPCG(seed, 0))
	var order []int
	for round := 0; ; round++ {
		var due []int
		for cell, n := range counts {
			if n > round {
				due = append(due, cell)
			}
		}
		if len(due) == 0 {
			return order
		}
		random.Shuffle(len(due), func(i, j int) { due[i], due[j] = due[j], due[i] })
		order = append(order, due...)
	}
}

// Take goes through an order with so many workers at a time, 1 if less. Cells of
// the same lane are never sampled at once: they share a function. Take stops at the
// first error and returns it.
func Take(ctx context.Context, order []int, lanes []string, parallel int, take func(ctx context.Context, cell, place int) error) error {
	busy := map[string]*sync.Mutex{}
	for _, lane := range lanes {
		busy[lane] = &sync.Mutex{}
	}
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(max(1, parallel))
	for place, cell := range order {
		if inner.Err() != nil {
			break
		}
		g.Go(func() error {
			lane := busy[lanes[cell]]
			lane.Lock()
			defer lane.Unlock()
			if err := inner.Err(); err != nil {
				return err
			}
			return take(inner, cell, place)
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}
