package python

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// corpus is the library of the newest interpreter at hand, as far as it parses.
func corpus(b *testing.B) (i interpreter, files []string, sources [][]byte, size int64) {
	all := interpreters(b)
	i = all[len(all)-1]
	for _, path := range i.files(b) {
		src, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Parse(src); err == nil {
			files, sources, size = append(files, path), append(sources, src), size+int64(len(src))
		}
	}
	return i, files, sources, size
}

// BenchmarkParse reports how fast the library of the newest CPython at hand is
// parsed. Compare it with BenchmarkAstParse.
func BenchmarkParse(b *testing.B) {
	_, _, sources, size := corpus(b)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		for _, src := range sources {
			if _, err := Parse(src); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkAstParse does with ast.parse what BenchmarkParse does. The files are
// read, and the interpreter started, outside of what is timed.
func BenchmarkAstParse(b *testing.B) {
	i, files, _, size := corpus(b)
	b.SetBytes(size)
	command := exec.Command(i.path, "-W", "ignore", "-c", astParse)
	command.Stderr = os.Stderr
	stdin, err := command.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	round := func(line string) {
		if _, err := stdin.Write([]byte(line + "\n")); err != nil {
			b.Fatal(err)
		}
		if _, err := stdout.Read(make([]byte, 1)); err != nil {
			b.Fatal(err)
		}
	}
	round(strings.Join(files, "\x00"))
	for b.Loop() {
		round("again")
	}
	_ = stdin.Close()
	_ = command.Wait()
}

// astParse reads the files it is told of, then parses all of them once for each
// further line it is given.
const astParse = `
import ast, sys
sources = [open(path, "rb").read() for path in sys.stdin.readline().rstrip("\n").split("\0")]
print(end=".", flush=True)
for line in sys.stdin:
    for source in sources:
        ast.parse(source)
    print(end=".", flush=True)
`
