// Package plan decides what a package keeps and what it loses.
//
// Every decision names its rule and its evidence, for a person must be able to
// check it. The zero value of an [Action] is [Keep]: what no rule speaks of stays.
package plan

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/scan"
)

// Action is what happens to an item.
type Action int

// The actions. Keep is the zero value.
const (
	Keep Action = iota
	Drop
	Rewrite
)

func (a Action) String() string { return [...]string{"keep", "drop", "rewrite"}[a] }

// MarshalText spells the action out.
func (a Action) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// Kind is what an item is.
type Kind string

// The kinds.
const (
	Service Kind = "service"
	Version Kind = "version"
	Files   Kind = "files"
	// Model is the models of a service that stays, all API versions.
	Model Kind = "model"
	// Resources are boto3's resource models of a service that stays.
	Resources Kind = "resources"
)

// Item is the smallest thing that is decided upon.
type Item struct {
	Kind Kind `json:"kind"`
	// Name is "dynamodb", "ec2/2014-09-01" or a group of files like "bin".
	Name string `json:"name"`
	// Paths are the files and folders inside the artifact that make it up.
	Paths []string `json:"paths"`
}

// Decision is what happens to one item, and why.
type Decision struct {
	Item
	Action Action `json:"action"`
	// Pass is the pass of package shake that carries the decision out.
	Pass string `json:"pass"`
	// Rule names the reason in one word; Why says it to a person.
	Rule     string     `json:"rule"`
	Why      string     `json:"why"`
	Evidence []scan.Use `json:"evidence,omitempty"`
}

// The passes of this package's decisions, in the order in which they run.
const (
	ServicesPass = "services"
	VersionsPass = "versions"
	JunkPass     = "junk"
	ModelsPass   = "models"
	TunePass     = "tune"
	ImportsPass  = "imports"
	HelpPass     = "help"
	BytecodePass = "bytecode"
)

// Passes lists all passes in their order.
var Passes = []string{ServicesPass, VersionsPass, JunkPass, ModelsPass, TunePass, ImportsPass, HelpPass, BytecodePass}

// Credentials says where a program's credentials come from.
type Credentials string

const (
	// Environment means from environment variables or from the platform's own
	// endpoint, as in a Lambda function. No service is asked for them.
	Environment Credentials = "environment"
	// Chain means from anything that botocore's chain of providers knows, profiles,
	// assumed roles, SSO and web identity among them. These call sts, sso,
	// sso-oidc or signin.
	Chain Credentials = "chain"
)

// Fallback says where the package looks at run time for a service that was dropped.
type Fallback string

// RuntimeFallback is the botocore that the Lambda runtime bundles. Without a fallback
// there is an error.
const RuntimeFallback Fallback = "runtime"

// Options for [New]. The zero value drops only what nothing uses.
type Options struct {
	// Keep lists what stays whatever the scan says, SERVICE or SERVICE:OPERATION.
	// Declaring any settles the places that the scan could not resolve.
	Keep []string
	// Credentials; empty means Chain.
	Credentials Credentials
	// Only names the passes; empty means all.
	Only []string
	// NoCompiler says that no Python that runs the package is here, so that the pass
	// bytecode cannot compile what other passes change.
	NoCompiler bool
	// NoImports leaves the pass imports out, whatever Only says.
	NoImports bool
	// NoHelp leaves the pass help out, whatever Only says.
	NoHelp bool
	// Fallback says where a service that was dropped is looked for at run time.
	Fallback Fallback
	// NoBytecode leaves the pass bytecode out, whatever Only says.
	NoBytecode bool
	// Pythons are the target's minor versions ("3.12"), none where they are not known,
	// and PythonsFrom says who named them: "--python".
	Pythons     []string
	PythonsFrom string
	// StripSource ships bytecode in the place of sources. It wants one of Pythons.
	StripSource bool
	// InPlace says that the package stays where it is, with the times of its files, and
	// may be edited there later.
	InPlace bool
	// DropUnreached names distributions to drop, which no entry may reach. One that
	// cannot be dropped is an [UndroppableError].
	DropUnreached []string
}

// Boto is what is cut, and its versions. With more than one copy in the package
// the versions are joined with a plus sign.
type Boto struct {
	Boto3    string `json:"boto3"`
	Botocore string `json:"botocore"`
}

