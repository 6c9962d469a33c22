package boto

import (
	"maps"
	"path"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
)

// Lost is what a botocore lacks of what it had before it was cut.
type Lost struct {
	// Services that have no model any more, and those of them that boto3 had
	// resources for.
	Services, Resources map[string]bool
	// Within are the losses of the services that are still there and have any.
	Within map[string]*Losses
}

// Losses is what one service lacks.
type Losses struct {
	// Operations maps an operation to the API versions that had it: what the model
	// calls itself, which a client knows, and not the name of its folder.
	Operations map[string][]string
	// Waiters maps a waiter to the operation that it calls, which is lost too.
	Waiters map[string]string
}

// NewLost returns what slim lacks of fat, two states of the botocore in one
// folder. What an earlier cut took, which may be nil, is lost as long as it is not
// there again. API versions that slim does not have count for nothing: a client
// of another version never had what was theirs alone.
func NewLost(fat, slim *Installation, earlier *Lost) (*Lost, error) {
	if earlier == nil {
		earlier = &Lost{}
	}
	left := slim.Services()
	within := make([]*Losses, len(left))
	g := errgroup.Group{}
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, service := range left {
		g.Go(func() (err error) {
			within[i], err = lossesOf(fat, slim, service, earlier.Within[service])
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	l := &Lost{Services: map[string]bool{}, Resources: map[string]bool{}, Within: map[string]*Losses{}}
	for i, service := range left {
		if len(within[i].Operations) > 0 {
			l.Within[service] = within[i]
		}
	}
	for _, service := range slices.Concat(fat.Services(), slices.Collect(maps.Keys(earlier.Services))) {
		if _, there := slices.BinarySearch(left, service); there {
			continue
		}
		l.Services[service] = true
		if fat.Newest(service, TypeResources) != "" || earlier.Resources[service] {
			l.Resources[service] = true
		}
	}
	return l, nil
}

// Empty reports whether nothing was lost.
func (l *Lost) Empty() bool { return len(l.Services) == 0 && len(l.Within) == 0 }

func lossesOf(fat, slim *Installation, service string, earlier *Losses) (*Losses, error) {
	has, err := slim.offers(service)
	if err != nil {
		return nil, err
	}
	had, err := fat.offers(service)
	if err != nil {
		return nil, err
	}
	had.add(earlier)
	lost := &Losses{map[string][]string{}, map[string]string{}}
	for _, version := range slices.Sorted(maps.Keys(has)) {
		before, now := had[version], has[version]
		if before == nil {
			continue
		}
		for operation := range before.operations {
			if !now.operations[operation] {
				lost.Operations[operation] = append(lost.Operations[operation], version)
			}
		}
		for waiter, operation := range before.waiters {
			if lost.Operations[operation] != nil {
				lost.Waiters[waiter] = operation
			}
		}
	}
	return lost, nil
}

// offers are what a service has, by API version.
type offers map[string]*offer

type offer struct {
	operations map[string]bool
	waiters    map[string]string
}

func (o offers) of(version string) *offer {
	if o[version] == nil {
		o[version] = &offer{map[string]bool{}, map[string]string{}}
	}
	return o[version]
}

// add gives back what an earlier cut took.
func (o offers) add(earlier *Losses) {
	if earlier == nil {
		return
	}
	for operation, versions := range earlier.Operations {
		for _, version := range versions {
			o.of(version).operations[operation] = true
			for waiter, calls := range earlier.Waiters {
				if calls == operation {
					o.of(version).waiters[waiter] = operation
				}
			}
		}
	}
}

func (in *Installation) offers(service string) (offers, error) {
	all := offers{}
	for _, folder := range in.Versions(service) {
		dir := path.Join(in.DataDir(), service, folder)
		version, operations, err := in.readVersionAndOperations(dir)
		if err != nil {
			return nil, err
		}
		waiters, err := in.readWaiters(dir)
		if err != nil {
			return nil, err
		}
		o := all.of(version)
		for _, name := range operations {
			o.operations[name] = true
		}
		for _, w := range waiters {
			o.waiters[w.Name] = w.Operation
		}
	}
	return all, nil
}

// readVersionAndOperations returns what a model calls its API version, "" if it
// does not, and its operations, those of its extras among them.
func (in *Installation) readVersionAndOperations(dir string) (version string, operations []string, err error) {
	metadata := func(s *scanner, key string) error {
		if key != "apiVersion" {
			return s.skip()
		}
		var err error
		version, err = s.text()
		return err
	}
	model := func(s *scanner, key string) error {
		switch key {
		case "metadata":
			return s.object(metadata)
		case "operations":
			names, err := s.keys()
			operations = append(operations, names...)
			return err
		}
		return s.skip()
	}
	if err := in.read(path.Join(dir, TypeService), model); err != nil {
		return "", nil, err
	}
	err = in.read(path.Join(dir, TypeService+extras), func(s *scanner, key string) error {
		if key == "merge" {
			return s.object(model)
		}
		return s.skip()
	})
	return version, operations, err
}
