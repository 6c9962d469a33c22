package scan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/artifact/artifacttest"
	"github.com/coldcut/coldcut/scan"
)

// repeat writes a line for each number below n.
func repeat(n int, line string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(line, "#", fmt.Sprint(i)))
	}
	return b.String()
}

// TestPathological has files that would take a scan without bounds forever, or all
// memory. Each ends soon, and says which bound it met.
func TestPathological(t *testing.T) {
	const boto = "import boto3\n"
	for _, c := range []struct {
		name, text string
		reason     string // of the one unresolved place; empty where s3 is found
	}{
		{"nested brackets", boto + "x = " + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + "\nboto3.client(x)\n", "too many nested parentheses"},
		{"attributes", boto + "x = boto3" + strings.Repeat(".a", 100000) + "\n", "too many attributes, calls or subscripts"},
		{"calls", boto + "x = boto3" + strings.Repeat(".a()", 100000) + "\n", "too many attributes, calls or subscripts"},
		{"signs", boto + "x = " + strings.Repeat("-", 100000) + "1\n", "too deeply nested"},
		{"sum", boto + "x = " + strings.Repeat("'s' + ", 100000) + "'3'\nboto3.client(x)\n", "too"},
		{"literal of 50 MB", boto + "x = '" + strings.Repeat("a", 50_000_000) + "'\nboto3.client('s3')\n", "larger than the 8 MB"},
		{"list of 50 MB", boto + "x = [" + strings.Repeat("'s3',", 10_000_000) + "]\nboto3.client(x[0])\n", "larger than the 8 MB"},
		{"large dictionary", boto + "x = {" + repeat(100_000, "'k#': 's#', ") + "}\ndef f(k):\n    boto3.client(x[k])\nf(input())\n", "more than 64 strings"},
		{"union of returns", boto + "def f(k):\n" + repeat(1000, "    if k == #: return 's#'\n") + "boto3.client(f(1))\n", "more than 64 strings"},
		{"union of operands", boto + "x = " + repeat(1000, "'s#' or ") + "'s'\nboto3.client(x)\n", "more than 64 strings"},
		{"long if chain", boto + "k = 7\nif k == 0:\n    x = 's3'\n" + repeat(5_000, "elif k == #:\n    x = 's3'\n") + "boto3.client(x)\n", ""},
		{"long if chain of values", boto + "k = 7\nif k == 0:\n    x = 's3'\n" + repeat(5_000, "elif k == #:\n    x = 's#'\n") + "boto3.client(x)\n", "more than 64 strings"},
		{"if chain without end", boto + "k = 7\nif k == 0:\n    x = 's3'\n" + repeat(50_000, "elif k == #:\n    x = 's#'\n") + "boto3.client(x)\n", "too deeply nested"},
		{"chain of names", boto + "x0 = 's3'\n" + chain(20_000, "x%d = x%d\n") + "boto3.client(x20000)\n", "too long to follow"},
		{"circle of functions", boto + chain(5_000, "def f%d(a):\n    return f%d(a)\n") + "def f0(a):\n    return f5000(a)\nboto3.client(f0('s3'))\n", "too long to follow"},
		{"deep hierarchy", boto + "class C0: pass\n" + chain(300, "class C%[1]d(C%[2]d):\n    def m%[1]d(self): return self.m%[2]d()\n") + "boto3.client(C300().m300())\n", "has no m0"},
		{"doubled string", boto + "x0 = 'x'\n" + chain(100, "x%[1]d = x%[2]d + x%[2]d\n") + "boto3.client(x100)\n", "more than 65536 bytes"},
		{"many callers", boto + "class A:\n    def __init__(self, n):\n        boto3.client(n)\n" + repeat(20_000, "A('s#')\n"), "more than 64 strings"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			artifacttest.Write(t, dir, map[string]string{"app.py": c.text})
			r := scanDir(t, dir)
			if c.reason == "" {
				if _, ok := r.Services["s3"]; !ok || len(r.Unresolved) > 0 {
					t.Errorf("services %v, unresolved %v", r.Services, r.Unresolved)
				}
				return
			}
			if len(r.Unresolved) != 1 || !strings.Contains(r.Unresolved[0].Reason, c.reason) {
				t.Errorf("%d unresolved, the first since %q; want one for %q", len(r.Unresolved), append(r.Unresolved, scan.Unresolved{})[0].Reason, c.reason)
			}
		})
	}
}

// chain writes a line for each number up to n, with the one below it.
func chain(n int, line string) string {
	var b strings.Builder
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, line, i, i-1)
	}
	return b.String()
}

// TestTangledPackages has packages whose files all lead to one another.
func TestTangledPackages(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"same names everywhere": modules(2000, func(int) string {
			return "import boto3\ndef get(name):\n    return boto3.client(name)\n"
		}),
		"mutual imports": modules(300, func(i int) string {
			next := (i + 1) % 300
			return fmt.Sprintf("import boto3\nfrom m%d import *\nfrom m%d import name\nboto3.client(name)\n", next, next)
		}),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			artifacttest.Write(t, dir, files)
			r := scanDir(t, dir)
			if len(r.Unresolved) != len(files) {
				t.Errorf("%d unresolved places in %d files", len(r.Unresolved), len(files))
			}
		})
	}
}

func modules(n int, text func(int) string) map[string]string {
	files := map[string]string{}
	for i := range n {
		files[fmt.Sprintf("m%d.py", i)] = text(i)
	}
	return files
}
