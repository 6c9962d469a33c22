package lambdasim

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// configuration is FunctionConfiguration of Lambda's API, as it is sent and kept.
type configuration struct {
	FunctionName               string
	FunctionArn                string
	Runtime                    string
	Role                       string
	Handler                    string
	CodeSize                   int64
	Description                string
	Timeout                    int // in seconds
	MemorySize                 int // in MB
	LastModified               string
	CodeSha256                 string
	Version                    string
	Environment                *environmentVariables `json:",omitempty"`
	TracingConfig              tracingConfig
	RevisionId                 string
	Layers                     []layerReference `json:",omitempty"`
	State                      string
	StateReason                string `json:",omitempty"`
	StateReasonCode            string `json:",omitempty"`
	LastUpdateStatus           string
	LastUpdateStatusReason     string `json:",omitempty"`
	LastUpdateStatusReasonCode string `json:",omitempty"`
	PackageType                string
	Architectures              []string
	EphemeralStorage           ephemeralStorage
	SnapStart                  snapStart
	RuntimeVersionConfig       runtimeVersion
	LoggingConfig              loggingConfig
}

type environmentVariables struct {
	Variables map[string]string
}

type tracingConfig struct{ Mode string }

type layerReference struct {
	Arn      string
	CodeSize int64
}

type ephemeralStorage struct{ Size int }

type snapStart struct{ ApplyOn, OptimizationStatus string }

type runtimeVersion struct{ RuntimeVersionArn string }

type loggingConfig struct{ LogFormat, LogGroup string }

// settings are what CreateFunction and UpdateFunctionConfiguration have in common.
// What is nil was not asked for.
type settings struct {
	Runtime          *string
	Role             *string
	Handler          *string
	Description      *string
	Timeout          *int
	MemorySize       *int
	Environment      *environmentVariables
	TracingConfig    *tracingConfig
	Layers           *[]string
	EphemeralStorage *ephemeralStorage
	SnapStart        *snapStart
	LoggingConfig    *loggingConfig
	PackageType      *string
	Architectures    []string
	RevisionId       *string
}

