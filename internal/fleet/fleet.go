// Package fleet makes accounts for tests and benchmarks: any number of functions, of
// twenty kinds, in a local Lambda. What an audit has to find in each kind stands beside
// it.
package fleet

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Kind is one way to write and to deploy a function.
type Kind struct {
	Name string
	// Files are the function's own, by path; Handler is app.handler if empty.
	Files   map[string]string
	Handler string
	Env     map[string]string
	// Boto says that the package holds a boto3. Layers are names of [Layers].
	Boto   bool
	Layers []string
	// Verdict is what an audit says of it, Services what a cut keeps or the scan found,
	// and Note a part of one of its notes.
	Verdict  string
	Services string
	Note     string
}

// app is a handler after some lines.
func app(lines ...string) map[string]string {
	return map[string]string{"app.py": "import boto3\n" + strings.Join(lines, "\n") + "\ndef handler(event, context):\n    return 1\n"}
}

const (
	s3       = `boto3.client("s3").get_object(Bucket="b", Key="k")`
	table    = `boto3.resource("dynamodb").Table("t").get_item(Key={})`
	dynamodb = `boto3.client("dynamodb").get_item(TableName="t", Key={})`
	ec2      = `boto3.client("ec2").run_instances()`
)

// Kinds are the twenty kinds. The caller must not change them.
var Kinds = sync.OnceValue(func() []Kind {
	return []Kind{
		{Name: "s3", Boto: true, Files: app(s3), Verdict: "slims", Services: "s3"},
		{Name: "table", Boto: true, Files: app(dynamodb, s3), Verdict: "slims", Services: "dynamodb s3"},
		{Name: "both", Boto: true, Files: app(s3, ec2), Verdict: "slims", Services: "ec2 s3"},
		{Name: "event", Boto: true, Files: map[string]string{"app.py": "import boto3\ndef handler(event, context):\n    return boto3.client(event['kind'])\n"}, Verdict: "cannot-tell"},
		{Name: "unused", Boto: true, Files: map[string]string{"app.py": "def handler(event, context):\n    return 1\n"}, Verdict: "unused"},
		{
			Name: "declared", Boto: true, Verdict: "slims", Services: "dynamodb",
			Files: map[string]string{"app.py": "import boto3\ndef handler(event, context):\n    return boto3.client(event['kind'])  # coldcut: keep dynamodb\n"},
		},
		{Name: "folder", Boto: true, Handler: "src/app.handler", Files: map[string]string{"src/app.py": app(ec2)["app.py"]}, Verdict: "slims", Services: "ec2"},
		{
			Name: "unreached", Boto: true, Verdict: "slims", Services: "s3",
			Files: map[string]string{"app.py": app(s3)["app.py"], "tools/admin.py": "import boto3\n" + ec2 + "\n"},
		},
		{Name: "layer-s3", Layers: []string{"boto"}, Files: app(s3), Verdict: "slims", Services: "s3"},
		{Name: "layer-table", Layers: []string{"boto"}, Files: app(dynamodb), Verdict: "slims", Services: "dynamodb"},
		{
			Name: "layer-helper", Layers: []string{"boto", "helper"}, Verdict: "slims", Services: "ec2",
			Files: map[string]string{"app.py": "import helper\ndef handler(event, context):\n    return helper.start()\n"},
		},
		{Name: "layer-event", Layers: []string{"boto"}, Files: map[string]string{"app.py": "import boto3, os\nc = boto3.client(os.environ['KIND'])\ndef handler(event, context):\n    return 1\n"}, Verdict: "cannot-tell"},
		{Name: "runtime-s3", Files: app(s3), Verdict: "runtime", Services: "s3"},
		{Name: "runtime-none", Files: map[string]string{"app.py": "def handler(event, context):\n    return 1\n"}, Verdict: "runtime"},
		{
			Name: "runtime-helper", Layers: []string{"helper"}, Verdict: "runtime", Services: "ec2",
			Files: map[string]string{"app.py": "import helper\ndef handler(event, context):\n    return helper.start()\n"},
		},
		{Name: "runtime-event", Files: map[string]string{"app.py": "import boto3\ndef handler(event, context):\n    return boto3.client(event['kind'])\n"}, Verdict: "runtime"},
		{Name: "hidden", Boto: true, Layers: []string{"boto"}, Files: app(s3), Verdict: "slims", Services: "s3", Note: "is hidden by"},
		{
			Name: "wrapped", Boto: true, Handler: "wrapper.handler", Env: map[string]string{"DD_LAMBDA_HANDLER": "app.handler"}, Verdict: "slims", Services: "dynamodb",
			Files: app(dynamodb),
		},
		{
			Name: "wrapper", Boto: true, Env: map[string]string{"AWS_LAMBDA_EXEC_WRAPPER": "/opt/start"}, Verdict: "slims", Services: "ec2 s3", Note: "AWS_LAMBDA_EXEC_WRAPPER is set",
			Files: map[string]string{"app.py": app(s3)["app.py"], "tools/admin.py": "import boto3\n" + ec2 + "\n"},
		},
		{Name: "vendored", Boto: true, Files: vendored(), Verdict: "slims", Services: "dynamodb s3"},
	}
})

