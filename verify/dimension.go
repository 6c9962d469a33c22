package verify

import (
	"cmp"
	"fmt"
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
	want := subtract(intersect(fat.Resources, slim.Services), subtract(p.opts.ClientsOnly, slim.Resources))
	p.told(Case{Case: "available resources"}, strings.Join(want, ", "), strings.Join(intersect(slim.Resources, slim.Services), ", "))
}

// resourceless holds each service whose resources were meant to go, and are gone, to
// the error that boto3 has for it. They are compared no further.
func (p *pair) resourceless(fat, slim *reply) error {
	p.clientsOnly = subtract(intersect(intersect(fat.Resources, slim.Services), p.opts.ClientsOnly), slim.Resources)
	fat.Resources = subtract(fat.Resources, p.clientsOnly)
	for _, service := range p.clientsOnly {
		if p.opts.Only.Case != "" || !p.opts.wants(service) {
			continue
		}
		said, err := p.ask(&p.slim, request{Do: "resourceless", Service: service})
		if err != nil {
			return err
		}
		saw := string(said.Saw)
		want := fmt.Sprintf("boto3.exceptions.ResourceNotExistsError: The '%s' resource does not exist.", service)
		if strings.HasPrefix(saw, `"`+want) {
			want = saw // what follows is free
		}
		p.told(Case{Service: service, Case: "no resource"}, want, saw)
	}
	return nil
}
