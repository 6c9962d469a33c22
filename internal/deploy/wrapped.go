package deploy

// Wrapped are the variables in which a wrapper around a handler is told the real
// one. Sources: the documentation of Datadog, New Relic, OpenTelemetry, Lumigo and
// Sentry for Lambda. The caller must not change it.
var Wrapped = []string{"DD_LAMBDA_HANDLER", "NEW_RELIC_LAMBDA_HANDLER", "ORIG_HANDLER", "LUMIGO_ORIGINAL_HANDLER", "SENTRY_INITIAL_HANDLER"}
