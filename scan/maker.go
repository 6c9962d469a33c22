package scan

import "strings"

// What a program calls to get at a service. Sources: boto3/__init__.py,
// boto3/session.py, botocore/session.py and botocore/loaders.py; aioboto3 and
// aiobotocore keep the names.

// purpose is what a call of a maker needs of the service it is given.
type purpose uint8

const (
	forClient purpose = iota + 1
	forResource
	forModel // reads the service's data without making a client
	forAll   // lists what there is: every service counts
	forAlias // a name that may stand for one of the above
)

// makers are the methods that take a service's name, or list the services.
var makers = map[string]purpose{
	"client":                   forClient,
	"create_client":            forClient,
	"resource":                 forResource,
	"get_service_model":        forModel,
	"get_service_data":         forModel,
	"get_waiter_model":         forModel,
	"get_paginator_model":      forModel,
	"get_available_regions":    forModel, // silently empty without the model
	"load_service_model":       forModel,
	"list_api_versions":        forModel,
	"determine_latest_version": forModel,
	"get_available_services":   forAll,
	"get_available_resources":  forAll,
	"list_available_services":  forAll,
	"__call__":                 forAlias,
	"load_data":                forAlias, // of "s3/2006-03-01/service-2"
	"load_data_with_path":      forAlias,
}

// isBoto reports whether a dotted name belongs to boto3 or one of its kin.
func isBoto(dotted string) bool {
	first, _, _ := strings.Cut(dotted, ".")
	switch first {
	case "boto3", "botocore", "aioboto3", "aiobotocore":
		return true
	}
	return false
}

// exportedByBoto reports whether "from boto3 import *" brings a name that matters.
func exportedByBoto(name string) bool {
	_, maker := makers[name]
	return maker || isSessionName(name)
}

func isSessionClass(dotted string) bool {
	return isBoto(dotted) && isSessionName(dotted[strings.LastIndexByte(dotted, '.')+1:])
}

func isSessionName(name string) bool {
	switch name {
	case "Session", "AioSession", "get_session", "_get_default_session":
		return true
	}
	return false
}

// makerOf returns the purpose of a maker by its dotted name, 0 for anything
// else: botocore.client is a module.
func makerOf(dotted string) purpose {
	i := strings.LastIndexByte(dotted, '.')
	if i < 0 || !isBoto(dotted) {
		return 0
	}
	what, of := makers[dotted[i+1:]], dotted[:i]
	if what != forModel && what != forAll && dotted[i+1:] != "create_client" && of != "boto3" && of != "aioboto3" && !isSessionClass(of) {
		return 0
	}
	return what
}

func isClientMaker(dotted string) bool   { return makerOf(dotted) == forClient }
func isResourceMaker(dotted string) bool { return makerOf(dotted) == forResource }
