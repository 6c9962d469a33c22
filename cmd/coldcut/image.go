package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/boto"
	"github.com/coldcut/coldcut/internal/report"
	"github.com/coldcut/coldcut/verify"
)

// inImage is how --sources names a folder of the image itself.
const inImage = "image:"

// checkImage refuses flags that make no sense of an image, and an image as OUT of
// anything else.
func (s *slimming) checkImage() error {
	s.isImage = artifact.IsImage(s.path)
	inside := slices.ContainsFunc(s.sources, func(dir string) bool { return strings.HasPrefix(dir, inImage) })
	out := artifact.FormOf(s.out)
	switch {
	case !s.isImage && s.out != "" && out == artifact.ContainerImage:
		return &exitError{exitUsage, errors.New("only an image can be cut to an image"), "give a folder or a name that ends in .zip"}
	case !s.isImage && inside:
		return usageError("--sources %sDIR is a folder of an image, and %s is none", inImage, s.path)
	case !s.isImage:
		return nil
	case s.inPlace || out == artifact.Zip:
		return &exitError{exitUsage, errors.New("an image is cut to an image"), "coldcut slim " + s.path + " -o out.tar, or a folder for an OCI layout"}
	case len(s.layers) > 0:
		return usageError("--layer is of functions that are zips; an image has no layers of Lambda's")
	case s.measured:
		return usageError("--measure starts the function on this machine, which an image does not")
	}
	for _, dir := range s.sources {
		if at, ok := strings.CutPrefix(dir, inImage); ok {
			s.insides = append(s.insides, at)
		}
	}
	s.sources = slices.DeleteFunc(s.sources, func(dir string) bool { return strings.HasPrefix(dir, inImage) })
	return nil
}

// runImage cuts the image of each platform, and writes them together.
func (s *slimming) runImage(ctx context.Context) error {
	set, err := artifact.OpenImages(ctx, s.path, s.artifactOptions())
	if err != nil {
		return err
	}
	defer func() { _ = set.Close() }() // it was only read
	if s.cuttable, err = cuttable(set, s.platform); err != nil {
		return err
	}
	sources, own, err := openSources(s.sources, artifact.Options{MaxSize: int64(s.maxSize)})
	s.own = own
	defer closeAll(sources)
	if err != nil {
		return err
	}
	cuts := make([]*cutting, len(set.Images()))
	slim := make([]*artifact.Artifact, len(cuts))
	named := s.target
	for k, i := range set.Images() {
		if !slices.Contains(s.cuttable, i) {
			continue // it stays as it is
		}
		s.target, s.image = named, i
		if err := s.placeSources(i); err != nil {
			return err
		}
		if cuts[k], err = s.cut(ctx, i.Package(), sources); err != nil {
			return err
		}
		cuts[k].target = s.target
		slim[k] = cuts[k].slim.Artifact
	}
	return s.deliverImage(ctx, set, cuts, slim)
}

// cuttable are the images that are cut: that of the platform which is named, else those
// with a botocore; where none has one they are all, and each says so.
func cuttable(set *artifact.ImageSet, platform string) ([]*artifact.Image, error) {
	if platform != "" {
		one, err := set.Choose(platform)
		return []*artifact.Image{one}, err
	}
	return withBotocore(set.Images(), (*artifact.Image).Package)
}

// withBotocore are those that hold a botocore: slim leaves the image of a platform without
// one as it is. Where none has one, they are all.
func withBotocore[T any](all []T, pkg func(T) *artifact.Artifact) ([]T, error) {
	var with []T
	for _, one := range all {
		roots, err := botocores(pkg(one))
		if err != nil {
			return nil, err
		}
		if len(roots) > 0 {
			with = append(with, one)
		}
	}
	if len(with) == 0 {
		return all, nil
	}
	return with, nil
}

// botocores are the folders that a botocore can be imported from.
func botocores(a *artifact.Artifact) (roots []string, err error) {
	installed, err := boto.Find(a)
	for _, in := range installed {
		if in.Botocore != "" {
			roots = append(roots, in.Root)
		}
	}
	return roots, err
}

// placeSources makes sure that the program's own code is among what is scanned: an image
// may get it when it runs, from a volume.
func (s *slimming) placeSources(i *artifact.Image) error {
	for _, dir := range s.insides {
		if !i.Holds(dir) {
			return &exitError{exitUsage, fmt.Errorf("there is no Python source in %s of the image for %s", dir, i.Platform), "--sources " + inImage + "DIR is a folder as the image has it, such as " + inImage + "/app"}
		}
	}
	if len(i.Told())+len(s.insides)+len(s.sources)+len(s.keep) > 0 {
		return nil
	}
	return &exitError{
		exitGate, fmt.Errorf("%s (%s): nothing says where the program's own code is: its working folder, PYTHONPATH and command lead to no source", s.path, i.Platform),
		"name the folder in the image, --sources " + inImage + "/app, or one here that has what is mounted there, --sources DIR; or the services, --keep SERVICE",
	}
}

