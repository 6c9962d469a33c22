package lambdasim

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// function is one function with its versions. The server's lock guards it; what a
// deployment holds never changes.
type function struct {
	name string
	// latest is what $LATEST says it is; serving is what an invocation of it gets.
	// They differ while an update is in progress.
	latest, serving *deployment
	ready           time.Time     // when the update in progress is through
	versions        []*deployment // published, oldest first
	published       int           // the number of the last version: none is used twice
	aliases         map[string]*alias
	tags            map[string]string
	concurrency     *int // reserved
}

// retire ends the environments of all versions.
func (f *function) retire() {
	for _, d := range append([]*deployment{f.latest, f.serving}, f.versions...) {
		if d != nil {
			d.retire()
		}
	}
}

// settle ends an update whose time is over. The server's lock is held.
func (f *function) settle(now time.Time) {
	if f.latest == f.serving && f.latest.config.State == "Active" || now.Before(f.ready) {
		return
	}
	old := f.serving
	c := f.latest.config
	c.State, c.StateReason, c.StateReasonCode = "Active", "", ""
	c.LastUpdateStatus, c.LastUpdateStatusReason, c.LastUpdateStatusReasonCode = "Successful", "", ""
	c.RevisionId = newUUID() // AWS changes it again at the end
	f.latest = f.latest.with(c)
	f.serving = f.latest
	if old != nil {
		old.retire()
	}
}

// newFunctionRequest is CreateFunction's.
type newFunctionRequest struct {
	settings
	FunctionName string
	Code         codeRequest
	Publish      bool
	Tags         map[string]string
}

// codeRequest is code as CreateFunction and UpdateFunctionCode send it.
type codeRequest struct {
	ZipFile  []byte
	S3Bucket *string
	S3Key    *string
	ImageUri *string
}

