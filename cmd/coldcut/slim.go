package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/report"
	"github.com/coldcut/coldcut/plan"
	"github.com/coldcut/coldcut/scan"
	"github.com/coldcut/coldcut/shake"
)

// slimming is one run of slim.
type slimming struct {
	*output
	entries
	path, out   string
	inPlace     bool
	replace     bool
	sources     []string
	layers      []string
	beneath     []*artifact.Artifact // the layers
	keep        []string
	only        []string
	noImports   bool
	noHelp      bool
	fallback    string
	beside      string
	wheel       *artifact.Wheel // what PATH is, if it is one
	isImage     bool
	image       *artifact.Image // the one that is being cut
	cuttable    []*artifact.Image
	insides     []string    // folders of the image that code is in
	place       importPlace // of the botocore that is being proven
	freezer     string      // a program in PATH that bundles others
	credentials string
	target
	unproven bool
	lock     string
	config   string
	opening
	drop     []string
	measured bool
	env      []string      // of the function that is started
	start    *report.Start // what was measured of it
	declared []scan.Declaration
	own      []scan.Note // packages among the sources that coldcut wrote
	seen     evidence
}

// besideSources is what --lock without a value means.
const besideSources = "auto"

func newSlim(sys *system) *cobra.Command {
	s := &slimming{output: &output{sys: sys}}
	cmd := &cobra.Command{
		Use:   "slim PATH {-o OUT | --in-place}",
		Short: "Write the package without the parts of boto3 that nothing uses",
		Long: `slim finds the services that the code in PATH uses and writes OUT without the
rest of boto3 and botocore. PATH is a function's folder or zip, a layer, a
site-packages folder, or a container image; OUT is a zip if its name ends in .zip, else
a folder. OUT appears whole or not at all.

Where the sources do not tell which service is used, slim refuses, names the
place and exits with 3. Say there what it can ask for, in a comment,

  queue = boto3.client(kind)  # coldcut: keep sqs, sns:Publish -- why

or in pyproject.toml, for every such place of a file or function:

  [tool.coldcut.declare]
  "vendored/jobs.py:Runner.start" = ["batch"]

--keep, or keep = ["s3"] under [tool.coldcut], keeps services whatever the scan
says, and speaks for all such places.

A layer's code is read together with that of the functions that use it: give
their folders with --sources.

--credentials environment says that the credentials come from environment
variables or from the platform's own endpoint, as they do in a Lambda function;
then sts, sso, sso-oidc and signin go unless the code uses them. --credentials
chain keeps them, for programs that use profiles, assumed roles, SSO or web
identity. The default is environment for functions and layers, and chain for a
site-packages folder.

The pass models cuts inside the models of the services that stay: operations that
nothing asks for, what only they need, the endpoints of other services, and
documentation. Clients start several times faster then. A client has no method for
an operation that is gone: --keep SERVICE:OPERATION keeps it. --only services is the
plain cut that leaves the models as they are.

The pass imports has boto3 and its friends load a module when it is needed, and leaves
out those that no other file names. Lines stay where they are. For Python 3.15 alone it
uses the language's own lazy imports. --no-imports, or imports = false under
[tool.coldcut], leaves code alone.

The pass help adds a few lines to botocore, so that an error that is due to the cut
says what was removed and how to keep it. --no-help, or help = false under
[tool.coldcut], leaves that out. With --fallback runtime, or fallback = "runtime", a
service that was dropped is taken from the botocore that the Lambda runtime bundles, if
the program asks for it after all; a warning in the log names it, and coldcut check
--from-logs FILE finds it there.

The pass bytecode compiles what can be imported, so that Python need not at every
cold start, in a form that no time of a file makes stale. It wants the Python that
runs the package: --python 3.13 (or several), else that of the template which deploys
it, else python = "3.13" under [tool.coldcut], else what in the package is of one
version only; the report says which it was. At a terminal it asks. Where that Python
is not installed, only bytecode that is there and fresh is kept valid. --strip-source
ships bytecode in the place of sources, --no-bytecode makes none. In place, bytecode is
checked by the hash of its source, which may be edited later. sam build takes bytecode
away: cut what it built.

A wheel of botocore becomes a wheel in the folder OUT, with a local version of its own
(1.44.8+coldcut.HASH), which pip and uv install in its place from --find-links or a
private index. Say what it keeps with --keep or --sources, and where the proof finds
what it requires with --dependencies.

An image is an OCI layout or what docker save writes, of one platform or several; OUT is
such a tarball if its name ends in .tar, else an OCI layout. Layers that the cut does not
concern keep their digests. The image's working folder, PYTHONPATH and command say where
its code is; --sources image:/app names a folder in it, and --sources DIR one here, for
what is mounted there. Each platform is cut, or that which --platform names; the others
stay as they are.

--layer names the layers of a function: their code counts too, what of boto3 another one
stands before on Lambda's path is told, and the proof imports from them. Cut one after
another; coldcut verify --layer holds them all to what they were.

The report lists what else in the package is dead weight: what no entry reaches, type
stubs, tests, what is installed twice, and what Lambda's runtime has as well. With
--measure it also starts the function, as explain --imports does, lists what is slow to
import, and tells what each pass saves of the start's CPU time: what it takes longer in a
package that was made without that pass. None of it goes unless --drop-unreached names
a distribution; then its code goes, and its dist-info stays.

Before OUT appears, Python runs the fat package and the bytes that were written,
case by case, as coldcut verify does, and slim refuses if anything differs. That
wants a Python in which the package can be imported, and takes a few seconds for a
handful of operations, longer for services that are kept whole. --no-verify, or
verify = false under [tool.coldcut], goes without.`,
		Example: `  pip install --target build/ boto3 && cp app.py build/
  coldcut slim build/ -o function.zip
  coldcut slim function.zip -o slim.zip --lock
  coldcut slim layer.zip --sources src/ -o slim-layer.zip
  coldcut slim build/ -o slim/ --only services --keep dynamodb
  coldcut slim build/ -o slim.zip --python 3.13 --strip-source
  coldcut slim .aws-sam/build/Orders --in-place
  coldcut slim botocore-1.44.8-py3-none-any.whl --keep s3,sqs -o dist/ --dependencies deps/
  coldcut slim build/ -o slim.zip --entry app.handler --drop-unreached numpy
  coldcut slim image.tar -o slim.tar
  coldcut slim layout/ -o slim-layout/ --sources image:/srv/app
  coldcut slim layer.zip -o slim-layer.zip --sources src/ --layer other.zip
  coldcut slim /usr/lib/python3/dist-packages --in-place --sources /app`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError("slim takes one PATH; %d were given", len(args))
			}
			return needPaths(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			s.path = args[0]
			if err := s.prepare(cmd); err != nil {
				return err
			}
			return s.run(cmd.Context())
		},
	}
	s.addFlags(cmd)
	return cmd
}

