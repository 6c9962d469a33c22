//go:build !linux && !darwin

package artifact

import "errors"

// exchange is something that this system cannot do.
func exchange(_, _ string) error { return errors.ErrUnsupported }