// deliverImage writes the images, proves what was written, and puts it into its place.
func (s *slimming) deliverImage(ctx context.Context, set *artifact.ImageSet, cuts []*cutting, slim []*artifact.Artifact) error {
	opts, err := s.writeOptions()
	if err != nil {
		return err
	}
	bar := s.progress("writing")
	staged, err := set.Stage(ctx, slim, s.out, opts)
	bar.done()
	if err != nil {
		return err
	}
	doc, err := s.describeImage(ctx, set, cuts, staged)
	if err == nil {
		doc.Lock, err = s.writeLock(first(cuts).plan)
	}
	if err != nil {
		return errors.Join(err, staged.Discard())
	}
	if err := staged.Commit(); err != nil {
		return err
	}
	return s.write(doc)
}

func first(cuts []*cutting) *cutting {
	return cuts[slices.IndexFunc(cuts, func(c *cutting) bool { return c != nil })]
}

// describeImage makes the report: sizes and services are those of the first image that
// was cut, and each has its layers.
func (s *slimming) describeImage(ctx context.Context, set *artifact.ImageSet, cuts []*cutting, staged *artifact.Staged) (*report.Document, error) {
	shipped, err := artifact.OpenImages(ctx, staged.Path(), s.artifactOptions())
	if err != nil {
		return nil, err
	}
	defer func() { _ = shipped.Close() }() // it was only read
	c := first(cuts)
	doc, err := report.ForSlim(ctx, version(), s.out, c.fat, c.uses, c.plan, c.slim)
	if err != nil {
		return nil, err
	}
	if n := set.Attested(); n > 0 {
		doc.Warnings = append(doc.Warnings, fmt.Sprintf("%d attestations or signatures were of the images as they were, and are left out: make them anew", n))
	}
	if s.lock != "" && !agree(cuts) {
		doc.Warnings = append(doc.Warnings, "the platforms use different services; the lock is that of "+doc.Path+" for "+firstPlatform(set, cuts))
	}
	for k, i := range set.Images() {
		img := report.Image{Platform: i.Platform, Before: i.Layers(), After: shipped.Images()[k].Layers()}
		if cuts[k] != nil {
			img.Services = cuts[k].plan.Services
		} else {
			doc.Warnings = append(doc.Warnings, s.left(i))
		}
		doc.Images = append(doc.Images, img)
		if cuts[k] != nil {
			doc.Warnings = append(doc.Warnings, baseCuts(i, cuts[k])...)
		}
		doc.Warnings = append(doc.Warnings, unseen(i)...)
	}
	return doc, s.proveImages(ctx, doc, cuts, shipped.Images())
}

// left says why an image was not cut.
func (s *slimming) left(i *artifact.Image) string {
	if s.platform != "" {
		return "the image for " + i.Platform + " stays as it is, since --platform names another one"
	}
	return "the image for " + i.Platform + " holds no botocore and stays as it is"
}

// baseCuts tells where what was cut is not the function's own.
func baseCuts(i *artifact.Image, c *cutting) (notes []string) {
	installed, err := boto.Find(c.fat)
	if err != nil || !i.IsLambda() {
		return nil // what was planned was found before
	}
	for _, in := range installed {
		if strings.HasPrefix(in.Root, "var/lang/") || in.Root == "var/runtime" {
			notes = append(notes, fmt.Sprintf("the boto3 in /%s lies where Lambda's base image has its own: if it is that, a layer that other images share is written anew for this one (%s)", in.Root, i.Platform))
		}
	}
	return notes
}

// unseen tells of what in an image is not looked at.
func unseen(i *artifact.Image) (notes []string) {
	for _, shadow := range i.Shadowed {
		notes = append(notes, shadowed(shadow, i.Platform))
	}
	for _, dir := range i.Foreign {
		notes = append(notes, fmt.Sprintf("/%s is of the system's Python, which has no boto3 and is not the program's: it was not scanned (%s)", dir, i.Platform))
	}
	return notes
}

// shadowed tells of a package that is never imported.
func shadowed(s artifact.Shadow, platform string) string {
	older := ""
	if newer(s.Version, s.ByVersion) {
		older = fmt.Sprintf(", though it is older, %s and not %s", s.ByVersion, s.Version)
	}
	return fmt.Sprintf("/%s is never imported, since /%s comes first on Lambda's path%s; it stays as it is (%s)", s.Path, s.By, older, platform)
}

// agree reports whether all images keep the same.
func agree(cuts []*cutting) bool {
	want := fmt.Sprint(first(cuts).plan.Services)
	return !slices.ContainsFunc(cuts, func(c *cutting) bool { return c != nil && fmt.Sprint(c.plan.Services) != want })
}