// Plan is every decision about one package. Decisions are sorted by pass, kind and name.
type Plan struct {
	Schema      int         `json:"schema"`
	Boto        Boto        `json:"boto"`
	Credentials Credentials `json:"credentials"`
	Passes      []string    `json:"passes"`
	Fallback    Fallback    `json:"fallback,omitempty"`
	// InPlace says that the files of the package keep their times, and may be edited.
	InPlace  bool                `json:"in_place,omitempty"`
	Services map[string][]string `json:"services"` // kept, with their operations
	// ClientsOnly are the services of which the program makes no resources, so that
	// what only those need goes with the models.
	ClientsOnly []string          `json:"clients_only,omitempty"`
	Declared    []string          `json:"declared,omitempty"`
	Settled     []scan.Unresolved `json:"settled,omitempty"` // unresolved places for which something is declared
	Decisions   []Decision        `json:"decisions"`
	// Used says that code which uses AWS was seen, in the package or beside it.
	Used bool `json:"used,omitempty"`
	// Lazy says that the package is for Pythons that have lazy imports, from 3.15 on, and
	// no others.
	Lazy bool `json:"lazy,omitempty"`
	// Bytecode is what the pass bytecode is to make; nil where it is left out.
	Bytecode *Bytecode `json:"bytecode,omitempty"`
	Warnings []string  `json:"warnings,omitempty"`
	// Weights are what else in the package is dead weight, or slow.
	Weights []Weight `json:"weights,omitempty"`
	// LockPath is the place of the lock inside the package, beside boto3.
	LockPath string `json:"lock_path"`
}

// Schema is the version of the plan's and the lock's form.
const Schema = 1

// RefusedError says why nothing can be cut safely.
type RefusedError struct {
	Reason     string
	Hint       string
	Unresolved []scan.Unresolved
	Boto       Boto
}

func (e *RefusedError) Error() string { return e.Reason }

// planner carries what the rules look at.
type planner struct {
	pkg       *artifact.Artifact
	uses      *scan.Result
	installed []*boto.Installation
	catalog   boto.Catalog
	opts      Options
	plan      *Plan
	// declared are the operations that stay by declaration.
	declared map[string][]string
}

