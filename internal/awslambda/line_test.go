package awslambda

import (
	"math"
	"testing"
)

// The lines of AWS's documentation and of its blog, and of functions with the JSON
// log format.
func TestParseLog(t *testing.T) {
	tests := []struct {
		name, log                    string
		duration, billed, init, used float64 // NaN where there is none
		trace                        string
		sampled, initFailed          bool
	}{
		{
			name: "cold, traced (Lambda developer guide, Python logging)",
			log: "START RequestId: 8f507cfc-xmpl-4697-b07a-ac58fc914c95 Version: $LATEST\n" +
				"END RequestId: 8f507cfc-xmpl-4697-b07a-ac58fc914c95\n" +
				"REPORT RequestId: 8f507cfc-xmpl-4697-b07a-ac58fc914c95\tDuration: 15.74 ms\tBilled Duration: 16 ms\tMemory Size: 128 MB\tMax Memory Used: 56 MB\tInit Duration: 130.49 ms\t\n" +
				"XRAY TraceId: 1-5e34a614-10bdxmplf1fb44f07bc535a1\tSegmentId: 07f5xmpl2d1f6f85\tSampled: true\t\n",
			duration: 15.74, billed: 16, init: 130.49, used: 56, trace: "1-5e34a614-10bdxmplf1fb44f07bc535a1", sampled: true,
		},
		{
			name:     "Initialization billed, as since August 2025",
			log:      "REPORT RequestId: a\tDuration: 250.06 ms\tBilled Duration: 511 ms\tMemory Size: 128 MB\tMax Memory Used: 41 MB\tInit Duration: 260.13 ms\t\n",
			duration: 250.06, billed: 511, init: 260.13, used: 41,
		},
		{
			name:     "warm",
			log:      "REPORT RequestId: a\tDuration: 1.53 ms\tBilled Duration: 2 ms\tMemory Size: 512 MB\tMax Memory Used: 41 MB\t\n",
			duration: 1.53, billed: 2, init: math.NaN(), used: 41,
		},
		{
			name: "what the function prints counts for nothing",
			log: "REPORT me\nInit Duration: 1 ms\n" +
				"REPORT RequestId: a\tDuration: 2.00 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 41 MB\t\n",
			duration: 2, billed: 2, init: math.NaN(), used: 41,
		},
		{
			name: "Initialization that ran into its limit",
			log: "INIT_REPORT Init Duration: 9999.81 ms\tPhase: init\tStatus: timeout\n" +
				"REPORT RequestId: a\tDuration: 11000.00 ms\tBilled Duration: 11000 ms\tMemory Size: 128 MB\tMax Memory Used: 120 MB\t\n",
			duration: 11000, billed: 11000, init: math.NaN(), used: 120, initFailed: true,
		},
		{
			name: "JSON (Lambda developer guide, telemetry schema)",
			log: `{"time":"2023-10-23T20:00:00Z","type":"platform.initReport","record":{"initializationType":"on-demand","status":"success","phase":"init","metrics":{"durationMs":125.33}}}` + "\n" +
				`{"time":"2023-10-23T20:00:01Z","type":"platform.report","record":{"requestId":"x","metrics":{"durationMs":101.51,"billedDurationMs":300,"memorySizeMB":512,"maxMemoryUsedMB":33,"initDurationMs":116.67},"tracing":{"spanId":"s","type":"X-Amzn-Trace-Id","value":"Root=1-62e900b2-710d76f009d6e7785905449a;Parent=0efbd19962d95b05;Sampled=1"},"status":"success"}}` + "\n",
			duration: 101.51, billed: 300, init: 116.67, used: 33, trace: "1-62e900b2-710d76f009d6e7785905449a", sampled: true,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, initFailed := parseLog(test.log)
			if r == nil {
				t.Fatal("no REPORT was found")
			}
			for what, pair := range map[string][2]float64{
				"Duration": {value(r.Duration), test.duration}, "Billed Duration": {value(r.Billed), test.billed},
				"Init Duration": {value(r.Init), test.init}, "Max Memory Used": {value(r.MaxMemory), test.used},
			} {
				if pair[0] != pair[1] && !(math.IsNaN(pair[0]) && math.IsNaN(pair[1])) {
					t.Errorf("%s is %v, want %v", what, pair[0], pair[1])
				}
			}
			if r.TraceID != test.trace || r.Sampled != test.sampled || initFailed != test.initFailed {
				t.Errorf("trace %q, sampled %v, init failed %v", r.TraceID, r.Sampled, initFailed)
			}
		})
	}
	if r, _ := parseLog("START\nEND\n"); r != nil {
		t.Errorf("found %+v in a log without a REPORT", r)
	}
}

func value(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

func FuzzParseLog(f *testing.F) {
	f.Add("REPORT RequestId: a\tDuration: 2.00 ms\tInit Duration: 1e999 ms\t\nXRAY TraceId: 1-2\tSampled: true")
	f.Add(`{"type":"platform.report","record":{"metrics":{"durationMs":1}}}`)
	f.Fuzz(func(t *testing.T, log string) {
		r, _ := parseLog(log)
		if r == nil {
			return
		}
		if v := value(r.Duration); math.IsInf(v, 0) {
			t.Errorf("infinite duration of %q", log)
		}
	})
}
