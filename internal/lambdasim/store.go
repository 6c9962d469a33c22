package lambdasim

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// state is what is kept in Options.Data, in state.json. The zips lie beside it.
type state struct {
	Schema    int
	Functions []functionState
	Layers    []layerState
}

type functionState struct {
	Name        string
	Latest      deploymentState
	Versions    []deploymentState
	Published   int
	Aliases     map[string]*alias
	Tags        map[string]string
	Concurrency *int
}

type deploymentState struct {
	Of     string
	Config configuration
	Code   string   // its sum
	Layers []string // theirs
}

type layerState struct {
	Name     string
	Last     int
	Versions []layerVersionState
}

type layerVersionState struct {
	Version layerVersion
	Code    string
}

const stateSchema = 1

// keep writes what a client changed, where it is to be kept; the lock is held.
func (s *Server) keep() error {
	if s.opts.Data == "" {
		return nil
	}
	out := state{Schema: stateSchema}
	for _, f := range s.functions {
		fs := functionState{Name: f.name, Latest: f.latest.state(), Published: f.published, Aliases: f.aliases, Tags: f.tags, Concurrency: f.concurrency}
		for _, v := range f.versions {
			fs.Versions = append(fs.Versions, v.state())
		}
		out.Functions = append(out.Functions, fs)
	}
	for _, l := range s.layers {
		ls := layerState{Name: l.name, Last: l.last}
		for _, v := range l.versions {
			ls.Versions = append(ls.Versions, layerVersionState{*v, v.Code.sha256})
		}
		out.Layers = append(out.Layers, ls)
	}
	data, err := json.MarshalIndent(out, "", "\t")
	if err != nil {
		return err
	}
	return writeWhole(filepath.Join(s.opts.Data, "state.json"), data)
}

func (d *deployment) state() deploymentState {
	st := deploymentState{Of: d.of, Config: d.config, Code: d.code.sha256}
	for _, l := range d.layers {
		st.Layers = append(st.Layers, l.sha256)
	}
	return st
}

// restore opens the place for code, and reads what was kept.
func (s *Server) restore() error {
	dir := filepath.Join(s.work, "code")
	if s.opts.Data != "" {
		dir = filepath.Join(s.opts.Data, "code")
	}
	var err error
	if s.blobs, err = openBlobs(dir); err != nil || s.opts.Data == "" {
		return err
	}
	name := filepath.Join(s.opts.Data, "state.json")
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var in state
	if err := json.Unmarshal(data, &in); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if in.Schema != stateSchema {
		return fmt.Errorf("%s is not the state of a local Lambda of this version", name)
	}
	return s.load(&in)
}

func (s *Server) load(in *state) error {
	for _, ls := range in.Layers {
		l := &layer{name: ls.Name, last: ls.Last}
		for _, v := range ls.Versions {
			code, err := s.sum(v.Code)
			if err != nil {
				return err
			}
			version := v.Version
			version.Code = code
			l.versions = append(l.versions, &version)
		}
		s.layers[l.name] = l
	}
	for _, kept := range in.Functions {
		f := &function{name: kept.Name, published: kept.Published, aliases: kept.Aliases, tags: kept.Tags, concurrency: kept.Concurrency}
		if f.aliases == nil {
			f.aliases = map[string]*alias{}
		}
		var err error
		if f.latest, err = s.loadDeployment(kept.Latest); err != nil {
			return err
		}
		f.serving = f.latest
		for _, v := range kept.Versions {
			d, err := s.loadDeployment(v)
			if err != nil {
				return err
			}
			f.versions = append(f.versions, d)
		}
		s.functions[f.name] = f
	}
	return nil
}

func (s *Server) loadDeployment(st deploymentState) (*deployment, error) {
	code, err := s.sum(st.Code)
	if err != nil {
		return nil, err
	}
	var layers []*blob
	for _, sum := range st.Layers {
		l, err := s.sum(sum)
		if err != nil {
			return nil, err
		}
		layers = append(layers, l)
	}
	// What was in progress is through by now.
	st.Config.State, st.Config.LastUpdateStatus = "Active", "Successful"
	st.Config.StateReason, st.Config.StateReasonCode = "", ""
	st.Config.LastUpdateStatusReason, st.Config.LastUpdateStatusReasonCode = "", ""
	d := newDeployment(s, st.Config, code, layers)
	d.of = st.Of
	return d, nil
}

// sum returns the zip with a sum as it is kept.
func (s *Server) sum(text string) (*blob, error) {
	sum, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	return s.blobs.get(sum)
}
