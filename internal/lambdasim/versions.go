package lambdasim

import (
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
)

// alias is a name for a version, and perhaps for a share of another.
type alias struct {
	AliasArn        string
	Name            string
	FunctionVersion string
	Description     string
	RevisionId      string
	RoutingConfig   *struct {
		AdditionalVersionWeights map[string]float64
	} `json:",omitempty"`
}

// choose returns the version that an invocation gets.
func (a *alias) choose() string {
	if a.RoutingConfig != nil {
		roll := rand.Float64()
		for _, version := range slices.Sorted(maps.Keys(a.RoutingConfig.AdditionalVersionWeights)) {
			if roll -= a.RoutingConfig.AdditionalVersionWeights[version]; roll < 0 {
				return version
			}
		}
	}
	return a.FunctionVersion
}

// publish makes a version of what $LATEST is, or returns the last one where it is
// the same. The lock is held.
func (f *function) publish(description string) *deployment {
	config := f.latest.config
	if n := len(f.versions); n > 0 {
		last := f.versions[n-1]
		if last.of == f.latest.of {
			return last
		}
	}
	f.published++
	config.Version = strconv.Itoa(f.published)
	config.FunctionArn += ":" + config.Version
	if description != "" {
		config.Description = description
	}
	config.State, config.LastUpdateStatus = "Active", "Successful"
	config.StateReason, config.StateReasonCode = "", ""
	config.LastUpdateStatusReason, config.LastUpdateStatusReasonCode = "", ""
	d := newDeployment(f.latest.server, config, f.latest.code, f.latest.layers)
	d.of = f.latest.of
	f.versions = append(f.versions, d)
	return d
}

func (s *Server) publishVersion(c *call) (answer, error) {
	var req struct {
		CodeSha256, Description string
		RevisionId              *string
	}
	if err := c.decode(&req); err != nil {
		return answer{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f, _, err := s.find(c)
	if err != nil {
		return answer{}, err
	}
	if err := s.mayUpdate(f, req.RevisionId); err != nil {
		return answer{}, err
	}
	if req.CodeSha256 != "" && req.CodeSha256 != f.latest.config.CodeSha256 {
		return answer{}, invalid("CodeSHA256 (%s) is different from current CodeSHA256 in $LATEST (%s). Please try again with the CodeSHA256 in $LATEST.", req.CodeSha256, f.latest.config.CodeSha256)
	}
	return answer{http.StatusCreated, f.publish(req.Description).config}, s.keep()
}

func (s *Server) listVersions(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, _, err := s.find(c)
	if err != nil {
		return answer{}, err
	}
	list := []configuration{described(f.latest, latestVersion)}
	for _, d := range f.versions {
		list = append(list, d.config)
	}
	return page(c, "Versions", list)
}

// deleteVersion deletes a published version that no alias names; the lock is held.
func (s *Server) deleteVersion(f *function, version string) error {
	for _, a := range f.aliases {
		if a.FunctionVersion == version || a.RoutingConfig != nil && a.RoutingConfig.AdditionalVersionWeights[version] > 0 {
			return conflict("Version %s is used by the alias %s", version, a.Name)
		}
	}
	if version == latestVersion {
		return invalid("$LATEST version cannot be deleted without deleting the function.")
	}
	for i, d := range f.versions {
		if d.config.Version == version {
			d.retire()
			f.versions = slices.Delete(f.versions, i, i+1)
			return s.keep()
		}
	}
	return notFound("Function not found: %s:%s", f.latest.config.FunctionArn, version)
}

// aliasRequest is CreateAlias's and UpdateAlias's.
type aliasRequest struct {
	Name            string
	FunctionVersion *string
	Description     *string
	RevisionId      *string
	RoutingConfig   *struct {
		AdditionalVersionWeights map[string]float64
	}
}

// apply writes what was asked for into a, if its versions are there.
func (r *aliasRequest) apply(f *function, a *alias) error {
	set(&a.FunctionVersion, r.FunctionVersion)
	set(&a.Description, r.Description)
	if r.RoutingConfig != nil {
		a.RoutingConfig = r.RoutingConfig
		if len(r.RoutingConfig.AdditionalVersionWeights) == 0 {
			a.RoutingConfig = nil
		}
	}
	names := []string{a.FunctionVersion}
	if a.RoutingConfig != nil {
		names = slices.AppendSeq(names, maps.Keys(a.RoutingConfig.AdditionalVersionWeights))
	}
	for _, name := range names {
		if f.aliases[name] != nil || name == "" {
			return invalid("an alias stands for a version, not for %q", name)
		}
		if _, err := f.version(name); err != nil {
			return err
		}
	}
	a.RevisionId = newUUID()
	return nil
}

func (s *Server) createAlias(c *call) (answer, error) {
	var req aliasRequest
	if err := c.decode(&req); err != nil {
		return answer{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f, _, err := s.find(c)
	if err != nil {
		return answer{}, err
	}
	if _, err := strconv.Atoi(req.Name); err == nil || !functionName().MatchString(req.Name) {
		return answer{}, invalid("Value '%s' at 'name' failed to satisfy constraint: it must not be a number", req.Name)
	}
	arn := f.latest.config.FunctionArn + ":" + req.Name
	if f.aliases[req.Name] != nil {
		return answer{}, conflict("Alias already exists: %s", arn)
	}
	a := &alias{AliasArn: arn, Name: req.Name}
	if err := req.apply(f, a); err != nil {
		return answer{}, err
	}
	f.aliases[req.Name] = a
	return answer{http.StatusCreated, *a}, s.keep()
}

// findAlias returns the alias that a path names; the lock is held.
func (s *Server) findAlias(c *call) (*function, *alias, error) {
	f, _, err := s.find(c)
	if err != nil {
		return nil, nil, err
	}
	a := f.aliases[c.PathValue("alias")]
	if a == nil {
		return nil, nil, notFound("Cannot find alias arn: %s:%s", f.latest.config.FunctionArn, c.PathValue("alias"))
	}
	return f, a, nil
}

func (s *Server) getAlias(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, a, err := s.findAlias(c)
	if err != nil {
		return answer{}, err
	}
	return answer{http.StatusOK, *a}, nil
}

func (s *Server) updateAlias(c *call) (answer, error) {
	var req aliasRequest
	if err := c.decode(&req); err != nil {
		return answer{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f, a, err := s.findAlias(c)
	if err != nil {
		return answer{}, err
	}
	if req.RevisionId != nil && *req.RevisionId != a.RevisionId {
		return answer{}, refuse(http.StatusPreconditionFailed, "PreconditionFailedException", "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id")
	}
	changed := *a
	if err := req.apply(f, &changed); err != nil {
		return answer{}, err
	}
	*a = changed
	return answer{http.StatusOK, *a}, s.keep()
}

func (s *Server) listAliases(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, _, err := s.find(c)
	if err != nil {
		return answer{}, err
	}
	list := []alias{}
	for _, name := range slices.Sorted(maps.Keys(f.aliases)) {
		if v := c.URL.Query().Get("FunctionVersion"); v == "" || v == f.aliases[name].FunctionVersion {
			list = append(list, *f.aliases[name])
		}
	}
	return page(c, "Aliases", list)
}

func (s *Server) deleteAlias(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, _, err := s.find(c)
	if err != nil {
		return answer{}, err
	}
	delete(f.aliases, c.PathValue("alias")) // AWS too deletes what is not there
	return answer{http.StatusNoContent, nil}, s.keep()
}