func (r *codeRequest) check() error {
	switch {
	case r.ImageUri != nil:
		return invalid("this local Lambda runs no container images")
	case r.S3Bucket != nil || r.S3Key != nil:
		return invalid("this local Lambda has no S3: upload the zip itself, of at most %d bytes", maxZip)
	case len(r.ZipFile) == 0:
		return invalid("Please provide a source for function code.")
	case len(r.ZipFile) > maxZip:
		return refuse(http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException", "the zip has %d bytes, and what is uploaded directly may have %d", len(r.ZipFile), maxZip)
	}
	return nil
}

func (s *Server) createFunction(c *call) (answer, error) {
	var req newFunctionRequest
	if err := c.decode(&req); err != nil {
		return answer{}, err
	}
	name, _, err := splitName(req.FunctionName)
	if err != nil {
		return answer{}, err
	}
	config := newConfiguration(name, c.region)
	if err := req.apply(&config); err != nil {
		return answer{}, err
	}
	python, err := s.pythons.find(c.Context(), config.language())
	if err != nil {
		return answer{}, invalid("runtime %s: %v", config.Runtime, err)
	}
	if err := req.Code.check(); err != nil {
		return answer{}, err
	}
	code, err := s.blobs.put(req.Code.ZipFile)
	if err != nil {
		return answer{}, err
	}
	config.RuntimeVersionConfig.RuntimeVersionArn = runtimeARN(c.region, python.Version)
	f := &function{name: name, aliases: map[string]*alias{}, tags: maps.Clone(req.Tags)}
	config.State, config.StateReason, config.StateReasonCode = "Pending", "The function is being created.", "Creating"
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.functions[name] != nil {
		return answer{}, conflict("Function already exist: %s", name)
	}
	if err := s.deploy(f, config, code, req.Layers); err != nil {
		return answer{}, err
	}
	s.functions[name] = f
	if req.Publish {
		d := f.publish("")
		return answer{http.StatusCreated, d.config}, s.keep()
	}
	return answer{http.StatusCreated, f.latest.config}, s.keep()
}

// runtimeARN stands where AWS names the version of its runtime.
func runtimeARN(region, version string) string {
	return fmt.Sprintf("arn:aws:lambda:%s::runtime:%s-python-%s", region, Backend, version)
}

// deploy makes config and code what $LATEST is; the lock is held. Where layers is
// nil they stay.
func (s *Server) deploy(f *function, config configuration, code *blob, layers *[]string) error {
	var blobs []*blob
	if layers != nil {
		var err error
		if config.Layers, blobs, err = s.findLayers(*layers); err != nil {
			return err
		}
	} else if f.latest != nil {
		blobs = f.latest.layers
	}
	total := code.unpacked
	for _, l := range blobs {
		total += l.unpacked
	}
	if total > maxUnzipped {
		return invalid("Function code combined with layers exceeds the maximum allowed size of %d bytes. The actual size is %d bytes.", maxUnzipped, total)
	}
	config.CodeSha256, config.CodeSize = code.sha256, code.size
	config.LastModified, config.RevisionId = timestamp(time.Now()), newUUID()
	if config.State == "Active" {
		config.LastUpdateStatus, config.LastUpdateStatusReason = "InProgress", "The function is being updated."
		config.LastUpdateStatusReasonCode = "Creating"
	}
	f.latest = newDeployment(s, config, code, blobs)
	f.ready = time.Now().Add(s.opts.UpdateTime)
	if s.opts.UpdateTime == 0 {
		f.settle(f.ready)
		return nil
	}
	s.later(s.opts.UpdateTime, func() { f.settle(f.ready) })
	return nil
}

// later runs do under the lock, unless the server is closed by then.
func (s *Server) later(d time.Duration, do func()) {
	s.running.Go(func() { // the lock is held and the server open
		select {
		case <-time.After(d):
			s.mu.Lock()
			defer s.mu.Unlock()
			if !s.closed {
				do()
			}
		case <-s.ctx.Done():
		}
	})
}

// timestamp is a time as Lambda writes it.
func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000+0000") }

// find returns a function, with its updates settled; the lock is held.
func (s *Server) find(c *call) (*function, string, error) {
	name, qualifier, err := splitName(c.PathValue("name"))
	if err != nil {
		return nil, "", err
	}
	if q := c.URL.Query().Get("Qualifier"); q != "" {
		qualifier = q
	}
	f := s.functions[name]
	if f == nil {
		return nil, "", notFound("Function not found: %s", functionARN(c.region, name))
	}
	f.settle(time.Now())
	return f, qualifier, nil
}

// version returns what a qualifier stands for: a version, an alias, or $LATEST
// where it is empty. The lock is held.
func (f *function) version(qualifier string) (*deployment, error) {
	if qualifier == "" || qualifier == latestVersion {
		return f.latest, nil
	}
	if a := f.aliases[qualifier]; a != nil {
		qualifier = a.choose()
		if qualifier == latestVersion {
			return f.latest, nil
		}
	}
	for _, d := range f.versions {
		if d.config.Version == qualifier {
			return d, nil
		}
	}
	return nil, notFound("Function not found: %s:%s", f.latest.config.FunctionArn, qualifier)
}

// described is a version as it was asked for: with the qualifier in its ARN.
func described(d *deployment, qualifier string) configuration {
	c := d.config
	if qualifier != "" && !strings.HasSuffix(c.FunctionArn, ":"+qualifier) {
		c.FunctionArn = strings.TrimSuffix(c.FunctionArn, ":"+c.Version) + ":" + qualifier
	}
	return c
}

func (s *Server) getFunction(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, qualifier, err := s.find(c)
	if err != nil {
		return answer{}, err
	}
	d, err := f.version(qualifier)
	if err != nil {
		return answer{}, err
	}
	body := map[string]any{
		"Configuration": described(d, qualifier),
		"Code":          map[string]string{"RepositoryType": Backend, "Location": location(c, d.code)},
	}
	if len(f.tags) > 0 {
		body["Tags"] = maps.Clone(f.tags)
	}
	if f.concurrency != nil {
		body["Concurrency"] = map[string]int{"ReservedConcurrentExecutions": *f.concurrency}
	}
	return answer{http.StatusOK, body}, nil
}

func (s *Server) getConfiguration(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, qualifier, err := s.find(c)
	if err != nil {
		return answer{}, err
	}
	d, err := f.version(qualifier)
	if err != nil {
		return answer{}, err
	}
	return answer{http.StatusOK, described(d, qualifier)}, nil
}

func (s *Server) listFunctions(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []configuration{}
	for _, name := range slices.Sorted(maps.Keys(s.functions)) {
		f := s.functions[name]
		f.settle(time.Now())
		if !strings.HasPrefix(f.latest.config.FunctionArn, "arn:aws:lambda:"+c.region+":") {
			continue
		}
		list = append(list, f.latest.config)
		if c.URL.Query().Get("FunctionVersion") == "ALL" {
			for _, d := range f.versions {
				list = append(list, d.config)
			}
		}
	}
	return page(c, "Functions", list)
}

// mayUpdate refuses an update of what is being updated, or of what is no longer
// what the client thinks it is.
func (s *Server) mayUpdate(f *function, revision *string) error {
	config := f.latest.config
	switch {
	case s.faults.hit("conflict", s.faults.Conflict), config.LastUpdateStatus == "InProgress":
		return conflict("The operation cannot be performed at this time. An update is in progress for resource: %s", config.FunctionArn)
	case config.State != "Active":
		return conflict("The operation cannot be performed at this time. The function is currently in the following state: %s", config.State)
	case revision != nil && *revision != config.RevisionId:
		return refuse(http.StatusPreconditionFailed, "PreconditionFailedException", "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id")
	}
	return nil
}

func (s *Server) updateConfiguration(c *call) (answer, error) {
	var req settings
	if err := c.decode(&req); err != nil {
		return answer{}, err
	}
	if req.Runtime != nil && runtimeName().MatchString(*req.Runtime) {
		if _, err := s.pythons.find(c.Context(), strings.TrimPrefix(*req.Runtime, "python")); err != nil {
			return answer{}, invalid("runtime %s: %v", *req.Runtime, err)
		}
	}
	return s.update(c, req.RevisionId, func(f *function) (answer, error) {
		config := f.latest.config
		if err := req.apply(&config); err != nil {
			return answer{}, err
		}
		if err := s.deploy(f, config, f.latest.code, req.Layers); err != nil {
			return answer{}, err
		}
		return answer{http.StatusOK, f.inProgress()}, s.keep()
	})
}

// update has do change a function, if it may be changed. By the time that it
// answers, the environments that waited are gone: clearing them away would disturb
// the cold start that is likely to come next.
func (s *Server) update(c *call, revision *string, do func(*function) (answer, error)) (answer, error) {
	s.mu.Lock()
	f, _, err := s.find(c)
	if err == nil {
		err = s.mayUpdate(f, revision)
	}
	if err != nil {
		s.mu.Unlock()
		return answer{}, err
	}
	old := f.serving
	a, err := do(f)
	s.mu.Unlock()
	if old != nil {
		old.closing.Wait()
	}
	return a, err
}

// inProgress is what an update answers: AWS's always says that it is in progress,
// however soon it is through.
func (f *function) inProgress() configuration {
	c := f.latest.config
	c.LastUpdateStatus, c.LastUpdateStatusReason, c.LastUpdateStatusReasonCode = "InProgress", "The function is being updated.", "Creating"
	return c
}

func (s *Server) updateCode(c *call) (answer, error) {
	var req struct {
		codeRequest
		Publish, DryRun bool
		Architectures   []string
		RevisionId      *string
	}
	if err := c.decode(&req); err != nil {
		return answer{}, err
	}
	if err := req.check(); err != nil {
		return answer{}, err
	}
	code, err := s.blobs.put(req.ZipFile)
	if err != nil {
		return answer{}, err
	}
	return s.update(c, req.RevisionId, func(f *function) (answer, error) {
		config := f.latest.config
		if err := (&settings{Architectures: req.Architectures}).apply(&config); err != nil {
			return answer{}, err
		}
		if req.DryRun {
			config.CodeSha256, config.CodeSize = code.sha256, code.size
			return answer{http.StatusOK, config}, nil
		}
		if err := s.deploy(f, config, code, nil); err != nil {
			return answer{}, err
		}
		if req.Publish {
			return answer{http.StatusOK, f.publish("").config}, s.keep()
		}
		return answer{http.StatusOK, f.inProgress()}, s.keep()
	})
}

func (s *Server) deleteFunction(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, qualifier, err := s.find(c)
	if err != nil {
		return answer{}, err
	}
	if qualifier != "" {
		return answer{http.StatusNoContent, nil}, s.deleteVersion(f, qualifier)
	}
	f.retire()
	delete(s.functions, f.name)
	return answer{http.StatusNoContent, nil}, s.keep()
}

// page cuts a list as MaxItems and Marker ask.
func page[T any](c *call, name string, list []T) (answer, error) {
	q := c.URL.Query()
	from, most := 0, 50
	if m := q.Get("Marker"); m != "" {
		if _, err := fmt.Sscanf(m, "%d", &from); err != nil || from < 0 || from > len(list) {
			return answer{}, invalid("Invalid Marker: %s", m)
		}
	}
	if m := q.Get("MaxItems"); m != "" {
		if _, err := fmt.Sscanf(m, "%d", &most); err != nil || most < 1 {
			return answer{}, invalid("Invalid MaxItems: %s", m)
		}
	}
	body := map[string]any{}
	if to := from + most; to < len(list) {
		body["NextMarker"] = fmt.Sprint(to)
		list = list[:to]
	}
	body[name] = list[from:]
	return answer{http.StatusOK, body}, nil
}
