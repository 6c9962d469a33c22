package verify

import (
	"slices"
	"strings"
)

// dimensions names the modules of the harness that have cases for a service,
// beside those of its operations.
func dimensions(service string, fat *reply) []string {
	var modules []string
	if slices.Contains(fat.Resources, service) {
		modules = append(modules, "resources")
	}
	if service == "s3" && fat.Boto3 != "" {
		modules = append(modules, "transfers")
	}
	return modules
}

// sameResources holds the slim package's boto3 to offering the resources of
// each service that is left.
func (p *pair) sameResources(fat, slim *reply) {
	if fat.Boto3 == "" || slim.Boto3 == "" {
		return // sameBoto compares the versions
	}
	want := intersect(fat.Resources, slim.Services)
	p.told(Case{Case: "available resources"}, strings.Join(want, ", "), strings.Join(slim.Resources, ", "))
}
