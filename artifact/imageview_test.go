package artifact

import (
	"errors"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

func forPlatform(t *testing.T, platform string, entries ...string) v1.Image {
	t.Helper()
	img := imageOf(t, v1.Config{}, gzipLayer(t, layerOf(t, entries...)))
	cf, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	cf = cf.DeepCopy()
	parts := append(strings.Split(platform, "/"), "")
	cf.OS, cf.Architecture, cf.Variant = parts[0], parts[1], parts[2]
	if img, err = mutate.ConfigFile(img, cf); err != nil {
		t.Fatal(err)
	}
	return img
}

// TestImageChoose asks for one of several platforms.
func TestImageChoose(t *testing.T) {
	python := []string{"app/main.py", "import boto3"}
	tests := []struct {
		name   string
		images map[string]bool // platforms, and whether there is Python
		ask    string
		want   string
	}{
		{"the only one", map[string]bool{"linux/amd64": false}, "", "linux/amd64"},
		{"the only one, though another is asked for", map[string]bool{"linux/amd64": true}, "linux/arm64", ""},
		{"the only one with Python", map[string]bool{"linux/amd64": false, "linux/arm64": true}, "", "linux/arm64"},
		{"two with Python", map[string]bool{"linux/amd64": true, "linux/arm64": true}, "", ""},
		{"by its name", map[string]bool{"linux/amd64": true, "linux/arm64": true}, "linux/arm64", "linux/arm64"},
		{"by its architecture", map[string]bool{"linux/amd64": true, "linux/arm64": true}, "amd64", "linux/amd64"},
		{"without its variant", map[string]bool{"linux/amd64": true, "linux/arm/v7": true}, "linux/arm", "linux/arm/v7"},
		{"one of two variants", map[string]bool{"linux/arm/v6": true, "linux/arm/v7": true}, "arm/v7", "linux/arm/v7"},
		{"two variants", map[string]bool{"linux/arm/v6": true, "linux/arm/v7": true}, "linux/arm", ""},
		{"a part of a name", map[string]bool{"linux/amd64": true, "linux/arm64": true}, "linux/arm", ""},
		{"one without Python, which is asked for", map[string]bool{"linux/amd64": false, "linux/arm64": true}, "amd64", "linux/amd64"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var images []v1.Image
			for _, platform := range sortedKeys(test.images) {
				entries := []string{"etc/hostname", platform}
				if test.images[platform] {
					entries = append(entries, python...)
				}
				images = append(images, forPlatform(t, platform, entries...))
			}
			a, err := Open(layoutOf(t, images...), Options{Platform: test.ask})
			var open *PlatformError
			switch {
			case errors.As(err, &open):
				if test.want != "" || !slices.Equal(open.Has, sortedKeys(test.images)) || open.Platform != test.ask {
					t.Errorf("%v", err)
				}
			case err != nil:
				t.Fatal(err)
			default:
				if got := a.Image().Platform; got != test.want {
					t.Errorf("%s was chosen", got)
				}
				if err := a.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// lang is where the runtime of a Python has packages.
func lang(python string) string { return "var/lang/lib/python" + python + "/site-packages" }

// TestImageLambdaPath holds which boto3 an image of Lambda's kind imports.
func TestImageLambdaPath(t *testing.T) {
	boto := func(root, version string) []string {
		return []string{
			root + "/botocore/__init__.py", version, root + "/botocore/data/endpoints.json", "{}",
			root + "/botocore-" + version + ".dist-info/METADATA", "Version: " + version,
		}
	}
	layer := "opt/python/lib/python3.13/site-packages"
	tests := []struct {
		name    string
		python  string // of the interpreter in the image
		boto    map[string]string
		roots   []string
		shadows []Shadow
	}{
		{
			"the function's comes before the runtime's", "3.13", map[string]string{"var/task": "1.40.0", lang("3.13"): "1.41.0"},
			[]string{"var/task", lang("3.13"), "var/runtime"},
			[]Shadow{{lang("3.13") + "/botocore", "var/task/botocore", "1.41.0", "1.40.0"}},
		},
		{
			"a layer's comes after the function's", "3.13", map[string]string{"var/task": "1.40.0", "opt/python": "1.39.0", layer: "1.38.0"},
			[]string{"var/task", layer, "opt/python", "var/runtime"},
			[]Shadow{{layer + "/botocore", "var/task/botocore", "1.38.0", "1.40.0"}, {"opt/python/botocore", "var/task/botocore", "1.39.0", "1.40.0"}},
		},
		{
			"that of one Python's packages before that for all", "3.13", map[string]string{"opt/python": "1.39.0", layer: "1.38.0"},
			[]string{"var/task", layer, "opt/python", "var/runtime"},
			[]Shadow{{"opt/python/botocore", layer + "/botocore", "1.39.0", "1.38.0"}},
		},
		{
			"pip installed a newer one where the runtime's own stands before it", "3.9", map[string]string{lang("3.9"): "1.40.0", "var/runtime": "1.29.90"},
			[]string{"var/task", "var/runtime", lang("3.9")},
			[]Shadow{{lang("3.9") + "/botocore", "var/runtime/botocore", "1.40.0", "1.29.90"}},
		},
		{
			"from 3.11 on the interpreter's packages come first", "3.11", map[string]string{lang("3.11"): "1.40.0", "var/runtime": "1.29.90"},
			[]string{"var/task", lang("3.11"), "var/runtime"},
			[]Shadow{{"var/runtime/botocore", lang("3.11") + "/botocore", "1.29.90", "1.40.0"}},
		},
		{
			"of a Python that is not known either may come first", "", map[string]string{lang("3.9"): "1.40.0", "var/runtime": "1.29.90"},
			[]string{"var/task", lang("3.9"), "var/runtime"}, nil,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			entries := []string{"lambda-entrypoint.sh", "#!/bin/sh", "var/runtime/bootstrap", "", "var/task/app.py", "import boto3"}
			if test.python != "" {
				entries = append(entries, "var/lang/bin/python"+test.python, "ELF")
			}
			for _, root := range sortedKeys(test.boto) {
				entries = append(entries, boto(root, test.boto[root])...)
			}
			a, err := Open(layoutOf(t, imageOf(t, v1.Config{WorkingDir: "/var/task", Cmd: []string{"app.handler"}}, gzipLayer(t, layerOf(t, entries...)))), Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = a.Close() }()
			if got := a.ImportRoots(); !slices.Equal(got, test.roots) {
				t.Errorf("imports start from %v, not from %v", got, test.roots)
			}
			if got := a.Image().Shadowed; !slices.Equal(got, test.shadows) {
				t.Errorf("shadowed are %v, not %v", got, test.shadows)
			}
			for _, s := range test.shadows {
				if _, seen := a.Lookup(s.Path + "/__init__.py"); seen {
					t.Errorf("%s is part of the package", s.Path)
				}
			}
			if got := a.Image().Handler(); got != "app.handler" {
				t.Errorf("the handler is %q", got)
			}
		})
	}
}

// TestImagePath holds the order in which a plain image is looked into.
func TestImagePath(t *testing.T) {
	site := func(dir string) []string { return []string{dir + "/x/__init__.py", ""} }
	venv, local, system := "srv/venv/lib/python3.13/site-packages", "usr/local/lib/python3.13/site-packages", "usr/lib/python3/dist-packages"
	entries := slices.Concat([]string{"app/main.py", "", "lib/jobs/run.py", "", "shared/s.py", ""}, site(system), site(local), site(venv))
	a, err := Open(layoutOf(t, imageOf(t, v1.Config{
		WorkingDir: "/app", Env: []string{"PYTHONPATH=/shared:/nothing"}, Cmd: []string{"python", "/lib/jobs/run.py"},
	}, gzipLayer(t, layerOf(t, entries...)))), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	if got, want := a.ImportRoots(), []string{"lib/jobs", "app", "shared", venv, local, system}; !slices.Equal(got, want) {
		t.Errorf("imports start from %v, not from %v", got, want)
	}
}

// TestImageForeign holds which packages of the system's Python are none of the program's:
// only where nothing that imports boto3 could import them.
func TestImageForeign(t *testing.T) {
	const debian, yum, other = "usr/lib/python3/dist-packages", "usr/lib/python2.7/site-packages", "usr/lib64/python3.9/site-packages"
	boto := func(root string) []string {
		return []string{root + "/botocore/__init__.py", "", root + "/botocore/data/endpoints.json", "{}"}
	}
	tool := func(root string) []string { return []string{root + "/tool/__init__.py", "print 'Python 2'"} }
	plain := append(boto("usr/local/lib/python3.13/site-packages"), "usr/local/bin/python3.13", "ELF", "usr/local/bin/python3", "-> python3.13")
	venv := func(config string) []string {
		return append(boto("srv/venv/lib/python3.13/site-packages"), "srv/venv/pyvenv.cfg", config, "usr/bin/python3.13", "ELF")
	}
	lambda := []string{"lambda-entrypoint.sh", "", "var/lang/bin/python3.9", "ELF"}
	tests := []struct {
		name    string
		entries []string
		config  v1.Config
		foreign []string
	}{
		{"Debian's, beside one that was built", slices.Concat(plain, tool(debian)), v1.Config{}, []string{debian}},
		{"Debian's, on PYTHONPATH", slices.Concat(plain, tool(debian)), v1.Config{Env: []string{"PYTHONPATH=/" + debian}}, nil},
		{"Debian's, which has a boto3 too", slices.Concat(plain, boto(debian), tool(debian)), v1.Config{}, nil},
		{"Debian's, and boto3 is in a folder that any Python may import from", slices.Concat(plain, boto("app/vendor"), tool(debian)), v1.Config{}, nil},
		{"Debian's, and only it has boto3", slices.Concat(boto(debian), tool(debian)), v1.Config{}, nil},
		{"packages without an interpreter beside them", slices.Concat(boto("usr/local/lib/python3.13/site-packages"), tool(debian)), v1.Config{}, nil},
		{"a .pth file that leads to them", slices.Concat(plain, []string{"usr/local/lib/python3.13/site-packages/more.pth", "/usr/lib/python3/dist-packages\n"}, tool(debian)), v1.Config{}, nil},
		{"a .pth file that leads elsewhere", slices.Concat(plain, []string{"usr/local/lib/python3.13/site-packages/more.pth", "/usr/src/app\nimport os\n"}, tool(debian)), v1.Config{}, []string{debian}},
		{"a .pth file that is a link", slices.Concat(plain, []string{"usr/local/lib/python3.13/site-packages/more.pth", "-> /srv/more.pth"}, tool(debian)), v1.Config{}, nil},
		{"a virtual environment that is sealed", append(venv("home = /usr/bin\nInclude-System-Site-Packages = False\n"), tool(debian)...), v1.Config{}, []string{debian}},
		{"a virtual environment that sees them", append(venv("include-system-site-packages = true\n"), tool(debian)...), v1.Config{}, nil},
		{"a virtual environment that does not say", append(venv("home = /usr/bin\n"), tool(debian)...), v1.Config{}, nil},
		{"yum's in Lambda's base image", slices.Concat(lambda, boto("var/task"), tool(yum)), v1.Config{}, []string{yum}},
		{"yum's in Lambda's base image, and its own boto3", slices.Concat(lambda, boto(lang("3.9")), tool(yum)), v1.Config{}, []string{yum}},
		{"another version than the program's", slices.Concat(plain, tool(other)), v1.Config{}, []string{other}},
		{"the same version as the program's, which looks into /usr/local too", slices.Concat(boto("usr/local/lib/python3.9/site-packages"), []string{"usr/local/bin/python3.9", "ELF"}, tool(other)), v1.Config{}, nil},
		{"no boto3 at all", tool(debian), v1.Config{}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a, err := Open(layoutOf(t, imageOf(t, test.config, gzipLayer(t, layerOf(t, test.entries...)))), Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = a.Close() }()
			if got := a.Image().Foreign; !slices.Equal(got, test.foreign) {
				t.Errorf("foreign are %v, not %v", got, test.foreign)
			}
			for _, root := range []string{debian, yum, other} {
				_, there := a.Lookup(root + "/tool/__init__.py")
				if want := slices.Contains(test.entries, root+"/tool/__init__.py") && !slices.Contains(test.foreign, root); there != want {
					t.Errorf("%s is in the package: %v", root, there)
				}
			}
		})
	}
}
