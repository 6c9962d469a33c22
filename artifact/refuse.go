package artifact

import (
	"errors"
	"fmt"
)

// RefusedError says why a package, or a place to write one, was refused. It is
// a property of what was given, not a failure of coldcut.
type RefusedError struct {
	// Package is the path that the package was opened by, or OUT.
	Package string
	// Entry is the path of the entry inside the package, as it stands there;
	// empty where the package as a whole is meant.
	Entry  string
	Reason string
	// Hint says what to do about it; it may be empty.
	Hint string
	// Err is one of this package's errors below, or nil.
	Err error
}

// Error names the package, the entry and the reason.
func (e *RefusedError) Error() string {
	if e.Entry == "" {
		return fmt.Sprintf("%s %s", e.Package, e.Reason)
	}
	return fmt.Sprintf("%s: entry %q %s", e.Package, e.Entry, e.Reason)
}

// Unwrap returns the kind of refusal.
func (e *RefusedError) Unwrap() error { return e.Err }

// The kinds of refusal that a caller may want to tell from the others.
var (
	// ErrOverlap: OUT and PATH are the same, or one is inside the other.
	ErrOverlap = errors.New("the output and the package overlap")
	// ErrBusy: another run is writing the same output.
	ErrBusy = errors.New("another run is writing here")
	// ErrExists: OUT is there and may not be replaced.
	ErrExists = errors.New("the output exists")
	// ErrTooLarge: the package unpacks past Options.MaxSize.
	ErrTooLarge = errors.New("the package is too large")
)

var (
	errLoop        = errors.New("too many links")
	errIsDirectory = errors.New("is a directory")
)

func (a *Artifact) refuse(entry, reason string) error {
	return &RefusedError{Package: a.path, Entry: entry, Reason: reason}
}
