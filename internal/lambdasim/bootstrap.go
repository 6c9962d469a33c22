package lambdasim

import _ "embed" // of the bootstrap

// bootstrap is the runtime: it finds the handler and speaks the Runtime API.
//
//go:embed bootstrap.py
var bootstrap []byte
