package boto

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the index
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
)

//go:embed index.json.gz
var embedded []byte

// Embedded is the embedded index: names only, for sources that come without a
// botocore. It is safe for concurrent use.
type Embedded struct {
	file     indexFile
	rules    naming
	services cache
}

var _ Catalog = (*Embedded)(nil)

// indexFile is the index as it is stored. Lists of names are single strings
// with a blank between two names: that is smaller, and quicker to decode.
type indexFile struct {
	Botocore   string                  `json:"botocore"`
	Boto3      string                  `json:"boto3"`
	Plural     int                     `json:"plural"`
	Exceptions map[string]string       `json:"exceptions"`
	Aliases    map[string]string       `json:"aliases"`
	Services   map[string]indexService `json:"services"`
}

type indexService struct {
	// Operations; those with a paginator have a "*" behind their name, and those
	// that find endpoints a "!" behind that.
	Operations string `json:"o"`
	// Waiters as NAME=OPERATION.
	Waiters string `json:"w,omitempty"`
	// Names are those of the resources, as NAME=OPERATION,OPERATION.
	Names string `json:"n,omitempty"`
	Load  string `json:"l,omitempty"`
}

// Index returns the embedded index. It is read when first asked for.
func Index() *Embedded { return index() }

var index = sync.OnceValue(func() *Embedded {
	c, err := readIndex(embedded)
	if err != nil {
		panic("boto: the embedded index is broken: " + err.Error())
	}
	return c
})

func readIndex(data []byte) (*Embedded, error) {
	data, err := unzip(data)
	if err != nil {
		return nil, err
	}
	c := &Embedded{}
	if err := json.Unmarshal(data, &c.file); err != nil {
		return nil, err
	}
	c.rules = naming{exceptions: c.file.Exceptions, plural: c.file.Plural}
	return c, nil
}

func (c *Embedded) naming() *naming { return &c.rules }

// Version is the version of the botocore that the index was made from.
func (c *Embedded) Version() string { return c.file.Botocore }

// Boto3 is the version of the boto3 that came with it.
func (c *Embedded) Boto3() string { return c.file.Boto3 }

// Services implements [Catalog].
func (c *Embedded) Services() []string { return slices.Sorted(maps.Keys(c.file.Services)) }

// Alias implements [Catalog].
func (c *Embedded) Alias(name string) (string, bool) {
	service, ok := c.file.Aliases[name]
	return service, ok
}

// Source implements [Catalog].
func (c *Embedded) Source() string { return "embedded index of botocore " + c.file.Botocore }

// Service implements [Catalog].
func (c *Embedded) Service(name string) (*Service, error) {
	if _, ok := c.file.Services[name]; !ok {
		return nil, fmt.Errorf("no service %q in the %s", name, c.Source())
	}
	return c.services.get(name, c.load)
}

func (c *Embedded) load(name string) (*Service, error) {
	stored := c.file.Services[name]
	n := &names{}
	for operation := range strings.FieldsSeq(stored.Operations) {
		operation, discovers := strings.CutSuffix(operation, "!")
		operation, paginated := strings.CutSuffix(operation, "*")
		n.operations = append(n.operations, operation)
		if paginated {
			n.paginators = append(n.paginators, operation)
		}
		if discovers {
			n.discovery = append(n.discovery, operation)
		}
	}
	for waiter := range strings.FieldsSeq(stored.Waiters) {
		name, operation, _ := strings.Cut(waiter, "=")
		n.waiters = append(n.waiters, Waiter{Name: name, Operation: operation})
	}
	s := n.service(name, &c.rules)
	if stored.Names == "" {
		return s, nil
	}
	s.Resource = &Resource{Names: map[string][]string{}, Load: strings.Fields(stored.Load)}
	for item := range strings.FieldsSeq(stored.Names) {
		name, operations, _ := strings.Cut(item, "=")
		s.Resource.Names[name] = strings.Split(operations, ",")
	}
	return s, nil
}

// WriteIndex writes the index of what is installed. The same installation
// gives the same bytes.
func (in *Installation) WriteIndex(w io.Writer) error {
	if len(in.naming.partial) > 0 || in.naming.numbers {
		return fmt.Errorf("botocore %s is too old for an index", in.Botocore)
	}
	file := indexFile{
		Botocore: in.Botocore, Boto3: in.Boto3, Aliases: in.aliases,
		Plural: in.naming.plural, Exceptions: in.naming.exceptions,
		Services: map[string]indexService{},
	}
	for _, name := range in.Services() {
		s, err := in.Service(name)
		if err != nil {
			return err
		}
		file.Services[name] = store(s)
	}
	data, err := json.MarshalIndent(file, "", " ")
	if err != nil {
		return err
	}
	zipped, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := io.Copy(zipped, bytes.NewReader(data)); err != nil {
		return err
	}
	return zipped.Close()
}

func store(s *Service) indexService {
	var operations, waiters, names []string
	for _, o := range s.Operations {
		name := o.Name
		if _, ok := slices.BinarySearch(s.Paginators, o.Name); ok {
			name += "*"
		}
		if _, ok := slices.BinarySearch(s.Discovery, o.Name); ok {
			name += "!"
		}
		operations = append(operations, name)
	}
	for _, w := range s.Waiters {
		waiters = append(waiters, w.Name+"="+w.Operation)
	}
	stored := indexService{Operations: strings.Join(operations, " "), Waiters: strings.Join(waiters, " ")}
	if s.Resource != nil {
		for _, name := range slices.Sorted(maps.Keys(s.Resource.Names)) {
			names = append(names, name+"="+strings.Join(s.Resource.Names[name], ","))
		}
		stored.Names, stored.Load = strings.Join(names, " "), strings.Join(s.Resource.Load, " ")
	}
	return stored
}
