package awslambda

import (
	"encoding/json"
	"strconv"
	"strings"
)

// reportLine is what Lambda writes at the end of an invocation. Times are in
// milliseconds, sizes in MB; what the line does not have is nil.
// https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
type reportLine struct {
	Duration, Billed, Init, Restore, Memory, MaxMemory *float64
	// Unpack is of the line LOCAL, which the local Lambda adds.
	Unpack  *float64
	Local   bool
	TraceID string
	Sampled bool
}

// parseLog finds the REPORT of an invocation in the end of its log, in either of
// Lambda's log formats. initFailed tells of an INIT_REPORT: Initialization ended
// with an error or ran into its limit of 10 s, and was done again within the
// invocation.
func parseLog(log string) (report *reportLine, initFailed bool) {
	// The XRAY line belongs to the REPORT before it.
	log = strings.ReplaceAll(log, "\nXRAY ", "\tXRAY ")
	for line := range strings.Lines(log) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "REPORT RequestId:"):
			report = parseReport(line)
		case strings.HasPrefix(line, "LOCAL RequestId:") && report != nil:
			report.Unpack, report.Local = parseReport(line).Unpack, true
		case strings.HasPrefix(line, "INIT_REPORT"):
			initFailed = true
		case strings.HasPrefix(line, "{"):
			if r, failed := parsePlatformEvent(line); r != nil || failed {
				report, initFailed = orOld(r, report), initFailed || failed
			}
		}
	}
	return report, initFailed
}

func orOld(r, old *reportLine) *reportLine {
	if r != nil {
		return r
	}
	return old
}

func parseReport(line string) *reportLine {
	r := &reportLine{}
	for field := range strings.SplitSeq(line, "\t") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), ": ")
		switch name {
		case "Duration":
			r.Duration = quantity(value, "ms")
		case "Billed Duration":
			r.Billed = quantity(value, "ms")
		case "Init Duration":
			r.Init = quantity(value, "ms")
		case "Restore Duration":
			r.Restore = quantity(value, "ms")
		case "Unpack Duration":
			r.Unpack = quantity(value, "ms")
		case "Memory Size":
			r.Memory = quantity(value, "MB")
		case "Max Memory Used":
			r.MaxMemory = quantity(value, "MB")
		case "XRAY TraceId":
			r.TraceID = value
		case "Sampled":
			r.Sampled = value == "true"
		}
	}
	return r
}

// quantity reads a number with its unit, nil if it is not one.
func quantity(s, unit string) *float64 {
	v, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(s, unit)), 64)
	if err != nil || v < 0 || v > 1e12 {
		return nil
	}
	return &v
}

// platformEvent is a line of the JSON log format.
// https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
type platformEvent struct {
	Type   string `json:"type"`
	Record struct {
		Status  string `json:"status"`
		Metrics struct {
			Duration  *float64 `json:"durationMs"`
			Billed    *float64 `json:"billedDurationMs"`
			Memory    *float64 `json:"memorySizeMB"`
			MaxMemory *float64 `json:"maxMemoryUsedMB"`
			Init      *float64 `json:"initDurationMs"`
			Restore   *float64 `json:"restoreDurationMs"`
		} `json:"metrics"`
		Tracing struct {
			Value string `json:"value"`
		} `json:"tracing"`
	} `json:"record"`
}

func parsePlatformEvent(line string) (report *reportLine, initFailed bool) {
	var e platformEvent
	if json.Unmarshal([]byte(line), &e) != nil {
		return nil, false
	}
	switch e.Type {
	case "platform.initReport":
		return nil, e.Record.Status != "success"
	case "platform.report":
		m := e.Record.Metrics
		r := &reportLine{Duration: m.Duration, Billed: m.Billed, Init: m.Init, Restore: m.Restore, Memory: m.Memory, MaxMemory: m.MaxMemory}
		for part := range strings.SplitSeq(e.Record.Tracing.Value, ";") {
			switch key, value, _ := strings.Cut(part, "="); key {
			case "Root":
				r.TraceID = value
			case "Sampled":
				r.Sampled = value == "1"
			}
		}
		return r, false
	}
	return nil, false
}