func (s *slimming) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVarP(&s.out, "output", "o", "", "where the slim package goes; .zip makes a zip")
	f.BoolVar(&s.inPlace, "in-place", false, "cut the folder PATH itself")
	f.BoolVar(&s.replace, "force", false, "replace a folder OUT that is not empty")
	f.StringArrayVar(&s.sources, "sources", nil, "a `DIR` of code outside PATH that runs with it (repeatable)")
	f.StringArrayVar(&s.layers, "layer", nil, "a layer `FILE` of the function, or its folder, that is there beside PATH (repeatable)")
	f.StringSliceVar(&s.keep, "keep", nil, "`SERVICE`s that stay whatever the scan says, or SERVICE:OPERATION; settles unresolved places")
	f.StringSliceVar(&s.only, "only", nil, "run these `PASS`es: "+strings.Join(plan.Passes, ", ")+" (default: all)")
	f.BoolVar(&s.noImports, "no-imports", false, "leave the imports of boto3 and its friends as they are")
	f.BoolVar(&s.noHelp, "no-help", false, "leave errors as they are, without a word on what was removed")
	f.StringVar(&s.fallback, "fallback", "", "`WHERE` a dropped service is looked for at run time, with a warning: runtime (default: nowhere)")
	s.entries.addFlags(cmd)
	f.StringArrayVar(&s.drop, "drop-unreached", nil, "also drop this `DISTRIBUTION`, which no entry may reach (repeatable)")
	f.BoolVar(&s.measured, "measure", false, "start the function in Python and tell which of its imports are slow, and what each pass saves")
	f.StringArrayVar(&s.env, "env", nil, "a variable that the function wants when --measure starts it, `NAME=VALUE` (repeatable)")
	f.StringVar(&s.credentials, "credentials", "", "`FROM` where credentials come: environment or chain")
	f.StringSliceVar(&s.pythons, "python", nil, "the `X.Y` of the Python that runs the package (several: bytecode for each)")
	f.BoolVar(&s.noBytecode, "no-bytecode", false, "make no bytecode; Python then compiles at every cold start what has none")
	f.BoolVar(&s.stripSource, "strip-source", false, "ship bytecode in the place of sources; wants one --python")
	f.BoolVar(&s.unproven, "no-verify", false, "do not compare the slim package with the fat one before OUT appears")
	f.StringVar(&s.beside, "dependencies", "", "the proof imports from this `DIR`, too: what a wheel requires")
	f.StringVar(&s.lock, "lock", "", "also write the lock to `FILE`; auto is beside the sources")
	f.Lookup("lock").NoOptDefVal = besideSources
	f.StringVar(&s.config, "config", "", "read the configuration from this `FILE`")
	s.addOpening(cmd)
	s.seen.addWith(cmd)
	s.addFlag(cmd)
	_ = cmd.RegisterFlagCompletionFunc("only", cobra.FixedCompletions(plan.Passes, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("credentials", cobra.FixedCompletions([]string{"environment", "chain"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("sources", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return nil, cobra.ShellCompDirectiveFilterDirs
	})
}

// prepare fills what the flags leave open from the configuration and checks it all.
func (s *slimming) prepare(cmd *cobra.Command) error {
	conf, err := findConfig(s.config, append([]string{s.path}, s.sources...))
	if err != nil {
		return err
	}
	set := cmd.Flags().Changed
	s.keep = append(s.keep, conf.Keep...)
	s.declared = conf.declarations()
	if !set("sources") {
		s.sources = conf.sources()
	}
	if !set("only") {
		s.only = conf.Only
	}
	if !set("no-imports") && conf.Imports != nil {
		s.noImports = !*conf.Imports
	}
	if !set("no-help") && conf.Help != nil {
		s.noHelp = !*conf.Help
	}
	if !set("fallback") {
		s.fallback = conf.Fallback
	}
	if !set("credentials") {
		s.credentials = conf.Credentials
	}
	s.configured, s.configuredFrom = conf.Python, conf.file
	if !set("no-bytecode") && conf.Bytecode != nil {
		s.noBytecode = !*conf.Bytecode
	}
	if !set("strip-source") {
		s.stripSource = conf.StripSource
	}
	if !set("no-verify") {
		s.unproven = conf.Verify != nil && !*conf.Verify
	}
	s.configure(conf)
	return s.validate()
}

func (s *slimming) validate() error {
	switch {
	case s.out == "" && !s.inPlace:
		return &exitError{exitUsage, errors.New("slim needs -o OUT, or --in-place"), "coldcut slim " + s.path + " -o slim.zip"}
	case s.out != "" && s.inPlace:
		return usageError("-o and --in-place exclude each other")
	}
	if err := cmp.Or(s.checkWheel(), s.checkImage()); err != nil {
		return err
	}
	for _, p := range s.only {
		if !slices.Contains(plan.Passes, p) {
			return usageError("unknown pass %q; there are %s", p, strings.Join(plan.Passes, ", "))
		}
	}
	switch {
	case s.fallback != "" && s.fallback != string(plan.RuntimeFallback):
		return usageError("--fallback is runtime, not %q", s.fallback)
	case s.fallback != "" && (s.noHelp || len(s.only) > 0 && !slices.Contains(s.only, plan.HelpPass)):
		return usageError("--fallback needs the pass %s", plan.HelpPass)
	}
	if len(s.env) > 0 && !s.measured {
		return usageError("--env is for --measure")
	}
	if c := plan.Credentials(s.credentials); c != "" && c != plan.Environment && c != plan.Chain {
		return usageError("--credentials is environment or chain, not %q", s.credentials)
	}
	return errors.Join(s.checkTarget(), s.check(), checkEnv(s.env), s.seen.read())
}

// isMinor reports whether v reads like 3.12.
func isMinor(v string) bool {
	major, minor, ok := strings.Cut(v, ".")
	_, err := strconv.ParseUint(minor, 10, 8)
	return ok && major == "3" && err == nil
}

// run is the whole program: open, scan, plan, shake, write, rename.
func (s *slimming) run(ctx context.Context) error {
	s.sys.prepareCache()
	if s.isImage {
		return s.runImage(ctx)
	}
	if s.inPlace {
		if err := artifact.Recover(s.path); err != nil {
			return err
		}
	}
	opts := s.artifactOptions()
	fat, err := artifact.Open(s.path, opts)
	if err != nil {
		return err
	}
	defer closeAll([]*artifact.Artifact{fat})
	sources, own, err := openSources(s.sources, opts)
	s.own = own
	defer closeAll(sources)
	if err != nil {
		return err
	}
	s.beneath, err = openAll(s.layers, opts)
	defer closeAll(s.beneath)
	if err != nil {
		return err
	}
	c, err := s.cut(ctx, fat, slices.Concat(sources, s.beneath))
	if err != nil {
		return err
	}
	if s.wheel != nil {
		if err := s.relabel(c.slim); err != nil {
			return err
		}
	}
	return s.deliver(ctx, fat, c.uses, c.plan, c.slim)
}

// cutting is what became of one package, before it is written.
type cutting struct {
	fat    *artifact.Artifact
	uses   *scan.Result
	plan   *plan.Plan
	slim   *shake.Result
	target target
}

// cut scans, plans and shakes.
func (s *slimming) cut(ctx context.Context, fat *artifact.Artifact, sources []*artifact.Artifact) (*cutting, error) {
	if err := s.findTarget(ctx, fat); err != nil {
		return nil, err
	}
	bar := s.progress("scanning")
	uses, err := s.scan(ctx, s.sys, fat, append([]string{s.path}, s.sources...), scan.Options{Sources: sources, Declarations: s.declared, Progress: bar.counted()})
	bar.done()
	if err != nil {
		return nil, err
	}
	s.seen.addTo(uses)
	notes, err := stacked(slices.Concat([]*artifact.Artifact{fat}, sources))
	if err != nil {
		return nil, err
	}
	uses.Notes = slices.Concat(uses.Notes, notes, s.own)
	if s.freezer, err = freezerIn(fat); err != nil {
		return nil, err
	}
	p, err := plan.New(fat, uses, s.options(ctx))
	if err != nil {
		return nil, s.refused(uses, err)
	}
	if s.freezer != "" && !s.noImports && (len(s.only) == 0 || slices.Contains(s.only, plan.ImportsPass)) {
		p.Warnings = append(p.Warnings, keepsImports(s.freezer))
	}
	slim, err := s.shake(ctx, fat, sources, uses, p)
	if err != nil {
		return nil, err
	}
	return &cutting{fat: fat, uses: uses, plan: p, slim: slim}, nil
}

// shake carries the plan out, and measures what that gains where it is asked to.
func (s *slimming) shake(ctx context.Context, fat *artifact.Artifact, sources []*artifact.Artifact, uses *scan.Result, p *plan.Plan) (_ *shake.Result, err error) {
	var m *measuring
	if s.measured {
		if m, err = s.newMeasuring(ctx, fat, sources, uses); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, m.end()) }()
		if err := m.heavy(ctx, s.progress("starting"), p); err != nil {
			return nil, err
		}
	}
	s.sys.keepSmall()
	bar := s.progress("compiling")
	slim, err := shake.Options{Progress: bar.counted(), Sources: sources}.Apply(ctx, fat, p)
	bar.done()
	if err != nil || m == nil {
		return slim, err
	}
	bar = s.progress("starting")
	defer bar.done()
	s.start, err = m.gains(ctx, bar, s.options(ctx), p, slim)
	return slim, err
}

func (s *slimming) options(ctx context.Context) plan.Options {
	credentials := plan.Credentials(s.credentials)
	if credentials == "" {
		credentials = plan.Environment
		if s.inPlace || s.wheel != nil || s.image == nil && isSitePackages(s.path) || s.image != nil && !s.image.IsLambda() {
			credentials = plan.Chain
		}
	}
	return plan.Options{
		Keep: s.keep, Credentials: credentials, Only: s.only, NoHelp: s.noHelp, Fallback: plan.Fallback(s.fallback),
		NoCompiler: s.bytecodeRuns() && !s.compiles(ctx),             // to look for a Python starts it
		NoImports:  s.noImports || s.wheel != nil || s.freezer != "", // two wheels would own one runtime
		NoBytecode: s.noBytecode || s.wheel != nil,                   // pip compiles what it installs
		Pythons:    s.pythons, PythonsFrom: s.namedBy, StripSource: s.stripSource, DropUnreached: s.drop, InPlace: s.inPlace,
	}
}

// isSitePackages reports whether the folder is an interpreter's own.
func isSitePackages(path string) bool {
	abs, err := filepath.Abs(path)
	if err != nil {
		return true // when in doubt, keep
	}
	base := filepath.Base(abs)
	return base == "site-packages" || base == "dist-packages"
}

// refused reports what the scan found before the error says why nothing was cut.
func (s *slimming) refused(uses *scan.Result, err error) error {
	var why *plan.RefusedError
	if !errors.As(err, &why) {
		return err
	}
	if werr := s.write(report.ForRefusal(version(), s.path, uses, why)); werr != nil {
		return werr
	}
	return err
}

// deliver writes the package, proves it, writes the lock, and puts the package into
// its place last, so that whatever fails before leaves OUT as it was.
func (s *slimming) deliver(ctx context.Context, fat *artifact.Artifact, uses *scan.Result, p *plan.Plan, slim *shake.Result) error {
	opts, err := s.writeOptions()
	if err != nil {
		return err
	}
	describe := func() (*report.Document, error) {
		doc, err := report.ForSlim(ctx, version(), cmp.Or(s.out, s.path), fat, uses, p, slim)
		if err == nil {
			doc.AddStart(s.start)
		}
		return doc, err
	}
	deliver := s.ship
	if s.inPlace {
		deliver = s.overwrite
	}
	doc, err := deliver(ctx, describe, fat, p, slim.Artifact, opts)
	if err != nil {
		return err
	}
	return s.write(doc)
}

// overwrite cuts the folder itself. It is described before: afterwards there is no
// fat package to measure.
func (s *slimming) overwrite(ctx context.Context, describe func() (*report.Document, error), fat *artifact.Artifact, p *plan.Plan, slim *artifact.Artifact, opts artifact.WriteOptions) (*report.Document, error) {
	doc, err := describe()
	if err == nil {
		err = s.prove(ctx, doc, p, fat, slim)
	}
	if err == nil {
		doc.Lock, err = s.writeLock(p)
	}
	if err != nil {
		return nil, err
	}
	bar := s.progress("writing")
	defer bar.done()
	opts.Progress = bar.sized()
	return doc, artifact.WriteInPlace(ctx, slim, s.path, opts)
}

// ship writes OUT. It is described once it is staged: what the writer packed need not
// be packed again to be measured.
func (s *slimming) ship(ctx context.Context, describe func() (*report.Document, error), fat *artifact.Artifact, p *plan.Plan, slim *artifact.Artifact, opts artifact.WriteOptions) (*report.Document, error) {
	bar := s.progress("writing")
	opts.Progress = bar.sized()
	staged, err := artifact.Stage(ctx, slim, s.out, opts)
	bar.done()
	if err != nil {
		return nil, err
	}
	doc, err := describe()
	if err == nil {
		err = s.proveStaged(ctx, doc, p, fat, staged)
	}
	if err == nil {
		doc.Lock, err = s.writeLock(p)
	}
	if err != nil {
		return nil, errors.Join(err, staged.Discard())
	}
	return doc, staged.Commit()
}

// writeLock writes the lock where it was asked for and returns its name.
func (s *slimming) writeLock(p *plan.Plan) (string, error) {
	if s.lock == "" {
		return "", nil
	}
	name := s.lock
	if name == besideSources {
		name = filepath.Join(s.lockDir(), plan.LockName)
	}
	data, err := p.Lock().Encode()
	if err != nil {
		return "", err
	}
	return name, artifact.WriteFile(name, data)
}

// lockDir is the first folder of sources, else PATH's own folder.
func (s *slimming) lockDir() string {
	if len(s.sources) > 0 {
		return s.sources[0]
	}
	if info, err := os.Stat(s.path); err == nil && info.IsDir() && !s.isImage {
		return s.path
	}
	return filepath.Dir(s.path)
}

// writeOptions honours SOURCE_DATE_EPOCH (reproducible-builds.org).
func (s *slimming) writeOptions() (artifact.WriteOptions, error) {
	opts := artifact.WriteOptions{Replace: s.replace}
	epoch := s.sys.getenv("SOURCE_DATE_EPOCH")
	if epoch == "" {
		return opts, nil
	}
	n, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return opts, fmt.Errorf("SOURCE_DATE_EPOCH is %q, not a number of seconds", epoch)
	}
	opts.ModTime = time.Unix(n, 0).UTC()
	return opts, nil
}
