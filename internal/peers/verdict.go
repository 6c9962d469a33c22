package main

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/coldcut/coldcut/internal/page"
)

// verdict is what a tool makes of a program.
type verdict uint8

const (
	misses      verdict = iota // and says nothing of it
	fails                      // ends with an error
	cannotTell                 // says that there is something that it does not know
	serviceOnly                // names every service, and not every operation
	finds                      // names every service and operation
)

func (v verdict) String() string {
	return [...]string{"–", "fails", "cannot tell", "service only", "finds"}[v]
}

// judge reads a tool's output. A service or an operation that stands in it in any
// form counts: whether the tool is sure of it, or names others too, does not matter.
func judge(output string, uses []use, doubt *regexp.Regexp) verdict {
	services, operations := len(uses) > 0, true
	for _, u := range uses {
		services = services && names(output, u.service)
		operations = operations && u.named(output)
	}
	switch {
	case services && operations:
		return finds
	case services:
		return serviceOnly
	case doubt != nil && doubt.MatchString(output):
		return cannotTell
	}
	return misses
}

// named reports whether an output names the operation: as AWS spells it or as
// boto3 does; every operation of the service stands for it too.
func (u use) named(output string) bool {
	return u.operation == "*" || names(output, u.operation) || names(output, method(u.operation)) ||
		strings.Contains(output, u.service+":*")
}

// names reports whether an output has a name as a word, in any case; iamscan has
// s3api for s3, as AWS's command line has it.
func names(output, name string) bool {
	return regexp.MustCompile(`(?i)(^|[^a-z0-9])` + regexp.QuoteMeta(name) + `(api)?($|[^a-z0-9])`).MatchString(output)
}

var wordStart = regexp.MustCompile(`(.)([A-Z])`)

// method spells the name of an operation as boto3 does; the programs use none that
// boto3 spells in another way.
func method(operation string) string {
	return strings.ToLower(wordStart.ReplaceAllString(operation, "${1}_$2"))
}

// render writes the tables: the tools, and what they make of each program.
func render(w io.Writer, tools []tool, programs []program, verdicts map[string][]verdict) {
	fmt.Fprint(w, "| tool | version | made for | run as | finds | service only | cannot tell | fails | misses in silence |\n")
	fmt.Fprint(w, "| --- | --- | --- | --- | ---: | ---: | ---: | ---: | ---: |\n")
	for _, t := range tools {
		count := map[verdict]int{}
		for _, v := range verdicts[t.name] {
			count[v]++
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s | %d | %d | %d | %d | %d |\n", t.name, t.version, t.purpose, t.command,
			count[finds], count[serviceOnly], count[cannotTell], count[fails], count[misses])
	}
	fmt.Fprint(w, "\n| idiom |")
	for _, t := range tools {
		fmt.Fprintf(w, " %s |", t.name)
	}
	fmt.Fprintf(w, "\n| --- |%s\n", strings.Repeat(" --- |", len(tools)))
	for i, p := range programs {
		fmt.Fprintf(w, "| %s |", p.title)
		for _, t := range tools {
			fmt.Fprintf(w, " %s |", verdicts[t.name][i])
		}
		fmt.Fprintln(w)
	}
}

// place is where the tables stand in the document.
var place = page.Place{Begin: "<!-- peers -->\n", End: "<!-- /peers -->"}
