package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	modzip "golang.org/x/mod/zip"

	"github.com/coldcut/coldcut/artifact/artifacttest"
	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// host is the system that the tests run on.
var host = target{runtime.GOOS, runtime.GOARCH}

// TestRelease makes a release of this checkout as it stands, tagged, for this system,
// twice and from two places, and installs what came out by every way that is here.
func TestRelease(t *testing.T) {
	if os.Getenv("COLDCUT_SLOW") == "" {
		t.Skip("skipped: takes minutes, make test-slow runs it")
	}
	if !slices.Contains(all, host) {
		t.Skipf("skipped: no release for %s", host)
	}
	dist := filepath.Join(t.TempDir(), "dist")
	first := tagged(t, "v1.2.3-rc.1")
	second := filepath.Join(t.TempDir(), "elsewhere")
	command(t, "", "git", "clone", "--quiet", first, second)
	made, again := makeRelease(t, first, dist), makeRelease(t, second, filepath.Join(t.TempDir(), "again"))
	if !slices.Equal(slices.Sorted(maps.Keys(made)), slices.Sorted(maps.Keys(again))) {
		t.Errorf("the first run made %v, the second %v", slices.Sorted(maps.Keys(made)), slices.Sorted(maps.Keys(again)))
	}
	for name := range made {
		if !bytes.Equal(made[name], again[name]) {
			t.Errorf("%s is not the same when it is made again", name)
		}
	}
	t.Run("checksums", func(t *testing.T) { checkSums(t, made) })
	t.Run("archive", func(t *testing.T) { checkArchive(t, made) })
	t.Run("materials", func(t *testing.T) { checkMaterials(t, made) })
	t.Run("debian", func(t *testing.T) { checkDebian(t, dist) })
	t.Run("wheel", func(t *testing.T) { checkWheel(t, made) })
	t.Run("pip", func(t *testing.T) { checkPip(t, dist) })
	t.Run("venv", func(t *testing.T) { checkVenv(t, dist) })
	t.Run("uv", func(t *testing.T) { checkUV(t, dist) })
	t.Run("pipx", func(t *testing.T) { checkPipx(t, dist) })
}

// tagged is a checkout of the files that git has here, with changes, as one commit.
func tagged(t *testing.T, tag string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "checkout")
	names := strings.Split(strings.TrimSuffix(command(t, "../..", "git", "ls-files", "-co", "--exclude-standard", "-z"), "\x00"), "\x00")
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join("../..", name))
		if errors.Is(err, os.ErrNotExist) {
			continue // deleted, and not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"init", "--quiet"}, {"add", "--all"},
		{"-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "--quiet", "--message", "all"}, {"tag", tag},
	} {
		command(t, dir, "git", args...)
	}
	return dir
}

