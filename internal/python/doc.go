// Package python parses Python source, from 3.6 to 3.15, into a tree whose
// spans are CPython's.
//
// The grammar is the union of those versions: what any of them accepts parses
// here, so one parser serves whatever interpreter the code runs on. What all
// of them refuse is refused. A file that does not parse is an error, never half
// a tree: a caller that looks for calls must not be shown some of them.
//
// A File is not written to after Parse returns; any number of goroutines may
// read it.
package python
