package audit

import (
	"archive/zip"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/internal/tinyboto"
)

// packed writes the zip of a function with these files and the tiny boto3.
func packed(t *testing.T, files map[string]string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "function.zip")
	out, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(out)
	for _, f := range tinyboto.Zip(t).File {
		if err := z.Copy(f); err != nil {
			t.Fatal(err)
		}
	}
	for path, text := range files {
		w, err := z.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestJudgedHoldsNothing holds that what is kept of a function keeps nothing of its
// sources: a name of a service is a part of the text that it was found in.
func TestJudgedHoldsNothing(t *testing.T) {
	const functions, source = 24, 1 << 20
	prose := "\n" + strings.Repeat("# what it does, and why\n", source/24)
	const end = "\ndef handler(event, context):\n    return 1\n"
	tests := []struct {
		name, code string
		verdict    Verdict
	}{
		{"named", "import boto3\nboto3.client('s3').get_object()", Slims},
		{"declared", "import boto3, os\nboto3.client(os.environ['A'])  # coldcut: keep ec2:RunInstances", Slims},
		{"untold", "import boto3, os\ndef f(kind):\n    return boto3.client(kind)\nf(os.environ['A_LONG_NAME'])", CannotTell},
		{"missing", "import boto3\nboto3.client('never-a-service')", Unused},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			in := Input{Code: packed(t, map[string]string{"app.py": test.code + prose + end})}
			kept := make([]*Function, functions)
			judge := func(i int) {
				kept[i] = &Function{Handler: "app.handler", Runtime: "python3.13"}
				if err := Judge(t.Context(), kept[i], in); err != nil {
					t.Fatal(err)
				}
			}
			judge(0) // and all tables that are made once
			before := heap()
			for i := range kept {
				judge(i)
			}
			grown := int64(heap()) - int64(before)
			if got := kept[0].Verdict; got != test.verdict {
				t.Errorf("%s, want %s: %s", got, test.verdict, kept[0].Why)
			}
			if each := grown / functions; each > source/16 {
				t.Errorf("each function keeps %d bytes", each)
			}
			runtime.KeepAlive(kept)
		})
	}
}

// heap is what is reachable.
func heap() uint64 {
	runtime.GC()
	runtime.GC() // what the first one's finalizers let go
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
