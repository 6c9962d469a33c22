package trace

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/internal/pyc"
	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

var update = flag.Bool("update", false, "compile the hook anew")

// TestHookIsCompiled holds the bytecode of the hook to what each Python makes of its
// sources.
func TestHookIsCompiled(t *testing.T) {
	const program = "import marshal, sys\nsys.stdout.buffer.write(marshal.dumps(compile(sys.stdin.buffer.read(), sys.argv[1], 'exec', dont_inherit=True, optimize=0)))"
	parts, err := hook.ReadDir("hook")
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range languages {
		t.Run(language, func(t *testing.T) {
			python := pyruntest.Optional(t, language)
			magic, _ := pyc.Magic(language)
			for _, part := range parts {
				source, err := hook.ReadFile("hook/" + part.Name())
				if err != nil {
					t.Fatal(err)
				}
				code, _, err := python.Run(t.Context(), pyrun.Command{Args: []string{"-c", program, part.Name()}, Stdin: strings.NewReader(string(source)), Isolated: true})
				if err != nil {
					t.Fatal(err)
				}
				if code, err = pyc.Canonical(language, code); err != nil {
					t.Fatal(err)
				}
				want := pyc.Encode(magic, pyc.Unchecked, pyc.Hash(magic, source), code)
				name := "hook/compiled/" + compiledAs(part.Name(), language)
				if *update {
					if err := os.WriteFile(name, want, 0o644); err != nil {
						t.Fatal(err)
					}
				} else if got, err := compiledHook.ReadFile(name); err != nil || string(got) != string(want) {
					t.Errorf("%s is not what Python %s makes of %s: go test ./trace -run HookIsCompiled -update (%v)", name, python.Version, part.Name(), err)
				}
			}
		})
	}
}

// TestHookCompiled traces without the sources: what is unpacked for a Python is what that
// Python takes.
func TestHookCompiled(t *testing.T) {
	for _, language := range languages {
		t.Run(language, func(t *testing.T) {
			python := pyruntest.Optional(t, language)
			dir, err := place(language)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.RemoveAll(dir) })
			sources, err := filepath.Glob(filepath.Join(dir, "*.py"))
			if err != nil || len(sources) < 3 {
				t.Fatal(sources, err)
			}
			for _, source := range sources {
				if err := os.WriteFile(source, []byte("no Python"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			library := t.TempDir()
			if err := os.Mkdir(filepath.Join(library, "botocore"), 0o755); err != nil {
				t.Fatal(err)
			}
			for name, source := range map[string]string{
				"__init__.py": "", "loaders.py": "class Loader:\n    def load_service_model(self, *args):\n        pass\n",
			} {
				if err := os.WriteFile(filepath.Join(library, "botocore", name), []byte(source), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			c := Command{Args: []string{python.Path, "-c", "from botocore.loaders import Loader; Loader().load_service_model('s3é', 'service-2')"}, Env: append(os.Environ(), "PYTHONPATH="+library)}
			if exit, err := c.run(dir); err != nil || exit != 0 {
				t.Fatal(exit, err)
			}
			seen, err := collect(filepath.Join(dir, "seen"))
			if err != nil {
				t.Fatal(err)
			}
			if _, used := seen.services["s3é"]; !used || seen.failed != "" || seen.run.Processes != 1 {
				t.Errorf("%+v, %v", seen, err)
			}
		})
	}
}

// TestLanguageOf tells a Python by names of files.
func TestLanguageOf(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	link := func(from, to string) {
		if err := os.Symlink(filepath.Join(dir, to), filepath.Join(dir, from)); err != nil {
			t.Skip("skipped: no symbolic links here: ", err)
		}
	}
	file("python3.13", "\x7fELF")
	link("python3", "python3.13")
	link("python", "python3")
	file("pytest", "#!"+filepath.Join(dir, "python")+" -P\nimport pytest\n")
	file("nose", "#!/usr/bin/env python3.13\n")
	file("shim", "#!/bin/sh\nexec python3.13\n")
	file("empty", "")
	file("bare", "#!")
	file("pythonic", "\x7fELF")
	file("nowhere", "#!/nowhere/python3.13\n")
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	for command, want := range map[string]string{
		"python3.13": "3.13", "python": "3.13", filepath.Join(dir, "python3"): "3.13", "pytest": "3.13", "nose": "3.13",
		"shim": "", "empty": "", "bare": "", "pythonic": "", "nowhere": "", "not-there-at-all": "",
	} {
		if got := languageOf(command); got != want {
			t.Errorf("%s: %q, want %q", command, got, want)
		}
	}
}
