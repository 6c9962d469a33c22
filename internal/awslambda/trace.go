package awslambda

import (
	"encoding/json"
	"math"
)

// segment is one of X-Ray's, or a subsegment; times are seconds of the epoch.
// https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
type segment struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Origin      string    `json:"origin"`
	Start       float64   `json:"start_time"`
	End         float64   `json:"end_time"`
	InProgress  bool      `json:"in_progress"`
	Subsegments []segment `json:"subsegments"`
}

func (s *segment) whole() bool {
	return s != nil && !s.InProgress && s.Start > 0 && s.End >= s.Start
}

// figures are the milliseconds of a cold start's trace.
type figures struct {
	untilInit, init, total, handler float64
	// proactive is why Initialization does not belong to this invocation alone.
	proactive string
}

// longestGap is how long after Initialization the function begins at most where
// both are of one invocation. Lambda may initialise ahead of an invocation.
const longestGap = 1000

// readTrace makes figures of a trace's documents; false as long as it is not whole.
//
// A trace has a segment AWS::Lambda and a segment AWS::Lambda::Function, with
// subsegments Initialization, Invocation and Overhead, or, as Lambda writes them
// since 2024, Init and no Invocation.
// https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
//
// The Function segment begins after Initialization, so all is measured from the
// AWS::Lambda segment.
func readTrace(documents []string) (figures, bool) {
	var service, function, init *segment
	for _, document := range documents {
		var s segment
		if json.Unmarshal([]byte(document), &s) != nil {
			continue
		}
		switch {
		case s.Origin == "AWS::Lambda" && !service.whole():
			service = &s
		case s.Origin == "AWS::Lambda::Function" && !function.whole():
			function = &s
		}
	}
	if !service.whole() || !function.whole() {
		return figures{}, false
	}
	for _, in := range []*segment{function, service} {
		if init = in.child("Initialization", "Init"); init.whole() {
			return measure(service, function, init), true
		}
	}
	return figures{}, false
}

// child finds a subsegment by any of its names, at any depth.
func (s *segment) child(names ...string) *segment {
	for i := range s.Subsegments {
		sub := &s.Subsegments[i]
		for _, name := range names {
			if sub.Name == name {
				return sub
			}
		}
		if found := sub.child(names...); found != nil {
			return found
		}
	}
	return nil
}

func measure(service, function, init *segment) figures {
	f := figures{
		untilInit: ms(init.Start - service.Start),
		init:      ms(init.End - init.Start),
		total:     ms(service.End - service.Start),
		handler:   ms(function.End - function.Start),
	}
	if invocation := function.child("Invocation"); invocation.whole() {
		f.handler = ms(invocation.End - invocation.Start)
	} else if overhead := function.child("Overhead"); overhead.whole() {
		f.handler = ms(function.End - function.Start - (overhead.End - overhead.Start))
	}
	switch gap := ms(function.Start - init.End); {
	case f.untilInit < 0:
		f.proactive = "initialised ahead of the invocation"
	case gap > longestGap:
		f.proactive = "initialised long before the function began"
	}
	return f
}

// ms makes milliseconds of seconds, to the microsecond: what is below is the
// noise of large floats.
func ms(seconds float64) float64 { return math.Round(seconds*1e6) / 1e3 }
