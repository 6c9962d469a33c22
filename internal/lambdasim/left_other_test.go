//go:build !linux

package lambdasim

import (
	"os"
	"testing"
)

// leftNothing holds a server that was closed to what it promised.
func leftNothing(t *testing.T, work string) {
	t.Helper()
	entries, err := os.ReadDir(work)
	if err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v %v", entries, err)
	}
}
