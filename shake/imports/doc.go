// Package imports defers the imports of a family of Python packages to where they
// are first needed, without a program noticing but by the time that it takes.
//
// Nothing here knows a module by its name: what is deferred follows from the sources.
// docs/architecture.md says by which rules, docs/safety.md what a program could see.
package imports
