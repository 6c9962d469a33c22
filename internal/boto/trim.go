package boto

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// Rewritten is a file of the data with new content and, where From differs from
// Path, a new name.
type Rewritten struct {
	From, Path string
	Data       []byte
}

// Kept is what stays of a service.
type Kept struct {
	// Operations are API names; [AllOperations] among them keeps all.
	Operations []string
	// ClientsOnly lets the shapes go that only boto3's resources read.
	ClientsOnly bool
}

// Trim returns what changes in a model folder of botocore's when only a part of the
// service stays. With the other operations go the shapes, paginators and waiters
// that no client can reach any more, and in any case documentation and white space.
func (in *Installation) Trim(service, dir string, kept Kept) ([]Rewritten, error) {
	t := &trimming{in: in, dir: dir, service: service}
	if err := t.mark(kept); err != nil {
		return nil, err
	}
	waiters, err := t.waiters()
	if err != nil {
		return nil, err
	}
	named, err := in.membersNamed()
	if err != nil {
		return nil, err
	}
	forms := []struct {
		typeName string
		form     *form
	}{
		{TypeService, serviceForm(notIn(t.operations), notIn(t.shapes), named)},
		{TypePaginators, under("pagination", &form{drops: notIn(t.operations)})},
		{TypeWaiters, under("waiters", &form{drops: waiters})},
	}
	for _, f := range forms {
		if err := t.rewrite(f.typeName, f.form); err != nil {
			return nil, err
		}
		if err := t.rewrite(f.typeName+extras, under("merge", f.form)); err != nil {
			return nil, err
		}
	}
	if err := t.rules(); err != nil {
		return nil, err
	}
	return t.out, nil
}

// trimming is one model folder on its way.
type trimming struct {
	in           *Installation
	service, dir string
	// operations and shapes are those that stay; nil keeps all.
	operations, shapes map[string]bool
	out                []Rewritten
}

// rewrite trims one model, if it is there.
func (t *trimming) rewrite(name string, f *form) error {
	file, data, err := t.in.model(path.Join(t.dir, name))
	if err != nil || file == "" {
		return err
	}
	r, err := rewrite(file, data, f)
	if r != nil {
		t.out = append(t.out, *r)
	}
	return err
}

// rewrite trims the model whose path without suffix is base; nil if nothing changes.
func (in *Installation) rewrite(base string, f *form) (*Rewritten, error) {
	file, data, err := in.model(base)
	if err != nil || file == "" {
		return nil, err
	}
	return rewrite(file, data, f)
}

