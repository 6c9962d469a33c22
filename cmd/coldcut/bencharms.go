package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"

	"github.com/coldcut/coldcut/artifact"
)

// openArms opens the packages. Of an image the local Lambda, which has none, takes what
// Python imports of it, and says so.
func (b *benching) openArms(args []string) ([]*artifact.Artifact, error) {
	trees, err := b.openOne(args)
	if err != nil {
		return trees, err
	}
	for i, tree := range trees {
		img := tree.Image()
		switch {
		case img == nil:
		case b.on == "aws":
			return trees, &exitError{
				exitUsage, fmt.Errorf("%s is a container image, and what is deployed here are zips", args[i]),
				"deploy it and measure the function: --function NAME; or compare the images on this machine: --on local",
			}
		default:
			b.laid = append(b.laid, fmt.Sprintf("%s is an image for %s: what Python imports of it ran as a zip, in a Python of this machine", args[i], img.Platform))
		}
	}
	return trees, nil
}

// pythonOf is the Python that all images have, if there are any and they agree.
func pythonOf(trees []*artifact.Artifact) string {
	python := ""
	for _, tree := range trees {
		img := tree.Image()
		if img == nil || img.Python() == "" || python != "" && python != img.Python() {
			return ""
		}
		python = img.Python()
	}
	return python
}

// handlerDef is what a handler at the top of a file looks like, with types or without.
var handlerDef = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^(?:async )?def (handler|lambda_handler|main)\(\s*\w+\s*(?::[^()]*?)?,\s*_?context\b`)
})

// handlersOf lists what looks like handlers in the files at the top of what is deployed;
// of an image that which its command names, if it does.
func handlersOf(tree *artifact.Artifact, packed []byte) ([]string, error) {
	if img := tree.Image(); img != nil && img.Handler() != "" {
		return []string{img.Handler()}, nil
	}
	z, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		return nil, err
	}
	var found []string
	for _, f := range z.File {
		stem, ok := strings.CutSuffix(f.Name, ".py")
		if !ok || strings.Contains(f.Name, "/") || !f.Mode().IsRegular() {
			continue
		}
		source, err := readEntry(f)
		if err != nil {
			return nil, err
		}
		for _, m := range handlerDef().FindAllSubmatch(source, -1) {
			found = append(found, stem+"."+string(m[1]))
		}
	}
	return found, nil
}

func readEntry(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(r)
	return data, errors.Join(err, r.Close())
}