// makeRelease makes one for this system, with the tools that make release installs
// where they are there, and reads it.
func makeRelease(t *testing.T, from, dist string) map[string][]byte {
	t.Helper()
	args := []string{"-from", from, "-o", dist, "-targets", host.String()}
	for name, flag := range map[string]string{"nfpm": "-nfpm", "cyclonedx-gomod": "-cyclonedx"} {
		if found := toolsHere(t, name); found != "" {
			args = append(args, flag, found)
		}
	}
	if err := run(t.Context(), args, io.Discard); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dist)
	if err != nil {
		t.Fatal(err)
	}
	made := map[string][]byte{}
	for _, e := range entries {
		if made[e.Name()], err = os.ReadFile(filepath.Join(dist, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return made
}

// toolsHere is what make release installed, or nothing.
func toolsHere(t *testing.T, name string) string {
	t.Helper()
	found, err := filepath.Glob("../../.work/tools/" + name + "-v*")
	if err != nil || len(found) == 0 {
		return ""
	}
	abs, err := filepath.Abs(found[len(found)-1])
	if err != nil {
		t.Fatal(err)
	}
	return abs
}

func command(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	var errs bytes.Buffer
	cmd.Dir, cmd.Stderr = dir, &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v: %s%s", name, strings.Join(args, " "), err, out, &errs)
	}
	return string(out)
}

// only is the one name that begins and ends so.
func only(t *testing.T, names []string, prefix, suffix string) string {
	t.Helper()
	var found []string
	for _, name := range names {
		if strings.HasPrefix(name, prefix) && strings.HasSuffix(name, suffix) {
			found = append(found, name)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d files are %s…%s among %v", len(found), prefix, suffix, names)
	}
	return found[0]
}

func checkSums(t *testing.T, made map[string][]byte) {
	listed := 1 // the list itself
	for line := range strings.Lines(string(made["checksums.txt"])) {
		sum, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		want := sha256.Sum256(made[name])
		if hex.EncodeToString(want[:]) != sum || made[name] == nil {
			t.Errorf("checksums.txt has %q", line)
		}
		listed++
	}
	if listed != len(made) {
		t.Errorf("%d of %d files are listed", listed, len(made))
	}
}

// checkArchive unpacks the archive and runs the program.
func checkArchive(t *testing.T, made map[string][]byte) {
	name := only(t, slices.Collect(maps.Keys(made)), "coldcut_1.2.3-rc.1_"+host.system, ".tar.gz")
	z, err := gzip.NewReader(bytes.NewReader(made[name]))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var names []string
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, strings.TrimPrefix(h.Name, strings.TrimSuffix(name, ".tar.gz")+"/"))
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(h.Name)), data, h.FileInfo().Mode()); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{
		"coldcut", "README.md", "LICENSE", "CHANGELOG.md", noticesName, "man/man1/coldcut.1", "man/man1/coldcut-slim.1",
		"completions/coldcut.bash", "completions/_coldcut", "completions/coldcut.fish", "completions/coldcut.ps1",
	} {
		if !slices.Contains(names, want) {
			t.Errorf("the archive has no %s among %v", want, names)
		}
	}
	if got := command(t, dir, "./coldcut", "--version"); !strings.HasPrefix(got, "coldcut v1.2.3-rc.1 (commit ") {
		t.Errorf("the program says it is %s", got)
	}
	if out, err := exec.CommandContext(t.Context(), "man", "--warnings", "--local-file", filepath.Join(dir, "coldcut-slim.1")).CombinedOutput(); err == nil {
		page := strings.Join(strings.Fields(string(out)), " ") // lines are filled with spaces
		for _, want := range []string{"coldcut-slim - write the package", "--strip-source", "EXIT CODES"} {
			if !strings.Contains(page, want) {
				t.Errorf("the manual has no %q:\n%s", want, page)
			}
		}
	}
	if got := command(t, dir, "go", "version", "-m", "coldcut"); strings.Contains(got, "md2man") || strings.Contains(got, "nfpm") {
		t.Errorf("the program contains what only the release needs:\n%s", got)
	}
}

// checkMaterials holds the bill of materials to the program's own list of modules.
func checkMaterials(t *testing.T, made map[string][]byte) {
	if toolsHere(t, "cyclonedx-gomod") == "" {
		t.Skip("skipped: make release installs cyclonedx-gomod")
	}
	var bom struct {
		Components []struct {
			Name, Version string
			Evidence      struct{ Licenses []any }
		}
	}
	if err := json.Unmarshal(made[only(t, slices.Collect(maps.Keys(made)), "coldcut_", ".cdx.json")], &bom); err != nil {
		t.Fatal(err)
	}
	licensed := map[string]bool{}
	for _, c := range bom.Components {
		licensed[c.Name+" "+c.Version] = len(c.Evidence.Licenses) > 0
	}
	for line := range strings.Lines(command(t, "../..", "go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}", "./cmd/coldcut")) {
		if line = strings.TrimSpace(line); line != "" && !licensed[line] {
			t.Errorf("%s is not in the bill of materials, or has no licence there", line)
		}
	}
}

