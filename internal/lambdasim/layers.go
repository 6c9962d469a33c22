package lambdasim

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// layer is one layer with its versions, oldest first.
type layer struct {
	name     string
	versions []*layerVersion
	last     int // the number of the last version: none is used twice
}

// layerVersion is what the API tells of a version, and its code.
type layerVersion struct {
	LayerVersionArn         string
	Version                 int
	Description             string
	CreatedDate             string
	CompatibleRuntimes      []string `json:",omitempty"`
	CompatibleArchitectures []string `json:",omitempty"`
	LicenseInfo             string   `json:",omitempty"`
	Code                    *blob    `json:"-"`
}

func layerARN(region, name string) string {
	return fmt.Sprintf("arn:aws:lambda:%s:%s:layer:%s", region, Account, name)
}

func (s *Server) publishLayer(c *call) (answer, error) {
	var req struct {
		Content                                     codeRequest
		Description, LicenseInfo                    string
		CompatibleRuntimes, CompatibleArchitectures []string
	}
	if err := c.decode(&req); err != nil {
		return answer{}, err
	}
	if err := req.Content.check(); err != nil {
		return answer{}, err
	}
	code, err := s.blobs.put(req.Content.ZipFile)
	if err != nil {
		return answer{}, err
	}
	name := c.PathValue("layer")
	if _, after, ok := strings.Cut(name, ":layer:"); ok {
		name = after
	}
	if !functionName().MatchString(name) {
		return answer{}, invalid("Value '%s' at 'layerName' failed to satisfy constraint", name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.layers[name]
	if l == nil {
		l = &layer{name: name}
		s.layers[name] = l
	}
	l.last++
	v := &layerVersion{
		LayerVersionArn: layerARN(c.region, name) + ":" + strconv.Itoa(l.last), Version: l.last,
		Description: req.Description, LicenseInfo: req.LicenseInfo, CreatedDate: timestamp(time.Now()),
		CompatibleRuntimes: req.CompatibleRuntimes, CompatibleArchitectures: req.CompatibleArchitectures, Code: code,
	}
	l.versions = append(l.versions, v)
	return answer{http.StatusCreated, v.withContent(c)}, s.keep()
}

// withContent is PublishLayerVersion's answer and GetLayerVersion's.
func (v *layerVersion) withContent(c *call) any {
	arn, _ := cutLast(v.LayerVersionArn)
	return struct {
		*layerVersion
		LayerArn string
		Content  map[string]any
	}{v, arn, map[string]any{"CodeSha256": v.Code.sha256, "CodeSize": v.Code.size, "Location": location(c, v.Code)}}
}

// cutLast cuts an ARN before its last colon.
func cutLast(arn string) (before, after string) {
	i := strings.LastIndexByte(arn, ':')
	return arn[:max(i, 0)], arn[i+1:]
}

// findLayers returns the layers of a function; the lock is held.
func (s *Server) findLayers(arns []string) ([]layerReference, []*blob, error) {
	if len(arns) > maxLayers {
		return nil, nil, invalid("Layers consumed exceeds the maximum of %d", maxLayers)
	}
	var references []layerReference
	var blobs []*blob
	for _, arn := range arns {
		v, err := s.findLayer(arn)
		if err != nil {
			return nil, nil, err
		}
		references = append(references, layerReference{v.LayerVersionArn, v.Code.size})
		blobs = append(blobs, v.Code)
	}
	return references, blobs, nil
}

// findLayer returns the version that an ARN names; the lock is held.
func (s *Server) findLayer(arn string) (*layerVersion, error) {
	before, version := cutLast(arn)
	_, name, ok := strings.Cut(before, ":layer:")
	if l := s.layers[name]; ok && l != nil {
		for _, v := range l.versions {
			if strconv.Itoa(v.Version) == version {
				return v, nil
			}
		}
	}
	return nil, invalid("Layer version %s does not exist.", arn)
}

func (s *Server) getLayer(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := c.PathValue("layer")
	if _, after, ok := strings.Cut(name, ":layer:"); ok {
		name = after
	}
	v, err := s.findLayer(layerARN(c.region, name) + ":" + c.PathValue("version"))
	if err != nil {
		return answer{}, notFound("The resource you requested does not exist.")
	}
	return answer{http.StatusOK, v.withContent(c)}, nil
}

func (s *Server) deleteLayer(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.layers[c.PathValue("layer")]; l != nil { // AWS too deletes what is not there
		l.versions = slices.DeleteFunc(l.versions, func(v *layerVersion) bool { return strconv.Itoa(v.Version) == c.PathValue("version") })
	}
	return answer{http.StatusNoContent, nil}, s.keep()
}

// listLayers also answers GetLayerVersionByArn, which has the same path.
func (s *Server) listLayers(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if q := c.URL.Query(); q.Get("find") == "LayerVersion" {
		v, err := s.findLayer(q.Get("Arn"))
		if err != nil {
			return answer{}, notFound("The resource you requested does not exist.")
		}
		return answer{http.StatusOK, v.withContent(c)}, nil
	}
	list := []map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(s.layers)) {
		if l := s.layers[name]; len(l.versions) > 0 {
			newest := l.versions[len(l.versions)-1]
			arn, _ := cutLast(newest.LayerVersionArn)
			list = append(list, map[string]any{"LayerName": name, "LayerArn": arn, "LatestMatchingVersion": newest})
		}
	}
	return page(c, "Layers", list)
}

func (s *Server) listLayerVersions(c *call) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []*layerVersion{}
	if l := s.layers[c.PathValue("layer")]; l != nil {
		list = slices.Clone(l.versions)
		slices.Reverse(list) // the newest first, as AWS lists them
	}
	return page(c, "LayerVersions", list)
}
