package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/coldcut/coldcut/internal/importtime"
	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/python"
)

// started is what some starts of a function told.
type started struct {
	trees [][][]*importtime.Module // by package and run
	files map[string]string        // of the modules of the first package
}

// The lines between which the function is imported, and those that tell of files.
const (
	beginMark = "coldcut: begin"
	endMark   = "coldcut: end"
	fileMark  = "coldcut: file\t"
	tookMark  = "coldcut: took\t"
)

// offProgram is how both programs begin. Code that runs at import runs here as well, so
// the network is off, by an audit hook, where there are any (3.8): that imports nothing.
const offProgram = `import sys
def _off(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        raise OSError("there is no network while imports are timed")
if hasattr(sys, "addaudithook"):
    sys.addaudithook(_off)
_at = sys.argv.index("--")
_names, sys.path[:0] = sys.argv[_at + 1:], sys.argv[1:_at]
del sys.argv[1:]
`

// importProgram imports modules as Lambda does, from the folders before "--".
const importProgram = offProgram + `sys.stderr.write("\n` + beginMark + `\n")
for _name in _names:
    __import__(_name)
sys.stderr.write("\n` + endMark + `\n")
for _name, _module in list(sys.modules.items()):
    _file = getattr(_module, "__file__", None)
    if isinstance(_file, str):
        sys.stderr.write("` + fileMark + `" + _name + "\t" + _file + "\n")
`

// tookProgram imports them and tells the CPU time that it took.
const tookProgram = offProgram + `import time
_began = time.process_time()
for _name in _names:
    __import__(_name)
_took = 1e3 * (time.process_time() - _began)
sys.stderr.write("\n` + tookMark + `%r\n" % _took)
`

// start starts the function in each folder in turns. The first start of each, which
// fills the page cache, does not count.
func (s *starting) start(ctx context.Context, p *pyrun.Interpreter, folders []string, progress func(done, total int)) (*started, error) {
	out := &started{trees: make([][][]*importtime.Module, len(folders))}
	for run := range s.runs + 1 {
		for i, folder := range folders {
			modules, files, err := s.once(ctx, p, folder)
			if err != nil {
				return nil, notStarted(err)
			}
			if run > 0 {
				out.trees[i] = append(out.trees[i], modules)
			}
			if i == 0 {
				out.files = files
			}
		}
		if progress != nil {
			progress(run+1, s.runs+1)
		}
	}
	return out, nil
}

// interpreter is the Python that was asked for, or the newest that the function can
// be imported in.
func (s *starting) interpreter(ctx context.Context, folder string) (*pyrun.Interpreter, error) {
	if s.python != "" {
		return pyrun.Find(ctx, s.python)
	}
	var first error
	for _, p := range pyrun.All(ctx) {
		if major, minor := p.Minor(); major == 3 && minor < 7 {
			continue // it has no -X importtime
		}
		_, _, err := s.once(ctx, p, folder)
		if err == nil {
			return p, nil
		}
		if first == nil {
			first = err
		}
	}
	if first != nil {
		return nil, notStarted(first)
	}
	return pyrun.Find(ctx, "") // whose error says where it looked
}

// once starts the function once, with little of an environment, as Lambda has it.
func (s *starting) once(ctx context.Context, p *pyrun.Interpreter, folder string) ([]*importtime.Module, map[string]string, error) {
	stderr, err := s.begin(ctx, p, folder, "-X", "importtime", "-c", importProgram)
	if err != nil {
		return nil, nil, err
	}
	_, report, begun := bytes.Cut(stderr, []byte("\n"+beginMark+"\n"))
	report, rest, ended := bytes.Cut(report, []byte("\n"+endMark+"\n"))
	if !begun || !ended {
		return nil, nil, fmt.Errorf("python %s ended before the function was imported", p.Version)
	}
	modules, err := importtime.Parse(bytes.NewReader(report))
	return modules, filesIn(rest), err
}

// path are the folders to import from, of a package that lies in a folder.
func (s *starting) path(folder string) []string {
	if s.fat.Image() != nil {
		var all []string
		for _, root := range s.fat.ImportRoots() {
			all = append(all, filepath.Join(folder, filepath.FromSlash(root)))
		}
		return all
	}
	if info, err := os.Stat(filepath.Join(folder, "python")); err == nil && info.IsDir() {
		return []string{folder, filepath.Join(folder, "python")} // a layer
	}
	return []string{folder}
}

// took starts the function once and returns the CPU time that it takes to import, in
// milliseconds.
func (s *starting) took(ctx context.Context, p *pyrun.Interpreter, folder string) (float64, error) {
	stderr, err := s.begin(ctx, p, folder, "-c", tookProgram)
	if err != nil {
		return 0, err
	}
	_, told, found := bytes.Cut(stderr, []byte("\n"+tookMark))
	line, _, ended := bytes.Cut(told, []byte("\n"))
	if !found || !ended {
		return 0, fmt.Errorf("python %s ended before the function was imported", p.Version)
	}
	return strconv.ParseFloat(string(line), 64)
}

// begin runs a program that imports the function's modules, and returns its stderr.
func (s *starting) begin(ctx context.Context, p *pyrun.Interpreter, folder string, program ...string) ([]byte, error) {
	args := slices.Concat(program, s.path(folder), absolute(s.sources), []string{"--"}, s.entries)
	_, stderr, err := p.Run(ctx, pyrun.Command{
		Args: args, Dir: s.scratch, Isolated: true, NoSite: true, Bare: true,
		Env: append([]string{
			"AWS_ACCESS_KEY_ID=example", "AWS_SECRET_ACCESS_KEY=example", "AWS_SESSION_TOKEN=example",
			"AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1", "HOME=" + s.scratch,
		}, s.env...),
	})
	return stderr, err
}

// filesIn reads which file each module came from.
func filesIn(text []byte) map[string]string {
	files := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if told, ok := strings.CutPrefix(strings.TrimRight(line, "\r\n"), fileMark); ok {
			name, file, _ := strings.Cut(told, "\t")
			files[name] = file
		}
	}
	return files
}

// importLine is the first line of a source that imports the module or something in
// it, 0 if there is none.
func importLine(source []byte, module string) int {
	file, err := python.Parse(source)
	if err != nil {
		return 0
	}
	line := 0
	python.InspectAll(file.Body, func(n python.Node) bool {
		if line == 0 && importsModule(n, module) {
			line, _ = file.Position(n.Bounds().Start)
		}
		return line == 0
	})
	return line
}

func importsModule(n python.Node, module string) bool {
	is := func(name string) bool { return name == module || strings.HasPrefix(name, module+".") }
	switch n := n.(type) {
	case *python.Import:
		for _, a := range n.Names {
			if is(a.Name) {
				return true
			}
		}
	case *python.ImportFrom:
		if n.Level > 0 {
			return strings.HasSuffix(module, "."+n.Module)
		}
		for _, a := range n.Names {
			if is(n.Module) || is(n.Module+"."+a.Name) {
				return true
			}
		}
	}
	return false
}
