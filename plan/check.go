package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/scan"
)

// Rule names what a [Finding] found.
type Rule string

// The rules.
const (
	// ServiceNotLocked is a service that the sources use and the lock does not keep.
	ServiceNotLocked Rule = "service-not-locked"
	// OperationNotLocked is the same for an operation of a service that it keeps.
	OperationNotLocked Rule = "operation-not-locked"
	// ResourceNotLocked is a boto3 resource of a service of which the lock keeps
	// clients only.
	ResourceNotLocked Rule = "resource-not-locked"
	// UnresolvedPlace is a place that the scan cannot resolve and that nobody declared
	// when the lock was made.
	UnresolvedPlace Rule = "unresolved"
	// ServiceUnused and OperationUnused stand in the lock, and nothing uses them.
	ServiceUnused   Rule = "service-unused"
	OperationUnused Rule = "operation-unused"
	// BotoMoved is another boto3 or botocore than the lock was made for.
	BotoMoved Rule = "boto-moved"
	// PackageDiffers is a package that was not made from this lock.
	PackageDiffers Rule = "package-differs"
	// HandCut is a build script that deletes from botocore by hand.
	HandCut Rule = "hand-cut"
)

// Rules lists all rules, worst first.
var Rules = []Rule{
	ServiceNotLocked, OperationNotLocked, ResourceNotLocked, ServiceMissed, UnresolvedPlace, BotoMoved, PackageDiffers, HandCut,
	ServiceUnused, OperationUnused,
}

// RuleHelp says of each rule what to do.
var RuleHelp = map[Rule]string{
	ServiceNotLocked:   renewHelp,
	OperationNotLocked: renewHelp,
	ResourceNotLocked:  renewHelp,
	ServiceMissed:      "Keep it with --keep SERVICE, or keep = [\"SERVICE\"] under [tool.coldcut].",
	UnresolvedPlace:    "Say in the line what it can ask for, in a comment: # coldcut: keep SERVICE[:OPERATION].",
	BotoMoved:          "Renew the lock with coldcut check --fix and look at what changes.",
	PackageDiffers:     "Build the package anew from this lock's sources with coldcut slim.",
	HandCut:            "Replace the lines by coldcut slim.",
	ServiceUnused:      "Renew the lock with coldcut check --fix: the package becomes smaller.",
	OperationUnused:    "Renew the lock with coldcut check --fix: the package becomes smaller.",
}

const renewHelp = "Renew the lock with coldcut check --fix, commit it, and build the package anew."

// RuleDocs says of each rule what it finds and why that matters.
var RuleDocs = map[Rule]string{
	ServiceNotLocked:   "The code uses a service that the lock does not keep: in a package made from this lock a client of it raises UnknownServiceError.",
	OperationNotLocked: "The code may call an operation that the lock does not keep: in a package made from this lock the client has no such method.",
	ResourceNotLocked:  "The code may make a boto3 resource of a service of which the lock keeps clients only: it raises ResourceNotExistsError.",
	ServiceMissed:      "The log of a running package says that it asked for a service that it had lost.",
	UnresolvedPlace:    "The scan cannot tell which service is used here, and nobody said so when the lock was made.",
	ServiceUnused:      "The lock keeps a service that nothing uses any more.",
	OperationUnused:    "The lock keeps an operation that nothing uses any more.",
	BotoMoved:          "boto3 or botocore is another release than the one for which the lock was made: services and operations may be named otherwise in it.",
	PackageDiffers:     "The package was not made from this lock.",
	HandCut:            "A build script deletes from botocore's data by hand, in a way that breaks or that keeps too much.",
}

// Finding is one thing in which sources, lock and package do not agree.
type Finding struct {
	Rule      Rule   `json:"rule"`
	Service   string `json:"service"`
	Operation string `json:"operation"`
	scan.Pos
	Message string `json:"message"`
	// Fix says what to do.
	Fix string `json:"fix,omitempty"`
	// Note marks what is worth knowing and breaks nothing.
	Note bool `json:"note,omitempty"`
}

// LockFile is a lock and where it was read.
type LockFile struct {
	*Lock
	Name string
	Text []byte
}

// at is the line in which text stands first.
func (l *LockFile) at(text string) scan.Pos {
	before, _, found := strings.Cut(string(l.Text), text)
	if !found {
		before = ""
	}
	return scan.Pos{File: l.Name, Line: 1 + strings.Count(before, "\n"), Column: 1}
}