// apply writes what was asked for into c and refuses what Lambda would refuse, and
// what only AWS can do.
func (s *settings) apply(c *configuration) error {
	set(&c.Runtime, s.Runtime)
	set(&c.Role, s.Role)
	set(&c.Handler, s.Handler)
	set(&c.Description, s.Description)
	set(&c.Timeout, s.Timeout)
	set(&c.MemorySize, s.MemorySize)
	set(&c.TracingConfig, s.TracingConfig)
	set(&c.EphemeralStorage, s.EphemeralStorage)
	set(&c.PackageType, s.PackageType)
	if s.Environment != nil {
		c.Environment = &environmentVariables{maps.Clone(s.Environment.Variables)}
		if len(c.Environment.Variables) == 0 {
			c.Environment = nil
		}
	}
	if s.LoggingConfig != nil && s.LoggingConfig.LogFormat != "" {
		c.LoggingConfig.LogFormat = s.LoggingConfig.LogFormat
	}
	if len(s.Architectures) > 0 {
		c.Architectures = slices.Clone(s.Architectures)
	}
	if s.SnapStart != nil && s.SnapStart.ApplyOn != "" && s.SnapStart.ApplyOn != "None" {
		return invalid("this local Lambda has no SnapStart")
	}
	return c.check()
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

var (
	functionName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-zA-Z0-9-_]{1,64}$`) })
	runtimeName  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^python(3\.\d{1,2})$`) })
	variableName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]+$`) })
)

// The limits of https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html.
const (
	minMemory, maxMemory = 128, 10240       // MB
	maxTimeout           = 900              // seconds
	maxVariables         = 4 << 10          // bytes of all environment variables
	maxZip               = 50 << 20         // bytes of a zip that is uploaded directly
	maxUnzipped          = 262_144_000      // bytes of code and layers, unpacked
	maxPayload           = 6 << 20          // bytes of a synchronous request or response
	maxResponse          = maxPayload + 100 // what Lambda says it is
	maxAsyncPayload      = 1 << 20          // bytes of an asynchronous request
	maxLayers            = 5
	maxInit              = 10 * time.Second
)

func (c *configuration) check() error {
	switch {
	case c.PackageType != "Zip":
		return invalid("this local Lambda runs packages of type Zip, not %s", c.PackageType)
	case !runtimeName().MatchString(c.Runtime):
		return invalid("Value %s at 'runtime' failed to satisfy constraint: this local Lambda runs python3.X", c.Runtime)
	case c.Handler == "":
		return invalid("Handler is mandatory for functions created with a zip")
	case c.Timeout < 1 || c.Timeout > maxTimeout:
		return invalid("Value '%d' at 'timeout' failed to satisfy constraint: Member must have value between 1 and %d", c.Timeout, maxTimeout)
	case c.MemorySize < minMemory || c.MemorySize > maxMemory:
		return invalid("'MemorySize' value failed to satisfy constraint: Member must have value between %d and %d", minMemory, maxMemory)
	case c.TracingConfig.Mode != "Active" && c.TracingConfig.Mode != "PassThrough":
		return invalid("Value '%s' at 'tracingConfig.mode' failed to satisfy constraint: Member must satisfy enum value set: [Active, PassThrough]", c.TracingConfig.Mode)
	case len(c.Architectures) != 1 || c.Architectures[0] != "x86_64" && c.Architectures[0] != "arm64":
		return invalid("Architectures must be one of x86_64 and arm64")
	}
	return c.checkVariables()
}

// reserved are the variables that Lambda sets itself and lets nobody change:
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html.
var reserved = []string{
	"_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
	"AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
	"AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
	"AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
	"AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
}

func (c *configuration) checkVariables() error {
	if c.Environment == nil {
		return nil
	}
	var bad []string
	size := 0
	for name, value := range c.Environment.Variables {
		size += len(name) + len(value)
		if slices.Contains(reserved, name) {
			bad = append(bad, name)
		} else if !variableName().MatchString(name) {
			return invalid("Value '%s' at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [a-zA-Z]([a-zA-Z0-9_])+", name)
		}
	}
	if len(bad) > 0 {
		slices.Sort(bad)
		return invalid("Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: %s", strings.Join(bad, ", "))
	}
	if size > maxVariables {
		return invalid("Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: %d bytes", size)
	}
	return nil
}

// language is the Python of a runtime: "3.13" of python3.13.
func (c *configuration) language() string { return strings.TrimPrefix(c.Runtime, "python") }

// vcpus is what Lambda gives the handler of a function:
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html says that
// 1,769 MB are one.
func (c *configuration) vcpus() float64 { return float64(c.MemorySize) / 1769 }

func newConfiguration(name, region string) configuration {
	return configuration{
		FunctionName: name, FunctionArn: functionARN(region, name), Version: latestVersion,
		Timeout: 3, MemorySize: 128, TracingConfig: tracingConfig{"PassThrough"},
		PackageType: "Zip", Architectures: []string{"x86_64"}, EphemeralStorage: ephemeralStorage{512},
		SnapStart: snapStart{"None", "Off"}, LoggingConfig: loggingConfig{"Text", "/aws/lambda/" + name},
		State: "Active", LastUpdateStatus: "Successful",
	}
}

func functionARN(region, name string) string {
	return fmt.Sprintf("arn:aws:lambda:%s:%s:function:%s", region, Account, name)
}

const latestVersion = "$LATEST"

// splitName reads what stands for a function in a path: a name, an ARN, or either
// with a version or an alias.
func splitName(name string) (function, qualifier string, err error) {
	parts := strings.Split(name, ":")
	if parts[0] == "arn" { // arn:aws:lambda:REGION:ACCOUNT:function:NAME
		if len(parts) < 7 || parts[5] != "function" {
			return "", "", invalid("%s is no ARN of a function", name)
		}
		parts = parts[6:]
	} else if len(parts) >= 3 && parts[1] == "function" { // ACCOUNT:function:NAME
		parts = parts[2:]
	}
	if len(parts) > 2 || !functionName().MatchString(parts[0]) {
		return "", "", refuse(400, "ValidationException", "Value '%s' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?", name)
	}
	if len(parts) == 2 {
		qualifier = parts[1]
	}
	return parts[0], qualifier, nil
}