// vendored is a function with a library of its own.
func vendored() map[string]string {
	files := app(s3, "import lib.m0")
	for i := range 30 {
		files[fmt.Sprintf("lib/m%d.py", i)] = fmt.Sprintf("from lib import m%d\nclass C%d:\n    def run(self):\n        return [x for x in range(%d)]\n", (i+1)%30, i, i)
	}
	files["lib/__init__.py"] = ""
	files["lib/m29.py"] = "import boto3\n" + dynamodb + "\n"
	return files
}

// Layers are the layers that kinds name: one with the boto3, one with a helper.
var Layers = []string{"boto", "helper"}

// Options say what is deployed.
type Options struct {
	// URL is the endpoint, and Region the one that requests are signed for.
	URL, Region string
	// Runtimes are taken in turns: python3.13.
	Runtimes []string
	// Boto is the zip of a boto3 with what it depends on.
	Boto *zip.Reader
	// Numbered gives each function code of its own, and not only each kind.
	Numbered bool
}

// Name is the nth function's: its kind's, and its number.
func Name(n int) string { return fmt.Sprintf("%s-%04d", Kinds()[n%len(Kinds())].Name, n) }

// Deploy makes functions from number from up to number to, and the layers with the first.
func (o Options) Deploy(ctx context.Context, from, to int) error {
	arns := map[string]string{}
	for i, name := range Layers {
		arns[name] = fmt.Sprintf("arn:aws:lambda:%s:000000000000:layer:%s:1", o.Region, name)
		if from > 0 {
			continue
		}
		files := map[string]string{"python/helper.py": "import boto3\ndef start():\n    return " + ec2 + "\n"}
		in := map[string]any{"CompatibleRuntimes": o.Runtimes}
		path := "/2018-10-31/layers/" + Layers[i] + "/versions"
		if err := o.post(ctx, path, in, "Content", func(z *zip.Writer) error {
			if name == "boto" {
				return o.write(z, "python/", nil)
			}
			return o.write(z, "", files)
		}); err != nil {
			return err
		}
	}
	for n := from; n < to; n++ {
		if err := o.create(ctx, n, arns); err != nil {
			return err
		}
	}
	return nil
}

func (o Options) create(ctx context.Context, n int, arns map[string]string) error {
	k := Kinds()[n%len(Kinds())]
	env := map[string]string{"NUMBER": fmt.Sprint(n)}
	maps.Copy(env, k.Env)
	var layers []string
	for _, l := range k.Layers {
		layers = append(layers, arns[l])
	}
	in := map[string]any{
		"FunctionName": Name(n), "Runtime": o.Runtimes[n%len(o.Runtimes)], "Role": "arn:aws:iam::000000000000:role/local",
		"Handler": "app.handler", "Layers": layers, "Environment": map[string]any{"Variables": env},
	}
	if k.Handler != "" {
		in["Handler"] = k.Handler
	}
	files := maps.Clone(k.Files)
	if o.Numbered {
		files["number.py"] = fmt.Sprintf("NUMBER = %d\n", n)
	}
	return o.post(ctx, "/2015-03-31/functions", in, "Code", func(z *zip.Writer) error {
		if k.Boto {
			if err := o.write(z, "", nil); err != nil {
				return err
			}
		}
		return o.add(z, files)
	})
}

// write copies the boto3 below a folder, or writes files.
func (o Options) write(z *zip.Writer, prefix string, files map[string]string) error {
	if files != nil {
		return o.add(z, files)
	}
	for _, f := range o.Boto.File {
		in, err := f.OpenRaw()
		if err != nil {
			return err
		}
		h := f.FileHeader
		h.Name = prefix + h.Name
		out, err := z.CreateRaw(&h)
		if err != nil {
			return err
		}
		if _, err := io.Copy(out, in); err != nil {
			return err
		}
	}
	return nil
}

func (Options) add(z *zip.Writer, files map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		h := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(2025, 6, 7, 8, 9, 10, 0, time.UTC)}
		h.SetMode(0o644)
		w, err := z.CreateHeader(h)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, files[name]); err != nil {
			return err
		}
	}
	return nil
}

// post sends a request with a zip in it, which is never in memory as a whole: whoever
// measures the memory of programs that it starts must be small.
func (o Options) post(ctx context.Context, path string, in map[string]any, member string, pack func(*zip.Writer) error) error {
	head, err := json.Marshal(in)
	if err != nil {
		return err
	}
	reader, writer := io.Pipe()
	go func() {
		_, err := fmt.Fprintf(writer, `%s,"%s":{"ZipFile":"`, bytes.TrimSuffix(head, []byte("}")), member)
		if err == nil {
			encoder := base64.NewEncoder(base64.StdEncoding, writer)
			z := zip.NewWriter(encoder)
			if err = pack(z); err == nil {
				err = z.Close()
			}
			if err == nil {
				err = encoder.Close()
			}
		}
		if err == nil {
			_, err = io.WriteString(writer, `"}}`)
		}
		_ = writer.CloseWithError(err) // never fails
	}()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, o.URL+path, reader)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=local/20250101/"+o.Region+"/lambda/aws4_request, SignedHeaders=host, Signature=00")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }() // it is read below
	answer, err := io.ReadAll(io.LimitReader(response.Body, 1<<16))
	if err == nil && response.StatusCode != http.StatusCreated {
		err = fmt.Errorf("%s: %s: %s", path, response.Status, answer)
	}
	return err
}
