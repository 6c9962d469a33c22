package lambdasim

// isRoot: a folder without the permission to write can be written on Windows.
func isRoot() bool { return true }