func rewrite(file string, data []byte, f *form) (*Rewritten, error) {
	trimmed, err := trim(data, f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return rewritten(file, data, trimmed)
}

// rewritten is the file with another text in the better of the two forms; nil if
// nothing changes.
func rewritten(file string, data, trimmed []byte) (r *Rewritten, err error) {
	r = &Rewritten{From: file, Path: file, Data: trimmed}
	zipped := strings.HasSuffix(file, ".gz")
	switch {
	case zipped && len(trimmed) <= plainLimit:
		r.Path = strings.TrimSuffix(file, ".gz")
	case bytes.Equal(trimmed, data):
		return nil, nil
	case zipped:
		r.Data, err = zipped9(trimmed)
	}
	return r, err
}

// plainLimit is the size in bytes up to which a model that came compressed is
// written plain. The loader looks for the plain file first, and need not inflate
// it, which is an eighth of what parsing takes; above, that is not worth a file
// that is ten times as large (docs/benchmarks.md, "Plain or compressed").
const plainLimit = 96 << 10

func zipped9(data []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}

// The forms below hold documentation where the grammar of the models has it. What
// else is called so is none: a member of a shape may have that name, and a client
// cannot be made where a clientContextParam lacks it (botocore/model.py,
// ServiceModel.client_context_parameters).
var (
	documented = &form{drops: func(key string) bool { return key == "documentation" }}

	operationForm = &form{drops: documented.drops, members: map[string]*form{
		"input": documented, "output": documented, "errors": {items: documented},
	}}
	ruleForm    = &form{drops: documented.drops}
	ruleSetForm = &form{drops: documented.drops, members: map[string]*form{
		"parameters": {other: documented}, "rules": {items: ruleForm},
	}}
)

func init() { ruleForm.members = map[string]*form{"rules": {items: ruleForm}} } // rules nest

// serviceForm is the form of a service model. The named members of shapes keep
// their documentation; where named is nil, everything does.
func serviceForm(dropsOperation, dropsShape func(string) bool, named map[string]*form) *form {
	if named == nil {
		return &form{members: map[string]*form{"operations": {drops: dropsOperation}, "shapes": {drops: dropsShape}}}
	}
	shape := &form{drops: documented.drops, members: map[string]*form{
		"members": {members: named, other: documented}, "member": documented, "key": documented, "value": documented,
	}}
	return &form{drops: documented.drops, members: map[string]*form{
		"operations": {drops: dropsOperation, other: operationForm},
		"shapes":     {drops: dropsShape, other: shape},
	}}
}

// edited is where botocore's handlers change a member's documentation when a
// docstring is read; they raise KeyError where it has none (botocore/docs/utils.py,
// AutoPopulatedParam.document_auto_populated_param).
var edited = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\b(?:AutoPopulatedParam|AppendParamDocumentation|get_section|document_\w+)\(\s*['"](\w+)['"]`)
})

// membersNamed are the members whose documentation stays for that reason, each
// with the form that copies it whole; nil without sources, for then nobody can tell.
func (in *Installation) membersNamed() (map[string]*form, error) {
	source, err := in.source("botocore/handlers.py")
	if err != nil || len(source) == 0 {
		return nil, err
	}
	named := map[string]*form{}
	for _, m := range edited().FindAllSubmatch(source, -1) {
		named[string(m[1])] = nil
	}
	return named, nil
}

// under is the form of an object of which one member has the form f.
func under(key string, f *form) *form { return &form{members: map[string]*form{key: f}} }

// notIn drops what is not kept; nil keeps all.
func notIn(kept map[string]bool) func(string) bool {
	if kept == nil {
		return nil
	}
	return func(name string) bool { return !kept[name] }
}

// waiters tells which waiters go: those whose operation does.
func (t *trimming) waiters() (drops func(string) bool, err error) {
	if t.operations == nil {
		return nil, nil
	}
	all, err := t.in.readWaiters(t.dir)
	if err != nil {
		return nil, err
	}
	gone := map[string]bool{}
	for _, w := range all {
		gone[w.Name] = !t.operations[w.Operation]
	}
	return func(name string) bool { return gone[name] }, nil
}

// TrimEndpoints returns endpoints.json with the entries of the given services
// alone, in every partition; nil if nothing changes. Partitions, regions,
// variants and defaults stay: botocore looks a service up by its endpointPrefix
// (botocore/client.py, ClientEndpointBridge.resolve) and takes one that has no
// entry for one without peculiarities, so an entry matters to its service alone.
func (in *Installation) TrimEndpoints(services []string) (*Rewritten, error) {
	keys, err := in.endpointsNamed()
	if err != nil || keys == nil {
		return nil, err
	}
	for _, service := range services {
		keys[service] = true
		if err := in.endpointPrefixes(service, keys); err != nil {
			return nil, err
		}
	}
	entries := under("services", &form{drops: notIn(keys)})
	return in.rewrite(path.Join(in.DataDir(), "endpoints"), under("partitions", &form{items: entries}))
}

// endpointPrefixes adds what the service's models say.
func (in *Installation) endpointPrefixes(service string, keys map[string]bool) error {
	for _, version := range in.Versions(service) {
		err := in.readMember(path.Join(in.DataDir(), service, version), TypeService, "metadata", func(s *scanner) error {
			return s.object(func(s *scanner, key string) error {
				if key != "endpointPrefix" {
					return s.skip()
				}
				prefix, err := s.text()
				keys[prefix] = true
				return err
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// lookUps are where botocore asks for the endpoints of a service that it names
// itself. They are apart because a pattern is found fast by the text it begins with.
var lookUps = sync.OnceValue(func() []*regexp.Regexp {
	return []*regexp.Regexp{
		regexp.MustCompile(`construct_endpoint\(\s*['"]([^'"]+)['"]`),
		regexp.MustCompile(`get_available_endpoints\(\s*['"]([^'"]+)['"]`),
		regexp.MustCompile(`get_service_endpoints_data\(\s*['"]([^'"]+)['"]`),
	}
})

// endpointsNamed are the entries of endpoints.json that botocore's own sources
// name, as its S3 code does; nil without sources, for then nobody can tell.
func (in *Installation) endpointsNamed() (map[string]bool, error) {
	if source, err := in.source("botocore/client.py"); err != nil || len(source) == 0 {
		return nil, err
	}
	keys := map[string]bool{}
	err := in.eachSource(func(source []byte) {
		for _, lookUp := range lookUps() {
			for _, m := range lookUp.FindAllSubmatch(source, -1) {
				keys[string(m[1])] = true
			}
		}
	})
	return keys, err
}

// eachSource calls visit for the content of each module of botocore itself, and of
// aiobotocore, which overrides parts of it.
func (in *Installation) eachSource(visit func(source []byte)) error {
	for _, name := range []string{"botocore", "aiobotocore"} {
		for _, f := range in.artifact.Under(in.path(name)) {
			if path.Dir(f.Path) != in.path(name) || path.Ext(f.Path) != ".py" {
				continue
			}
			source, err := in.artifact.ReadFile(f.Path)
			if err != nil {
				return fmt.Errorf("read a source of boto: %w", err)
			}
			visit(source)
		}
	}
	return nil
}
