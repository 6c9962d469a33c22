package trace

import (
	"bufio"
	"embed"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// compiledHook is the hook as bytecode of each Python that we have compiled it with: for
// Python to do so is a third of what tracing a short run costs. TestHookIsCompiled makes
// it, and holds it to the sources.
//
//go:embed hook/compiled/*.pyc
var compiledHook embed.FS

// languages are the Pythons of which there is such bytecode.
var languages = []string{"3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13"}

// compiledAs is what the bytecode of a part of the hook is called in __pycache__.
func compiledAs(part, language string) string {
	return strings.TrimSuffix(part, "py") + "cpython-" + strings.Replace(language, ".", "", 1) + ".pyc"
}

// languageOf is the language version, such as "3.13", of the Python that a command is, or
// that runs it as a script: as far as names of files tell, since to ask it takes longer
// than knowing it saves. Empty where they do not.
func languageOf(command string) string {
	path, err := exec.LookPath(command)
	if err != nil {
		return ""
	}
	if language := named(path); language != "" {
		return language
	}
	if interpreter := shebang(path); interpreter != "" {
		if path, err = exec.LookPath(interpreter); err == nil {
			return named(path)
		}
	}
	return ""
}

// named tells by the name of the file itself, such as python3.13, to which python and a
// virtual environment's link.
func named(path string) string {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return ""
	}
	language, ok := strings.CutPrefix(strings.TrimSuffix(filepath.Base(path), ".exe"), "python")
	if !ok || strings.Trim(language, "0123456789.") != "" {
		return ""
	}
	return language
}

// shebang is the program that runs a script.
func shebang(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }() // it was only read
	line, err := bufio.NewReader(io.LimitReader(f, 256)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return ""
	}
	line, ok := strings.CutPrefix(line, "#!")
	fields := strings.Fields(line)
	switch {
	case !ok || len(fields) == 0:
		return ""
	case filepath.Base(fields[0]) == "env" && len(fields) > 1:
		return fields[1]
	}
	return fields[0]
}
