package verify

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// dimensions names the modules of the harness that have cases for a service,
// beside those of its operations.
func (p *pair) dimensions(service string, fat *reply) []string {
	var modules []string
	switch {
	case !slices.Contains(fat.Resources, service):
	case slices.Contains(p.opts.ClientsOnly, service):
		p.gap(Case{Service: service, Case: "resources"}, clientsOnly)
	default:
		modules = append(modules, "resources")
	}
	if service == "s3" && fat.Boto3 != "" {
		modules = append(modules, "transfers")
	}
	if fat.Aio != "" {
		modules = append(modules, "aio")
	}
	return modules
}

// dimensionJobs makes the jobs of a service's dimensions. Only aiobotocore's
// clients have cases for each operation.
func dimensionJobs(service string, operations, gone, modules []string) []job {
	var jobs []job
	for _, module := range modules {
		if module != "aio" {
			jobs = append(jobs, job{service: service, gone: gone, dimension: module})
			continue
		}
		for part := range slices.Chunk(operations, chunk) {
			j := job{service: service, operations: part, gone: gone, dimension: module}
			if part[0] == operations[0] {
				j.whole = operations
			}
			jobs = append(jobs, j)
		}
	}
	return jobs
}

// counts is how many operations are done once the job is: those of dimensions
// have a job of their own.
func (j job) counts() int {
	if j.dimension != "" {
		return 0
	}
	return len(j.operations)
}

// samePackages holds the slim package to having what builds on botocore: boto3
// with the resources of each service that is left, and aiobotocore. What the fat
// package does not have either cannot be compared, and is said to be so.
func (p *pair) samePackages(fat, slim *reply) {
	if fat.Aio == "" && slim.Aio == "" {
		p.gap(Case{Case: "aiobotocore"}, "not applicable: the package has none")
	} else {
		p.told(Case{Case: "aiobotocore"}, cmp.Or(fat.Aio, "none"), cmp.Or(slim.Aio, "none"))
	}
	if fat.Boto3 == "" {
		p.gap(Case{Case: "resources"}, "not applicable: the package has no boto3")
		p.gap(Case{Case: "transfers"}, "not applicable: the package has no boto3")
		return
	}
	want := subtract(intersect(fat.Resources, slim.Services), p.opts.ClientsOnly)
	p.told(Case{Case: "available resources"}, strings.Join(want, ", "), strings.Join(intersect(slim.Resources, slim.Services), ", "))
}

// clientsOnly is why a case that makes a resource is not exercised.
const clientsOnly = "the slim package is cut for a program that makes clients of the service and no resources"

// resourceless reports whether a case makes a resource of a service of which the slim
// package was meant to make none, and fails there as boto3 does (boto3/session.py,
// Session.resource), and nowhere else.
func (p *pair) resourceless(service string, fat, slim []byte) bool {
	said := []byte("The '" + service + "' resource does not exist.")
	return slices.Contains(p.opts.ClientsOnly, service) && bytes.Contains(slim, said) && !bytes.Contains(fat, said) &&
		bytes.Contains(slim, []byte("boto3.exceptions.ResourceNotExistsError"))
}