// checkDebian reads the package with Debian's own tools, where they are here.
func checkDebian(t *testing.T, dist string) {
	found, _ := filepath.Glob(filepath.Join(dist, "coldcut_1.2.3~rc1_*.deb"))
	if toolsHere(t, "nfpm") == "" || host.system != "linux" {
		t.Skip("skipped: make release installs nfpm")
	}
	if len(found) != 1 {
		t.Fatalf("there are these packages: %v", found)
	}
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		t.Skip("skipped: ", err)
	}
	if got := command(t, "", "dpkg-deb", "--field", found[0], "Package", "Version", "Architecture"); got != "Package: coldcut\nVersion: 1.2.3~rc1\nArchitecture: "+runtime.GOARCH+"\n" {
		t.Errorf("dpkg-deb reads %s", got)
	}
	dir := t.TempDir()
	command(t, "", "dpkg-deb", "--extract", found[0], dir)
	if got := command(t, dir, "usr/bin/coldcut", "--version"); !strings.Contains(got, "v1.2.3-rc.1") {
		t.Errorf("the program says it is %s", got)
	}
	if got := command(t, "", "dpkg-deb", "--field", found[0], "Maintainer"); got != "The coldcut authors <https://github.com/coldcut/coldcut>\n" {
		t.Errorf("the maintainer is %s", got)
	}
	for _, want := range []string{
		"usr/share/man/man1/coldcut.1.gz", "usr/share/man/man1/coldcut-slim.1.gz", "usr/share/doc/coldcut/copyright",
		"usr/share/bash-completion/completions/coldcut", "usr/share/zsh/vendor-completions/_coldcut", "usr/share/fish/vendor_completions.d/coldcut.fish",
	} {
		if _, err := os.Stat(filepath.Join(dir, want)); err != nil {
			t.Error(err)
		}
	}
	if _, err := exec.LookPath("lintian"); err != nil {
		t.Skip("skipped: lintian: ", err)
	}
	out, err := exec.CommandContext(t.Context(), "lintian", "--allow-root", "--fail-on", "error,warning", found[0]).CombinedOutput()
	if err != nil {
		t.Errorf("lintian: %v:\n%s", err, out)
	}
}

// checkWheel holds RECORD to the files.
func checkWheel(t *testing.T, made map[string][]byte) {
	data := made[only(t, slices.Collect(maps.Keys(made)), "coldcut-1.2.3rc1-py3-none-", ".whl")]
	hashes, record := map[string]string{}, ""
	for name, content := range artifacttest.ReadZip(t, data) {
		sum := sha256.Sum256([]byte(content))
		hashes[name] = "sha256=" + base64.RawURLEncoding.EncodeToString(sum[:])
		if strings.HasSuffix(name, "/RECORD") {
			record, hashes[name] = content, ""
		}
	}
	rows, err := csv.NewReader(strings.NewReader(record)).ReadAll()
	if err != nil || len(rows) != len(hashes) {
		t.Fatalf("RECORD has %d rows for %d files: %v", len(rows), len(hashes), err)
	}
	for _, row := range rows {
		if got, ok := hashes[row[0]]; !ok || got != row[1] {
			t.Errorf("RECORD has %v, and the file %s", row, got)
		}
	}
}

// fromFolder has installers look into the release alone.
func fromFolder(dist string) []string {
	return []string{"PIP_NO_INDEX=1", "PIP_FIND_LINKS=" + dist, "PIP_PRE=1", "PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_ROOT_USER_ACTION=ignore"}
}

// checkPip installs with each Python here.
func checkPip(t *testing.T, dist string) {
	found := pyrun.All(t.Context())
	if len(found) == 0 {
		pyruntest.Need(t, "")
	}
	for _, p := range found {
		t.Run(p.Version, func(t *testing.T) {
			env := fromFolder(dist)
			if _, minor := p.Minor(); minor == 6 { // its pip is older than manylinux2014
				env = append(env, "PYTHONPATH="+pyruntest.Install(t, p, "pip==21.3.1"))
			}
			dir := filepath.Join(t.TempDir(), "target")
			if _, _, err := p.Run(t.Context(), pyrun.Command{Args: []string{"-m", "pip", "install", "--quiet", "--target", dir, "coldcut"}, Env: env}); err != nil {
				t.Fatal(err)
			}
			if got := command(t, dir, "bin/coldcut", "--version"); !strings.Contains(got, "v1.2.3-rc.1") {
				t.Errorf("the program says it is %s", got)
			}
			if _, err := os.Stat(filepath.Join(dir, "share/man/man1/coldcut.1")); err != nil {
				t.Error(err)
			}
		})
	}
}