// New makes the plan for a package from what its sources use. It returns a
// [RefusedError] where a cut would be a guess.
func New(pkg *artifact.Artifact, uses *scan.Result, opts Options) (*Plan, error) {
	installed, err := boto.Find(pkg)
	if err != nil {
		return nil, err
	}
	p := &planner{pkg: pkg, uses: uses, installed: installed, catalog: boto.CatalogOf(installed), opts: opts}
	if err := p.start(); err != nil {
		return nil, err
	}
	if err := p.services(); err != nil {
		return nil, err
	}
	p.versions()
	if err := p.junk(); err != nil {
		return nil, err
	}
	if err := cmp.Or(p.dropUnreached(), p.weigh()); err != nil {
		return nil, err
	}
	p.models()
	if err := p.tune(); err != nil {
		return nil, err
	}
	p.imports()
	if err := p.help(); err != nil {
		return nil, err
	}
	p.compile()
	p.plan.Decisions = slices.DeleteFunc(p.plan.Decisions, func(d Decision) bool { return !slices.Contains(p.plan.Passes, d.Pass) })
	slices.SortFunc(p.plan.Decisions, func(a, b Decision) int {
		return cmp.Or(slices.Index(Passes, a.Pass)-slices.Index(Passes, b.Pass), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	return p.plan, nil
}

// start checks that there is something to decide and that it can be decided.
func (p *planner) start() error {
	p.plan = &Plan{Schema: Schema, Boto: p.boto(), Credentials: p.opts.Credentials, Fallback: p.opts.Fallback, InPlace: p.opts.InPlace, Services: map[string][]string{}}
	if p.plan.Credentials == "" {
		p.plan.Credentials = Chain
	}
	p.plan.Used = len(p.uses.Uses)+len(p.uses.Unresolved)+len(p.uses.Settled) > 0
	if p.plan.Boto.Botocore == "" {
		return &RefusedError{
			Boto:   p.plan.Boto,
			Reason: fmt.Sprintf("%s holds no botocore, so there is nothing to cut", p.pkg.Path()),
			Hint:   "give the folder, zip or layer that is deployed, with boto3 installed in it: pip install --target PATH boto3",
		}
	}
	p.plan.LockPath = path.Join(p.installed[0].Root, LockName)
	only := p.opts.Only
	if len(only) == 0 {
		only = Passes
	}
	for _, pass := range Passes {
		left := pass == ImportsPass && p.opts.NoImports || pass == HelpPass && p.opts.NoHelp || pass == BytecodePass && p.opts.NoBytecode
		if slices.Contains(only, pass) && !left {
			p.plan.Passes = append(p.plan.Passes, pass)
		}
	}
	p.saveBytecode()
	if err := p.declare(); err != nil {
		return err
	}
	whatever := []string{JunkPass, BytecodePass} // is used, junk is junk
	if !slices.ContainsFunc(p.plan.Passes, func(pass string) bool { return !slices.Contains(whatever, pass) }) {
		return nil
	}
	return p.refuse()
}

// declare resolves the declared names. Without an operation the whole service stays.
func (p *planner) declare() error {
	p.declared = map[string][]string{}
	for _, declared := range p.opts.Keep {
		service, operation, err := boto.Resolve(p.catalog, declared)
		if err != nil {
			return err
		}
		p.plan.Declared = append(p.plan.Declared, service)
		p.declared[service] = append(p.declared[service], cmp.Or(operation, scan.AllOperations))
	}
	slices.Sort(p.plan.Declared)
	p.plan.Declared = slices.Compact(p.plan.Declared)
	return nil
}

// refuse stops where the scan cannot tell what is used.
func (p *planner) refuse() error {
	p.plan.Settled = slices.Clone(p.uses.Settled)
	if len(p.uses.Unresolved) > 0 {
		if len(p.plan.Declared) == 0 {
			return &RefusedError{
				Boto:       p.plan.Boto,
				Reason:     fmt.Sprintf("the services used at %s cannot be determined, so nothing is cut", places(len(p.uses.Unresolved))),
				Hint:       "declare what these places can ask for: a comment in the line, # coldcut: keep SERVICE[:OPERATION], or --keep SERVICE[,SERVICE] for all of them",
				Unresolved: p.uses.Unresolved,
			}
		}
		p.plan.Settled = append(p.plan.Settled, p.uses.Unresolved...)
	}
	if len(p.uses.Services) == 0 && len(p.plan.Declared) == 0 {
		return &RefusedError{
			Boto:   p.plan.Boto,
			Reason: "no use of any AWS service was found, so everything would be cut",
			Hint:   "give the code that uses this package with --sources DIR, or declare the services with --keep SERVICE[,SERVICE]",
		}
	}
	return nil
}

func places(n int) string {
	if n == 1 {
		return "1 place"
	}
	return fmt.Sprintf("%d places", n)
}

// boto joins the versions of every copy in the package.
func (p *planner) boto() Boto {
	var boto3, botocore []string
	for _, in := range p.installed {
		boto3 = append(boto3, in.Boto3)
		botocore = append(botocore, in.Botocore)
	}
	return Boto{Boto3: joined(boto3), Botocore: joined(botocore)}
}

func joined(versions []string) string {
	versions = slices.DeleteFunc(versions, func(v string) bool { return v == "" })
	slices.Sort(versions)
	return strings.Join(slices.Compact(versions), "+")
}

// allServices are the services of every copy in the package.
func (p *planner) allServices() []string {
	all := map[string]bool{}
	for _, in := range p.installed {
		for _, s := range in.Services() {
			all[s] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

func (p *planner) decide(d Decision) { p.plan.Decisions = append(p.plan.Decisions, d) }

// Dropped returns the items that a pass drops.
func (p *Plan) Dropped(pass string) []Item { return p.items(pass, Drop) }

// Rewritten returns the items that a pass rewrites.
func (p *Plan) Rewritten(pass string) []Item { return p.items(pass, Rewrite) }

func (p *Plan) items(pass string, action Action) []Item {
	var items []Item
	for _, d := range p.Decisions {
		if d.Pass == pass && d.Action == action {
			items = append(items, d.Item)
		}
	}
	return items
}