func firstPlatform(set *artifact.ImageSet, cuts []*cutting) string {
	return set.Images()[slices.Index(cuts, first(cuts))].Platform
}

// proveImages proves each botocore of each image, and those that are the same once.
func (s *slimming) proveImages(ctx context.Context, doc *report.Document, cuts []*cutting, shipped []*artifact.Image) error {
	var proven [][]byte
	for k, c := range cuts {
		if c == nil {
			continue
		}
		s.image = shipped[k]
		seen, err := json.Marshal([]any{c.slim.Changes, c.plan.Boto, c.target.pythons, c.target.evident})
		if err != nil {
			return err
		}
		if slices.ContainsFunc(proven, func(p []byte) bool { return bytes.Equal(p, seen) }) {
			continue
		}
		proven = append(proven, seen)
		if err := s.proveImage(ctx, doc, c, shipped[k].Package()); err != nil {
			return err
		}
	}
	return nil
}

// proveImage proves each botocore of one image.
func (s *slimming) proveImage(ctx context.Context, doc *report.Document, c *cutting, shipped *artifact.Artifact) error {
	places, err := importPlaces(c.fat)
	if err != nil {
		return err
	}
	s.target = c.target
	for _, p := range places {
		s.place = p
		one := *doc
		one.Verify = nil
		if err := s.prove(ctx, &one, c.plan, c.fat, shipped); err != nil {
			return err
		}
		switch {
		case one.Verify == nil:
		case doc.Verify == nil:
			doc.Verify = one.Verify
		default:
			together(doc, &one)
		}
	}
	return nil
}

// importPlace is where a botocore is imported from, and all folders that are looked into,
// in order.
type importPlace struct {
	root string
	path []string
}

// name says which botocore of which image it is.
func (p importPlace) name(i *artifact.Image) string {
	return "/" + p.root + " for " + i.Platform
}

// importPlaces are those of an image.
func importPlaces(a *artifact.Artifact) ([]importPlace, error) {
	roots, err := botocores(a)
	if err != nil {
		return nil, err
	}
	var places []importPlace
	for _, root := range roots {
		places = append(places, importPlace{root, withoutOthers(a.ImportRoots(), roots, root)})
	}
	return places, nil
}

// withoutOthers are folders to import from, but for those that hold another botocore than
// the one in root.
func withoutOthers(folders, botocores []string, root string) []string {
	return slices.DeleteFunc(slices.Clone(folders), func(folder string) bool {
		return folder != root && slices.Contains(botocores, folder)
	})
}

// verifyImages compares images platform by platform, and botocore by botocore.
func (v *verifying) verifyImages(ctx context.Context, fat, slim string) error {
	before, err := artifact.OpenImages(ctx, fat, v.artifactOptions())
	if err != nil {
		return err
	}
	defer func() { _ = before.Close() }() // it was only read
	after, err := artifact.OpenImages(ctx, slim, v.artifactOptions())
	if err != nil {
		return err
	}
	defer func() { _ = after.Close() }() // it was only read
	images := before.Images()
	if v.platform != "" {
		one, err := before.Choose(v.platform)
		if err != nil {
			return err
		}
		images = []*artifact.Image{one}
	}
	var doc *report.Document
	for _, i := range images {
		at := slices.IndexFunc(after.Images(), func(j *artifact.Image) bool { return j.Platform == i.Platform })
		if at < 0 {
			return &exitError{exitGate, fmt.Errorf("%s holds no image for %s", slim, i.Platform), ""}
		}
		verdicts, err := v.verifyImage(ctx, i.Package(), after.Images()[at].Package())
		if err != nil {
			return err
		}
		for _, verdict := range verdicts {
			next := report.ForVerify(version(), fat, slim, verdict)
			if doc == nil {
				doc = next
			} else {
				together(doc, next)
			}
		}
	}
	if doc == nil {
		return &verify.NoBotoError{Package: fat, Reason: "there is no botocore in it"}
	}
	return v.deliver(doc)
}

// verifyImage compares each botocore of one platform's image.
func (v *verifying) verifyImage(ctx context.Context, fat, slim *artifact.Artifact) ([]*verify.Verdict, error) {
	places, err := importPlaces(fat)
	if err != nil {
		return nil, err
	}
	if err := v.lockedIn(slim); err != nil {
		return nil, err
	}
	var all []*verify.Verdict
	for _, p := range places {
		v.opts.Root, v.opts.Path = p.root, p.path
		verdict, err := v.compare(ctx, fat, slim)
		if err != nil {
			return nil, err
		}
		verdict.At(p.name(fat.Image()))
		all = append(all, verdict)
	}
	return all, nil
}
