// Package lambdasim is a Lambda and an X-Ray on this machine, for real clients:
// boto3, the AWS CLI and aws-sdk-go-v2, told of it by an endpoint URL alone.
//
// It runs the package that was deployed, in a real Python, under the Runtime API
// that AWS documents. Every cold start unpacks the package afresh and starts a
// fresh process; what AWS would have limited is limited as far as this system
// allows, and [Conditions] says how far. Whatever it answers says that it is
// local, so that no figure of it can pass for one of AWS.
//
// It holds nobody out: it runs code that its user deployed, as its user. Serve it
// on loopback alone.
package lambdasim
