package audit

import (
	"compress/gzip"
	"errors"
	"io"
	"path"
	"strings"
	"sync"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/internal/pyc"
)

// Start is an estimate, in milliseconds, of what a cut takes from the time until a
// function has a client of each service that it may ask for. It is linear in two
// counts, by [Rates], and knows of nothing else: not of download and placement, not of
// imports that a cut defers, and not of how much CPU Lambda gives.
type Start struct {
	LowMS  float64 `json:"low_ms"`
	HighMS float64 `json:"high_ms"`
	// ModelBytes is how much less of models botocore parses, unpacked.
	ModelBytes int64 `json:"model_bytes"`
	// UncompiledBytes is how much source Python need not compile any more.
	UncompiledBytes int64 `json:"uncompiled_bytes"`
}

// observation is a figure of docs/benchmarks.md: so many milliseconds less for so many
// bytes less.
type observation struct {
	of           string
	bytes        int64
	before, less float64 // milliseconds
}

// modelsCut are the rows of the table "Clients: what cutting the models saves":
// services dropped against models cut. The bytes are those of service-2,
// endpoint-rule-set-1, endpoints.json and partitions.json that session.client reads of
// these packages, unpacked, botocore 1.44.8.
var modelsCut = []observation{
	{"ec2", 5_629_150 - 79_095, 101.6, 6.5},
	{"dynamodb", 1_950_271 - 64_528, 31.9, 6.7},
	{"s3", 3_580_968 - 160_946, 45.6, 10.9},
}

// uncompiled are the rows no-bytecode and pip of the table "Cold starts", at 1769 MB,
// and the bytes of the sources of boto3, botocore, s3transfer, jmespath, dateutil and
// urllib3 that lack bytecode in the one and have it in the other.
var uncompiled = []observation{
	{"dynamodb", familySources, 487, 169},
	{"orders", familySources, 610, 284},
}

const familySources = 306_349 + 1_454_380 + 326_377 + 58_628 + 271_736 + 434_671

// Rate is what the model takes a million bytes for.
type Rate struct {
	What string `json:"what"`
	// LowMS and HighMS are the least and the most that was measured for a million bytes.
	LowMS  float64 `json:"low_ms_per_mb"`
	HighMS float64 `json:"high_ms_per_mb"`
	Source string  `json:"source"`
}

// Rates are those of the models that are parsed, and of the sources that are compiled.
var Rates = sync.OnceValue(func() []Rate {
	return []Rate{
		rateOf("models that botocore parses", "docs/benchmarks.md, Clients", modelsCut),
		rateOf("sources of boto3, and of what it depends on, that come without bytecode", "docs/benchmarks.md, Cold starts", uncompiled),
	}
})

func rateOf(what, source string, all []observation) Rate {
	r := Rate{What: what, Source: source}
	for i, o := range all {
		rate := (o.before - o.less) / (float64(o.bytes) / 1e6)
		if i == 0 || rate < r.LowMS {
			r.LowMS = rate
		}
		r.HighMS = max(r.HighMS, rate)
	}
	return r
}

// estimate makes the estimate of two counts.
func estimate(models, sources int64) *Start {
	s := &Start{ModelBytes: max(models, 0), UncompiledBytes: sources}
	for i, bytes := range []int64{s.ModelBytes, s.UncompiledBytes} {
		s.LowMS += Rates()[i].LowMS * float64(bytes) / 1e6
		s.HighMS += Rates()[i].HighMS * float64(bytes) / 1e6
	}
	return s
}

// parsed counts the bytes that botocore parses to make a client of each service: its
// model and its endpoint rules, and once what belongs to all.
func parsed(a *artifact.Artifact, in *boto.Installation, services []string) (total int64, err error) {
	names := []string{path.Join(in.DataDir(), "endpoints"), path.Join(in.DataDir(), "partitions")}
	for _, service := range services {
		for _, kind := range []string{boto.TypeService, boto.TypeEndpoints} {
			if version := in.Newest(service, kind); version != "" {
				names = append(names, path.Join(in.DataDir(), service, version, kind))
			}
		}
	}
	for _, name := range names {
		n, err := unpacked(a, name)
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}

// unpacked is the size of a model, plain or compressed; 0 where there is none.
func unpacked(a *artifact.Artifact, name string) (int64, error) {
	if f, ok := a.Lookup(name + ".json"); ok {
		return f.Size, nil
	}
	if _, ok := a.Lookup(name + ".json.gz"); !ok {
		return 0, nil
	}
	r, err := a.Reader(name + ".json.gz")
	if err != nil {
		return 0, err
	}
	z, err := gzip.NewReader(r)
	if err != nil {
		return 0, errors.Join(err, r.Close())
	}
	n, err := io.Copy(io.Discard, z)
	return n, errors.Join(err, r.Close())
}

// starters are the folders whose sources `import boto3` and a first client load.
var starters = []string{"boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3"}

// compiled counts the sources of these in one folder of imports: all, and those without
// bytecode that this Python ("3.13") takes. Where that is not known, lacking is -1.
func compiled(a *artifact.Artifact, root, python string) (sources, lacking int, bytes int64, err error) {
	magic, known := pyc.Magic(python)
	for _, name := range starters {
		for _, f := range a.Under(path.Join(root, name)) {
			if !strings.HasSuffix(f.Path, ".py") || !f.Mode.IsRegular() {
				continue
			}
			sources++
			usable, err := hasBytecode(a, f, python, magic)
			if err != nil {
				return 0, 0, 0, err
			}
			if !usable {
				lacking++
				bytes += f.Size
			}
		}
	}
	if !known {
		return sources, -1, 0, nil
	}
	return sources, lacking, bytes, nil
}

// pycHeader is the length of what precedes the code in bytecode.
const pycHeader = 16

// hasBytecode reports whether Python takes what lies beside a source. A time counts as
// the source's if any that an unpacker may give it is it, so that the estimate is
// rather too low. A hash is taken for right.
func hasBytecode(a *artifact.Artifact, source artifact.File, python string, magic uint16) (bool, error) {
	dir, base := path.Split(source.Path)
	name := dir + "__pycache__/" + strings.TrimSuffix(base, "py") + "cpython-" + strings.ReplaceAll(python, ".", "") + ".pyc"
	if f, ok := a.Lookup(name); !ok || f.Size < pycHeader {
		return false, nil
	}
	r, err := a.Reader(name)
	if err != nil {
		return false, err
	}
	head := make([]byte, pycHeader)
	if _, err := io.ReadFull(r, head); err != nil {
		return false, errors.Join(err, r.Close())
	}
	_ = r.Close() // the rest of it is not read
	f, ok := pyc.Decode(head)
	switch {
	case !ok || f.Magic != magic:
		return false, nil
	case f.Check != pyc.ByTime:
		return true, nil
	}
	for _, t := range a.Times(source.Path) {
		if uint32(t) == f.Time && uint32(source.Size) == f.Size {
			return true, nil
		}
	}
	return false, nil
}
