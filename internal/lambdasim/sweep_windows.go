package lambdasim

import "os"

// lockFile holds a file open that cannot be removed meanwhile.
func lockFile(name string) (f *os.File, taken bool, err error) {
	_ = os.Remove(name) // fails where another process has it open
	f, err = os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if os.IsExist(err) {
		return nil, false, nil
	}
	return f, err == nil, err
}