// checker compares what the sources use with a lock.
type checker struct {
	lock    *LockFile
	uses    *scan.Result
	catalog boto.Catalog
	// whole is whether the scan saw the package that the lock was made of, and not
	// just a part of its sources.
	whole    bool
	files    map[string]bool
	findings []Finding
}

// Check compares what the sources use with the lock. The scan may have seen the
// whole package, or the function's own sources alone: what of the lock comes from
// files that it did not see is not called unused then. Trees are all that was scanned.
func Check(lock *LockFile, uses *scan.Result, trees []*artifact.Artifact) ([]Finding, error) {
	c := &checker{lock: lock, uses: uses, files: map[string]bool{}}
	var installed []*boto.Installation
	for _, t := range trees {
		found, err := boto.Find(t)
		if err != nil {
			return nil, err
		}
		installed = append(installed, found...)
		for _, f := range t.Files() {
			c.files[f.Path] = true
		}
	}
	c.catalog = boto.CatalogOf(installed)
	p := &planner{installed: installed}
	now := p.boto()
	c.whole = now.Botocore != ""
	c.moved(now)
	if err := c.missing(); err != nil {
		return nil, err
	}
	c.credentials()
	c.unresolved()
	c.resources()
	if err := c.unused(); err != nil {
		return nil, err
	}
	SortFindings(c.findings)
	return c.findings, nil
}

// SortFindings sorts findings as a person reads them: by place, then by rule.
func SortFindings(all []Finding) {
	slices.SortFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), a.Line-b.Line, a.Column-b.Column,
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Service, b.Service), cmp.Compare(a.Operation, b.Operation))
	})
}

func (c *checker) add(f Finding) { c.findings = append(c.findings, f) }

// moved compares the versions, where there is a boto to compare.
func (c *checker) moved(now Boto) {
	for _, m := range []struct{ name, was, is string }{
		{"boto3", c.lock.Boto.Boto3, now.Boto3}, {"botocore", c.lock.Boto.Botocore, now.Botocore},
	} {
		if m.is != "" && m.is != m.was {
			c.add(Finding{
				Rule: BotoMoved, Pos: c.lock.at(`"` + m.name + `":`),
				Message: fmt.Sprintf("the lock is of %s %s, and here is %s", m.name, cmp.Or(m.was, "none"), m.is),
				Fix:     "run coldcut check --fix, and look at what changes",
			})
		}
	}
}

// missing finds what the sources use and the lock does not keep. Operations count
// only where the package loses any.
func (c *checker) missing() error {
	for service, asked := range c.uses.Services {
		locked, ok := c.lock.Services[service]
		if !ok {
			f := c.finding(ServiceNotLocked, service, "")
			f.Message = fmt.Sprintf("%s is used, and the lock does not keep it", service)
			c.add(f)
			continue
		}
		all, err := c.allOf(service, asked)
		if err != nil {
			return err
		}
		for _, operation := range all {
			if slices.Contains(locked.Operations, operation) || slices.Contains(locked.Operations, scan.AllOperations) {
				continue
			}
			f := c.finding(OperationNotLocked, service, operation)
			f.Message = fmt.Sprintf("%s:%s may be called, and the lock does not keep it", service, operation)
			if operation == scan.AllOperations {
				f.Message = fmt.Sprintf("any operation of %s may be called, and the lock keeps only some", service)
			}
			f.Note = !slices.Contains(c.lock.Passes, ModelsPass)
			c.add(f)
		}
	}
	return nil
}

// allOf are the operations that a package must keep of a service, as the planner has
// it. What botocore calls by itself counts where that botocore was scanned: the
// embedded one is the newest, and slim asked the package's own.
func (c *checker) allOf(service string, asked []string) ([]string, error) {
	if !slices.Contains(c.catalog.Services(), service) {
		return asked, nil
	}
	if c.whole {
		return (&planner{uses: c.uses, catalog: c.catalog}).operationsOf(service)
	}
	return slices.DeleteFunc(slices.Clone(asked), func(operation string) bool { return c.byItself(service, operation) }), nil
}

// byItself reports whether nothing but botocore calls an operation.
func (c *checker) byItself(service, operation string) bool {
	other := func(u scan.Use) bool {
		return u.Service == service && u.Operation == operation && u.Via != scan.ByItself
	}
	return operation != scan.AllOperations && !slices.ContainsFunc(c.uses.Uses, other)
}

