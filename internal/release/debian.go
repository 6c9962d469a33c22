package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"time"
)

// maintainer is where the authors are reached: the project has no address for mail, and
// dpkg takes what stands between the brackets as it is.
const maintainer = "The coldcut authors <" + home + ">"

// overrides are what lintian is told: why it is so.
const overrides = `# Go links statically; this is so on purpose.
coldcut: statically-linked-binary
# The project is reached where its code is.
coldcut: malformed-contact
coldcut: bogus-mail-host-in-debian-changelog
`

// content is a file of nfpm's configuration.
type content struct {
	Src      string   `json:"src"`
	Dst      string   `json:"dst"`
	FileInfo fileInfo `json:"file_info"`
}

type fileInfo struct {
	Mode  uint32 `json:"mode"`
	Mtime string `json:"mtime"`
}

// debian has nfpm make the Debian package for t. Its configuration is YAML, of which
// JSON is a part.
func (r *release) debian(ctx context.Context, t target, exe string) error {
	v, err := r.version.debian()
	if err != nil {
		return err
	}
	files, err := r.debianFiles(v)
	if err != nil {
		return err
	}
	contents := []content{r.placed(exe, "/usr/bin/coldcut", 0o755)}
	for i, f := range files {
		src := filepath.Join(r.work, t.system+"_"+t.machine, "deb"+strconv.Itoa(i))
		if err := os.WriteFile(src, f.data, 0o600); err != nil {
			return err
		}
		contents = append(contents, r.placed(src, "/"+f.name, 0o644))
	}
	config, err := json.Marshal(map[string]any{
		"name": "coldcut", "arch": t.machine, "platform": "linux", "version": v, "version_schema": "none",
		"section": "devel", "priority": "optional", "maintainer": maintainer, "homepage": home,
		"description": description, "mtime": r.version.time.Format(time.RFC3339), "suggests": []string{"python3"},
		"contents": contents,
		"deb":      map[string]any{"compression": "xz"},
	})
	if err != nil {
		return err
	}
	name := fmt.Sprintf("coldcut_%s_%s.deb", v, t.machine)
	made := filepath.Join(r.work, t.system+"_"+t.machine, name)
	if err := os.WriteFile(made+".yaml", config, 0o600); err != nil {
		return err
	}
	epoch := []string{"SOURCE_DATE_EPOCH=" + strconv.FormatInt(r.version.time.Unix(), 10)}
	if _, err := r.command(ctx, epoch, r.nfpm, "package", "--packager", "deb", "--config", made+".yaml", "--target", made); err != nil {
		return err
	}
	r.made[name], err = os.ReadFile(made)
	return err
}

// description is the summary and, below it, what apt shows.
const description = `cut boto3 and botocore down to what your code uses
coldcut reads Python code and the packages that are shipped with it, finds
which AWS services and operations it uses, and writes the package without the
rest of boto3 and botocore. It proves that the slim package answers as the
whole one did, and measures cold starts before and after.`

func (r *release) placed(src, dst string, mode uint32) content {
	return content{src, dst, fileInfo{mode, r.version.time.Format(time.RFC3339)}}
}

// debianFiles are all but the program, where Debian has such files.
func (r *release) debianFiles(v string) ([]file, error) {
	const doc = "usr/share/doc/coldcut/"
	files := []file{
		{name: doc + "copyright", data: fmt.Appendf(nil, copyright, r.version.time.Year())},
		{name: doc + "README.md", data: r.absolute(r.readme)},
		{name: "usr/share/lintian/overrides/coldcut", data: []byte(overrides)},
	}
	for name, where := range map[string]string{
		"coldcut.bash": "bash-completion/completions/coldcut", "_coldcut": "zsh/vendor-completions/_coldcut",
		"coldcut.fish": "fish/vendor_completions.d/coldcut.fish",
	} {
		for _, c := range r.completions {
			if path.Base(c.name) == name {
				files = append(files, file{name: "usr/share/" + where, data: c.data})
			}
		}
	}
	packed := []file{
		{name: doc + noticesName, data: r.notices},
		{name: doc + "changelog", data: fmt.Appendf(nil, "coldcut (%s) unstable; urgency=low\n\n  * See CHANGELOG.md at %s\n\n -- %s  %s\n", v, home, maintainer, r.version.time.Format(time.RFC1123Z))},
	}
	for _, m := range r.manual {
		packed = append(packed, file{name: "usr/share/" + m.name, data: m.data})
	}
	for _, f := range packed {
		data, err := gzipped(f.data)
		if err != nil {
			return nil, err
		}
		files = append(files, file{name: f.name + ".gz", data: data})
	}
	return files, nil
}

// copyright is the machine-readable form (dep.debian.net/deps/dep5). Debian has the
// Apache licence in a file of its own.
const copyright = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: coldcut
Source: ` + home + `
Comment: The program is linked statically. The licences of what it contains are
 in ` + noticesName + `.gz beside this file.

Files: *
Copyright: %d The coldcut authors
License: Apache-2.0
 On Debian systems the text of this licence is in
 /usr/share/common-licenses/Apache-2.0.
`
