package main

import (
	"errors"
	"fmt"
	"regexp"
	"runtime/debug"
	"strings"
	"time"
)

// version is what a binary is, as the Go tool recorded it, and how each world that it
// goes to writes that.
type version struct {
	// goForm is as in go.mod: "v1.2.3", "v1.2.3-rc.1", or a pseudo-version.
	goForm string
	// time is the commit's, the time of all that is made from it.
	time time.Time
}

// versionOf reads a binary's build information. What was built of changed files has no
// version: nobody could build it again.
func versionOf(info *debug.BuildInfo) (version, error) {
	v := version{goForm: info.Main.Version}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if settings["vcs.modified"] == "true" {
		return v, errors.New("files are changed or not committed: a release is made of a commit (git status)")
	}
	var err error
	if v.time, err = time.Parse(time.RFC3339, settings["vcs.time"]); err != nil {
		return v, errors.New("the Go tool found no commit: a release is made in a git checkout")
	}
	v.time = v.time.UTC()
	_, err = v.python()
	return v, err
}

// plain is the version in the names of files.
func (v version) plain() string { return strings.TrimPrefix(v.goForm, "v") }

// pseudo is the end of Go's versions of commits without a tag (go.dev/ref/mod#pseudo-versions):
// a time and the beginning of a hash, after "v0.0.0-", "v1.2.4-0." or "v1.2.3-rc.1.0.".
var pseudo = regexp.MustCompile(`^(.*?)(?:-|-0\.|\.0\.)(\d{14})-([0-9a-f]{12})$`)

// released are a version's numbers and, of one to come, its kind and number.
var released = regexp.MustCompile(`^v(\d+\.\d+\.\d+)(?:-(alpha|beta|rc)\.(\d+))?$`)

// parts takes a version apart: its numbers, the kind and number of what comes before a
// release, and the time and hash of what has no tag.
func (v version) parts() (numbers, kind, nth, when, hash string, err error) {
	tagged := v.goForm
	if m := pseudo.FindStringSubmatch(tagged); m != nil {
		tagged, when, hash = m[1], m[2], m[3]
	}
	m := released.FindStringSubmatch(tagged)
	if m == nil {
		return "", "", "", "", "", fmt.Errorf("the version %q cannot be released: tags are v1.2.3 or v1.2.3-rc.1, or alpha, or beta", v.goForm)
	}
	return m[1], m[2], m[3], when, hash, nil
}

// python is the version as PEP 440 has it: "1.2.3", "1.2.3rc1", "1.2.4.dev20260102030405+0123456789ab".
func (v version) python() (string, error) {
	numbers, kind, nth, when, hash, err := v.parts()
	if err != nil {
		return "", err
	}
	if kind != "" {
		numbers += map[string]string{"alpha": "a", "beta": "b", "rc": "rc"}[kind] + nth
	}
	if when != "" {
		numbers += ".dev" + when + "+" + hash
	}
	return numbers, nil
}

// debian is the version as dpkg has it, where "~" comes before the end: "1.2.3",
// "1.2.3~rc1", "1.2.4~git20260102030405.0123456789ab".
func (v version) debian() (string, error) {
	numbers, kind, nth, when, hash, err := v.parts()
	if err != nil {
		return "", err
	}
	if kind != "" {
		numbers += "~" + kind + nth
	}
	if when != "" {
		numbers += "~git" + when + "." + hash
	}
	return numbers, nil
}