// checkVenv installs, looks and uninstalls as people do, in an environment of its own.
func checkVenv(t *testing.T, dist string) {
	p := pyruntest.Need(t, "")
	dir := filepath.Join(t.TempDir(), "venv")
	if _, _, err := p.Run(t.Context(), pyrun.Command{Args: []string{"-m", "venv", dir}}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"PIP_NO_INDEX=1", "PIP_FIND_LINKS=" + dist, "PIP_PRE=1", "PIP_DISABLE_PIP_VERSION_CHECK=1"} {
		key, value, _ := strings.Cut(name, "=")
		t.Setenv(key, value)
	}
	command(t, dir, "bin/pip", "install", "--quiet", "coldcut")
	if got := command(t, dir, "bin/coldcut", "--version"); !strings.Contains(got, "v1.2.3-rc.1") {
		t.Errorf("the program says it is %s", got)
	}
	command(t, dir, "bin/pip", "check")
	if got := command(t, dir, "bin/pip", "show", "--files", "coldcut"); !strings.Contains(got, "Version: 1.2.3rc1") || !strings.Contains(got, "bin/coldcut") {
		t.Errorf("pip shows %s", got)
	}
	command(t, dir, "bin/pip", "uninstall", "--quiet", "--yes", "coldcut")
	if _, err := os.Stat(filepath.Join(dir, "bin/coldcut")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what was uninstalled is there: %v", err)
	}
}

// checkUV runs it as uvx does.
func checkUV(t *testing.T, dist string) {
	p := pyruntest.Need(t, "")
	uv := filepath.Join(pyruntest.Install(t, p, "uv"), "bin/uv")
	t.Setenv("UV_CACHE_DIR", t.TempDir())
	got := command(t, "", uv, "tool", "run", "--python", p.Path, "--no-index", "--find-links", dist, "--prerelease", "allow", "coldcut", "--version")
	if !strings.HasPrefix(got, "coldcut v1.2.3-rc.1") {
		t.Errorf("uvx runs %s", got)
	}
}

// checkPipx runs it as pipx does.
func checkPipx(t *testing.T, dist string) {
	p := pyruntest.Need(t, "")
	env := []string{"PYTHONPATH=" + pyruntest.Install(t, p, "pipx"), "PIPX_HOME=" + t.TempDir(), "PIPX_BIN_DIR=" + t.TempDir(), "PIPX_DEFAULT_BACKEND=pip"}
	wheels, err := filepath.Glob(filepath.Join(dist, "coldcut-*.whl"))
	if err != nil || len(wheels) != 1 {
		t.Fatalf("there are these wheels: %v %v", wheels, err)
	}
	out, _, err := p.Run(t.Context(), pyrun.Command{Args: []string{"-m", "pipx", "run", "--spec", wheels[0], "coldcut", "--version"}, Env: env})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(out), "coldcut v1.2.3-rc.1") {
		t.Errorf("pipx runs %s", out)
	}
}

// TestGoInstall installs the module as a proxy serves it, without a checkout.
func TestGoInstall(t *testing.T) {
	if os.Getenv("COLDCUT_SLOW") == "" {
		t.Skip("skipped: builds the program, make test-slow runs it")
	}
	const path, v = "github.com/coldcut/coldcut", "v1.2.3"
	proxy := t.TempDir()
	at := filepath.Join(proxy, path, "@v")
	if err := os.MkdirAll(at, 0o755); err != nil {
		t.Fatal(err)
	}
	checkout := tagged(t, v)
	var packed bytes.Buffer
	if err := modzip.CreateFromDir(&packed, module.Version{Path: path, Version: v}, checkout); err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(checkout, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		v + ".zip": packed.Bytes(), v + ".mod": mod, "list": []byte(v + "\n"),
		v + ".info": []byte(`{"Version": "` + v + `", "Time": "2026-01-02T03:04:05Z"}`),
	} {
		if err := os.WriteFile(filepath.Join(at, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	bin := t.TempDir()
	// A cache of modules of its own, filled from the one that is there: what a killed run
	// leaves in that one would be found by others.
	known := filepath.Join(strings.TrimSpace(command(t, "", "go", "env", "GOMODCACHE")), "cache", "download")
	for name, value := range map[string]string{
		"GOPROXY": "file://" + filepath.ToSlash(proxy) + ",file://" + filepath.ToSlash(known), "GOMODCACHE": t.TempDir(),
		"GOSUMDB": "off", "GOBIN": bin, "GOFLAGS": "-modcacherw", "GO111MODULE": "",
	} {
		t.Setenv(name, value)
	}
	command(t, t.TempDir(), "go", "install", path+"/cmd/coldcut@latest")
	if got := command(t, "", filepath.Join(bin, "coldcut"), "--version"); !strings.HasPrefix(got, "coldcut v1.2.3 (go") {
		t.Errorf("what go installs says it is %s", got)
	}
}
