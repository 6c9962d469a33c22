package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// platforms are the tags of the wheels: what Python calls a system that the program
// runs on. A static program asks nothing of a C library, and so is right for glibc and
// for musl. How old they may be follows from what Go asks of the system
// (go.dev/wiki/MinimumRequirements): Linux 3.2, which no system of manylinux2010 has
// and each of manylinux2014 does, macOS 12, Windows 10.
var platforms = map[target][]string{
	{"linux", "amd64"}:   {"manylinux2014_x86_64", "manylinux_2_17_x86_64", "musllinux_1_1_x86_64"},
	{"linux", "arm64"}:   {"manylinux2014_aarch64", "manylinux_2_17_aarch64", "musllinux_1_1_aarch64"},
	{"darwin", "amd64"}:  {"macosx_12_0_x86_64"},
	{"darwin", "arm64"}:  {"macosx_12_0_arm64"},
	{"windows", "amd64"}: {"win_amd64"},
	{"windows", "arm64"}: {"win_arm64"},
}

// wheel makes the wheel with the program for t, and its name. Installers put what is in
// its data folder where scripts and manual pages go.
func (r *release) wheel(t target, program []byte) (name string, data []byte, err error) {
	v, err := r.version.python()
	if err != nil {
		return "", nil, err
	}
	base := "coldcut-" + v
	files := []file{{path.Join(base+".data/scripts", t.exe()), program, 0o755}}
	if t.system != "windows" {
		for _, m := range r.manual {
			files = append(files, file{path.Join(base+".data/data/share", m.name), m.data, 0o644})
		}
	}
	info := base + ".dist-info"
	files = append(files,
		file{path.Join(info, "METADATA"), r.metadata(v), 0o644},
		file{path.Join(info, "WHEEL"), wheelFile(t), 0o644},
		file{path.Join(info, "licenses/LICENSE"), r.license, 0o644},
		file{path.Join(info, "licenses", noticesName), r.notices, 0o644},
	)
	record, err := recordOf(files, path.Join(info, "RECORD"))
	if err != nil {
		return "", nil, err
	}
	data, err = zipped(append(files, record), r.version.time)
	return fmt.Sprintf("%s-py3-none-%s.whl", base, strings.Join(platforms[t], ".")), data, err
}

func wheelFile(t target) []byte {
	var b bytes.Buffer
	b.WriteString("Wheel-Version: 1.0\nGenerator: coldcut-release\nRoot-Is-Purelib: false\n")
	for _, p := range platforms[t] {
		fmt.Fprintf(&b, "Tag: py3-none-%s\n", p)
	}
	return b.Bytes()
}

// recordOf lists files with hash and size (PEP 376, PEP 427), and itself without.
func recordOf(files []file, name string) (file, error) {
	var b bytes.Buffer
	rows := csv.NewWriter(&b)
	for _, f := range files {
		sum := sha256.Sum256(f.data)
		_ = rows.Write([]string{f.name, "sha256=" + base64.RawURLEncoding.EncodeToString(sum[:]), strconv.Itoa(len(f.data))}) // Flush has its error
	}
	_ = rows.Write([]string{name, "", ""})
	rows.Flush()
	return file{name, b.Bytes(), 0o644}, rows.Error()
}

// metadata is what the index and installers show, with the README for a description.
func (r *release) metadata(v string) []byte {
	return fmt.Appendf(nil, `Metadata-Version: 2.4
Name: coldcut
Version: %s
Summary: %s
License-Expression: Apache-2.0
License-File: LICENSE
License-File: %s
Keywords: aws,lambda,boto3,botocore,cold start
Classifier: Development Status :: 4 - Beta
Classifier: Environment :: Console
Classifier: Intended Audience :: Developers
Classifier: Programming Language :: Python :: 3
Classifier: Topic :: Software Development :: Build Tools
Project-URL: Source, %s
Project-URL: Changelog, %s/blob/main/CHANGELOG.md
Requires-Python: >=3.6
Description-Content-Type: text/markdown

%s`, v, summary, noticesName, home, home, r.absolute(r.readme))
}

// relative is a link or a picture of Markdown that leads to a file of the checkout.
var relative = regexp.MustCompile(`(!?)(\[[^\]]*\])\(([A-Za-z.][^):]*)\)`)

// absolute has Markdown lead to the repository, for where its files are not beside it.
func (r *release) absolute(markdown []byte) []byte {
	ref := r.version.goForm
	if m := pseudo.FindStringSubmatch(ref); m != nil {
		ref = m[3]
	}
	return relative.ReplaceAllFunc(markdown, func(link []byte) []byte {
		m := relative.FindSubmatch(link)
		kind := "blob"
		if len(m[1]) > 0 {
			kind = "raw"
		}
		return fmt.Appendf(nil, "%s%s(%s/%s/%s/%s)", m[1], m[2], home, kind, ref, m[3])
	})
}
