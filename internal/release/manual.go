package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/cpuguy83/go-md2man/v2/md2man"
)

// manual makes manual pages of the reference in dir, one for each of its pages whose
// name begins with coldcut. The reference is generated from the commands themselves.
func manual(dir string, v version) ([]file, error) {
	pages, err := filepath.Glob(filepath.Join(dir, "coldcut*.md"))
	if err != nil {
		return nil, err
	}
	if len(pages) == 0 {
		return nil, fmt.Errorf("there is no reference in %s: run make docs", dir)
	}
	var all []file
	for _, page := range pages {
		markdown, err := os.ReadFile(page)
		if err != nil {
			return nil, err
		}
		name := strings.TrimSuffix(filepath.Base(page), ".md")
		all = append(all, file{"man/man1/" + name + ".1", manualPage(name, markdown, v), 0o644})
	}
	return all, nil
}

// heading is a heading of the reference; the first is the page's own.
var heading = regexp.MustCompile(`(?m)^##? (.*)$`)

// link is one to another page, of which a manual page keeps the text.
var link = regexp.MustCompile(`\[([^\]]+)\]\([^)]+\)`)

// manualPage lays a page out as manual pages are: the title becomes the header, what
// follows it the NAME, and headings are in capitals.
func manualPage(name string, markdown []byte, v version) []byte {
	markdown = link.ReplaceAll(markdown, []byte("$1"))
	first := true
	markdown = heading.ReplaceAllFunc(markdown, func(line []byte) []byte {
		if first {
			first = false
			return []byte("# NAME\n\n" + name + " - ")
		}
		return append([]byte("# "), bytes.ToUpper(bytes.TrimLeft(line, "# "))...)
	})
	markdown = bytes.Replace(markdown, []byte(" - \n\n"), []byte(" - "), 1)
	markdown = regexp.MustCompile(`(?m)\A<!--.*-->\n+`).ReplaceAll(markdown, nil)
	head := fmt.Sprintf("%% %q \"1\" %q \"coldcut %s\" \"User Commands\"\n\n", strings.ToUpper(name), v.time.Format("January 2006"), v.plain())
	return md2man.Render(append([]byte(head), markdown...))
}
