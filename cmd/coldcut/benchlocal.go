package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/coldcut/coldcut/internal/lambdasim"
)

// localRole is one that no account has.
const localRole = "arn:aws:iam::000000000000:role/local"

// localOptions are those of the local Lambda that bench starts for itself.
type localOptions struct {
	initCPU float64
	cold    bool
	server  *lambdasim.Server
}

func (l *localOptions) addFlags(cmd *cobra.Command) {
	cmd.Flags().Float64Var(&l.initCPU, "init-cpu", 0, "on local: limit Initialization to so many vCPUs (default: not at all; AWS does not say)")
	cmd.Flags().BoolVar(&l.cold, "drop-page-cache", false, "on local: read packages from the disk at every cold start")
}

// start serves a local Lambda on loopback.
func (l *localOptions) start() (url string, stop func() error, err error) {
	opts := lambdasim.Options{InitCPU: l.initCPU}
	if l.cold {
		opts.PageCache = lambdasim.PageCacheDropped
	}
	if l.server, err = lambdasim.New(opts); err != nil {
		return "", nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, errors.Join(err, l.server.Close())
	}
	web := &http.Server{Handler: l.server, ReadHeaderTimeout: time.Minute}
	go func() { _ = web.Serve(listener) }() // ends with Close
	stop = func() error { return errors.Join(web.Close(), l.server.Close()) }
	return "http://" + listener.Addr().String(), stop, nil
}

// conditions says under which conditions the local Lambda ran, if it did.
func (l *localOptions) conditions() []string {
	if l.server == nil {
		return nil
	}
	c := l.server.Conditions()
	init := "not limited"
	if c.InitCPU > 0 {
		init = fmt.Sprintf("limited to %g vCPU", c.InitCPU)
	}
	return []string{
		"CPU of handlers: " + c.CPU, "memory: " + c.Memory, "CPU of Initialization: " + init,
		"code folder: " + c.Code, "paths: " + c.Paths, "page cache: " + c.PageCache,
		"what lies before Initialization is unpacking on this machine: AWS downloads and places, and does not say how long each takes",
	}
}
