package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// key names the inputs of a step: equal inputs have equal keys.
type key string

// keyOf hashes the inputs as Go writes them, which keeps ("a", "bc") apart from
// ("ab", "c").
func keyOf(inputs ...any) key {
	hash := sha256.New()
	for _, in := range inputs {
		fmt.Fprintf(hash, "%#v\n", in) // never fails
	}
	return key(hex.EncodeToString(hash.Sum(nil)))
}

// once does a step, unless it was done to its end for the same inputs before.
// Its key is written when it is done, so a step that was killed is done again.
func once(dir, step string, inputs key, do func() error) error {
	file := filepath.Join(dir, step+".key")
	done, err := os.ReadFile(file)
	if err == nil && key(done) == inputs {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.RemoveAll(file); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(inputs), 0o644)
}
