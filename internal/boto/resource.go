package boto

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
)

// Resource is what boto3 builds on a service: the service resource and
// everything that can be reached from it. Which sub-resource has a name is not
// told apart, since a program passes resources around without saying their type.
type Resource struct {
	// Names maps an attribute or method to the operations that it calls:
	// actions, batch actions, collections, waiters, load and reload.
	Names map[string][]string
	// Load are the operations that reading any plain attribute or reference
	// may call, for a resource that is not yet loaded loads itself then
	// (boto3/resources/factory.py, _create_autoload_property).
	Load []string
}

// resourceFile is resources-1.json as far as it names operations
// (boto3/resources/model.py).
type resourceFile struct {
	Service   resourceModel            `json:"service"`
	Resources map[string]resourceModel `json:"resources"`
}

type resourceModel struct {
	Identifiers  []struct{ Name string }   `json:"identifiers"`
	Load         *resourceAction           `json:"load"`
	Actions      map[string]resourceAction `json:"actions"`
	BatchActions map[string]resourceAction `json:"batchActions"`
	HasMany      map[string]resourceAction `json:"hasMany"`
	Has          map[string]struct {
		Resource struct {
			Identifiers []struct{ Source string } `json:"identifiers"`
		} `json:"resource"`
	} `json:"has"`
	Waiters map[string]struct {
		Name string `json:"waiterName"`
	} `json:"waiters"`
}

type resourceAction struct {
	Request struct {
		Operation string `json:"operation"`
	} `json:"request"`
}

// readResource reads boto3's resource models for s, all versions of them.
// A botocore without a boto3 may still be run by one, from another layer or
// from the runtime itself; then the index says what that one does.
func (in *Installation) readResource(s *Service) (*Resource, error) {
	if in.Boto3 == "" {
		if known, err := Index().Service(s.Name); err == nil {
			return known.Resource, nil
		}
		return nil, nil
	}
	b := builder{service: s, naming: in.naming, names: map[string][]string{}}
	found := false
	for _, version := range in.ResourceVersions(s.Name) {
		file, data, err := in.model(path.Join(in.Boto3DataDir(), s.Name, version, TypeResources))
		if err != nil {
			return nil, err
		}
		if file == "" {
			continue
		}
		var model resourceFile
		if err := json.Unmarshal(data, &model); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		found = true
		b.add(model.Service)
		for _, resource := range model.Resources {
			b.add(resource)
		}
	}
	if !found {
		return nil, nil
	}
	return b.resource(), nil
}

// builder collects the names of all resources of a service.
type builder struct {
	service *Service
	naming  *naming
	names   map[string][]string
	load    []string
}

func (b *builder) resource() *Resource {
	for name, operations := range b.names {
		b.names[name] = unique(operations)
	}
	return &Resource{Names: b.names, Load: unique(b.load)}
}

// add follows ResourceModel.load_rename_map of boto3/resources/model.py: the
// first category to take a name keeps it, later ones get a suffix. Plain
// attributes come last there, so they rename nothing that is listed here.
func (b *builder) add(m resourceModel) {
	taken := map[string]bool{"meta": true}
	take := func(name, category string) string {
		if taken[name] {
			name += "_" + category
		}
		taken[name] = true
		return name
	}
	if m.Load != nil {
		taken["load"] = true
		b.name("load", m.Load.Request.Operation)
		b.name("reload", m.Load.Request.Operation)
		b.load = append(b.load, m.Load.Request.Operation)
	}
	for _, identifier := range m.Identifiers {
		take(b.naming.method(identifier.Name), "identifier")
	}
	for _, name := range slices.Sorted(maps.Keys(m.Actions)) {
		b.name(take(b.naming.method(name), "action"), m.Actions[name].Request.Operation)
	}
	b.has(m, take)
	for _, name := range slices.Sorted(maps.Keys(m.HasMany)) {
		b.name(take(b.naming.method(name), "collection"), m.HasMany[name].Request.Operation)
	}
	for _, name := range slices.Sorted(maps.Keys(m.Waiters)) {
		method := take(b.naming.method("WaitUntil"+name), "waiter")
		b.name(method, b.waiter(m.Waiters[name].Name)...)
	}
	// Batch actions are methods of collections and never renamed.
	for name, action := range m.BatchActions {
		b.name(b.naming.method(name), action.Request.Operation)
	}
}

// has takes the names of sub-resources, which stay in camel case, and of
// references. Neither calls an operation but for [Resource.Load].
func (b *builder) has(m resourceModel, take func(name, category string) string) {
	for _, name := range slices.Sorted(maps.Keys(m.Has)) {
		category := "subresource"
		for _, identifier := range m.Has[name].Resource.Identifiers {
			if identifier.Source == "data" {
				name, category = b.naming.method(name), "reference"
				break
			}
		}
		take(name, category)
	}
}

func (b *builder) name(name string, operations ...string) {
	for _, operation := range operations {
		if operation != "" {
			b.names[name] = append(b.names[name], operation)
		}
	}
}

// waiter returns the operations of a waiter of the service.
func (b *builder) waiter(name string) []string {
	var operations []string
	for _, w := range b.service.Waiters {
		if w.Name == name {
			operations = append(operations, w.Operation)
		}
	}
	return operations
}
