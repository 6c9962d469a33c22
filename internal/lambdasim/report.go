package lambdasim

import (
	"fmt"
	"math"
	"strings"
	"time"
)

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// reportInit writes the line that Lambda writes of an initialisation that failed.
func (e *environment) reportInit(phase, status, kind string) {
	e.log.sync()
	line := fmt.Sprintf("INIT_REPORT Init Duration: %.2f ms\tPhase: %s\tStatus: %s", milliseconds(e.initEnd.Sub(e.initStart)), phase, status)
	if kind != "" {
		line += "\tError Type: " + kind
	}
	e.log.printf("%s\n", line)
}

// report writes the lines at the end of an invocation: END and REPORT in Lambda's
// form, and LOCAL, which AWS has not: it says under which conditions the figures
// above it came about.
func (e *environment) report(r *record) {
	e.log.sync()
	e.log.printf("END RequestId: %s\n%s%s", r.id, e.reportLine(r), e.localLine(r))
}

// reportLine has the fields of
// https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html, in its order.
func (e *environment) reportLine(r *record) string {
	// INIT is billed since 2025-08-01:
	// https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
	billed := math.Ceil(milliseconds(r.duration() + r.initDuration()))
	fields := []string{
		"REPORT RequestId: " + r.id,
		fmt.Sprintf("Duration: %.2f ms", milliseconds(r.duration())),
		fmt.Sprintf("Billed Duration: %.0f ms", billed),
		fmt.Sprintf("Memory Size: %d MB", e.d.config.MemorySize),
	}
	if r.memory > 0 {
		fields = append(fields, fmt.Sprintf("Max Memory Used: %d MB", min((r.memory+1<<20-1)>>20, int64(e.d.config.MemorySize))))
	}
	if init := r.initDuration(); init > 0 {
		fields = append(fields, fmt.Sprintf("Init Duration: %.2f ms", milliseconds(init)))
	}
	if r.status != "" {
		fields = append(fields, "Status: "+r.status)
		if r.status == "error" {
			fields = append(fields, "Error Type: "+r.errorType)
		}
	}
	line := strings.Join(fields, "\t") + "\t\n"
	if r.traceID != "" {
		line += fmt.Sprintf("XRAY TraceId: %s\tSegmentId: %s\tSampled: %t\t\n", r.traceID, r.functionID, r.sampled)
	}
	return line
}

func (e *environment) localLine(r *record) string {
	c := e.d.server.Conditions()
	initCPU := "unlimited"
	if c.InitCPU > 0 {
		initCPU = fmt.Sprintf("%g vCPU", c.InitCPU)
	}
	fields := []string{
		"LOCAL RequestId: " + r.id, "Backend: " + Backend, "CPU: " + c.CPU, "Init CPU: " + initCPU, "Memory: " + c.Memory,
		"Code: " + c.Code, "Unpacked: " + c.Unpacked, "Page Cache: " + c.PageCache,
	}
	if r.cold {
		fields = append(fields, fmt.Sprintf("Unpack Duration: %.2f ms", milliseconds(r.unpackEnd.Sub(r.unpackStart))))
	}
	return strings.Join(fields, "\t") + "\t\n"
}