// finding fills in where something is used, best where it is certain and in the
// function's own code.
func (c *checker) finding(rule Rule, service, operation string) Finding {
	f := Finding{Rule: rule, Service: service, Operation: operation, Pos: scan.Pos{File: c.lock.Name, Line: 1, Column: 1}}
	f.Fix = fmt.Sprintf("run coldcut check --fix, commit %s and build the package anew", c.lock.Name)
	best := -1
	for _, u := range c.uses.Uses {
		if u.Service != service || operation != "" && operation != scan.AllOperations && u.Operation != operation {
			continue
		}
		if worth := worthOf(u, operation); worth > best {
			best, f.Pos = worth, u.Pos
		}
	}
	return f
}

func worthOf(u scan.Use, operation string) (worth int) {
	if u.Origin == "" {
		worth += 4
	}
	if u.Certainty == scan.Certain {
		worth += 2
	}
	if (u.Operation == "") == (operation == "") {
		worth++
	}
	return worth
}

// credentials finds services that botocore asks for credentials.
func (c *checker) credentials() {
	chain := c.lock.Credentials == Chain
	for service, at := range c.uses.Inner {
		_, locked := c.lock.Services[service]
		if locked || !chain && c.uses.Profile == nil || c.uses.Services[service] != nil {
			continue
		}
		if !chain {
			at = *c.uses.Profile
		}
		c.add(Finding{
			Rule: ServiceNotLocked, Service: service, Pos: at,
			Message: fmt.Sprintf("botocore asks %s for credentials, and the lock does not keep it", service),
			Fix:     "run coldcut check --fix, or say --credentials environment where no profile is used",
		})
	}
}

// resources finds resources of services of which only clients are kept. A place that
// cannot be told may make one of any, and is found itself.
func (c *checker) resources() {
	if slices.ContainsFunc(c.findings, func(f Finding) bool { return f.Rule == UnresolvedPlace }) {
		return
	}
	for service, locked := range c.lock.Services {
		if _, used := c.uses.Services[service]; !used || !locked.ClientsOnly || slices.Contains(c.uses.ClientsOnly, service) {
			continue
		}
		f := c.finding(ResourceNotLocked, service, "")
		f.Message = fmt.Sprintf("a boto3 resource of %s may be made, and the lock keeps clients only", service)
		c.add(f)
	}
}

// unresolved finds places that the lock does not know as settled.
func (c *checker) unresolved() {
	for _, u := range c.uses.Unresolved {
		place := settled([]scan.Unresolved{u})[0]
		if slices.Contains(c.lock.Settled, place) {
			continue
		}
		c.add(Finding{
			Rule: UnresolvedPlace, Pos: u.Pos, Message: u.Reason,
			Fix: "say in the line what it can ask for: # coldcut: keep SERVICE[:OPERATION]",
		})
	}
}

// unused finds what the lock keeps and nothing uses.
func (c *checker) unused() error {
	for service, locked := range c.lock.Services {
		if !c.judges(service, locked) {
			continue
		}
		asked, used := c.uses.Services[service]
		if !used {
			c.add(Finding{
				Rule: ServiceUnused, Service: service, Pos: c.lock.at(`"` + service + `": {`), Note: true,
				Message: fmt.Sprintf("the lock keeps %s, and nothing uses it", service), Fix: c.shrink(),
			})
			continue
		}
		all, err := c.allOf(service, asked)
		if err != nil {
			return err
		}
		c.unusedOperations(service, locked, all)
	}
	return nil
}

// shrink says how the lock loses something.
func (c *checker) shrink() string {
	if c.whole {
		return "run coldcut check --fix"
	}
	return "run coldcut check --fix on what slim is given, with boto3 in it"
}

// judges reports whether all that uses a service was scanned, so that its absence
// means something. What was declared is not judged.
func (c *checker) judges(service string, locked LockedService) bool {
	if slices.Contains(c.lock.Declared, service) || locked.Rule != "used" {
		return false
	}
	return c.whole || slices.ContainsFunc(locked.Files, func(f string) bool { return c.files[f] })
}

func (c *checker) unusedOperations(service string, locked LockedService, asked []string) {
	// Any name in a dependency may stand for an operation, so all of them must be seen.
	if slices.Contains(asked, scan.AllOperations) || !c.whole {
		return
	}
	for _, operation := range locked.Operations {
		if slices.Contains(asked, operation) {
			continue
		}
		f := Finding{
			Rule: OperationUnused, Service: service, Operation: operation, Note: true,
			Pos:     c.lock.at(`"` + service + `": {`),
			Message: fmt.Sprintf("the lock keeps %s:%s, and nothing calls it", service, operation), Fix: c.shrink(),
		}
		if operation == scan.AllOperations {
			f.Message = fmt.Sprintf("the lock keeps all of %s, and only some of it is called", service)
		}
		c.add(f)
	}
}
