package awslambda

import (
	"encoding/json"
	"fmt"
)

// statement is one of an IAM policy.
type statement struct {
	Sid       string
	Effect    string
	Action    []string
	Resource  []string
	Condition map[string]map[string]string `json:",omitempty"`
}

// Policy is the IAM policy of whoever runs a benchmark, with exactly the actions
// that a run with these options needs. ACCOUNT and ROLE stand in it where the
// options do not tell.
func Policy(o Options) []byte {
	statements := []statement{
		{
			Sid: "Measure", Effect: "Allow",
			Action:   []string{"xray:BatchGetTraces", "xray:GetTraceSegmentDestination", "lambda:GetAccountSettings"},
			Resource: []string{"*"},
		},
	}
	var borrowed []string
	temporary := len(o.Arms) == 0
	for _, arm := range o.Arms {
		if arm.Function == "" {
			temporary = true
		} else {
			borrowed = append(borrowed, "arn:aws:lambda:*:ACCOUNT:function:"+arm.Function)
		}
	}
	if temporary {
		statements = append(statements, temporaryStatements(o)...)
	}
	if len(borrowed) > 0 {
		statements = append(statements, statement{
			Sid: "BorrowedFunctions", Effect: "Allow",
			Action:   []string{"lambda:GetFunction", "lambda:GetFunctionConfiguration", "lambda:InvokeFunction", "lambda:UpdateFunctionConfiguration"},
			Resource: borrowed,
		})
	}
	return document(statements)
}

func temporaryStatements(o Options) []statement {
	role := o.Role
	if role == "" {
		role = "arn:aws:iam::ACCOUNT:role/ROLE"
	}
	statements := []statement{
		{
			Sid: "TemporaryFunctions", Effect: "Allow",
			Action: []string{
				"lambda:CreateFunction", "lambda:DeleteFunction", "lambda:GetFunction",
				"lambda:InvokeFunction", "lambda:UpdateFunctionConfiguration",
			},
			Resource: []string{"arn:aws:lambda:*:ACCOUNT:function:" + Prefix + "*"},
		},
		{
			Sid: "TheirLogs", Effect: "Allow",
			Action:   []string{"logs:DeleteLogGroup"},
			Resource: []string{"arn:aws:logs:*:ACCOUNT:log-group:/aws/lambda/" + Prefix + "*"},
		},
		{
			Sid: "TheirRole", Effect: "Allow", Action: []string{"iam:PassRole"}, Resource: []string{role},
			Condition: map[string]map[string]string{"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
		},
	}
	if o.Bucket != "" {
		statements = append(statements, statement{
			Sid: "LargePackages", Effect: "Allow",
			// Lambda reads the package with the rights of who creates the function.
			Action:   []string{"s3:DeleteObject", "s3:GetObject", "s3:PutObject"},
			Resource: []string{fmt.Sprintf("arn:aws:s3:::%s/%s*", o.Bucket, Prefix)},
		})
	}
	return statements
}

// RolePolicy is what the functions' own role needs beside what their handlers do:
// to send traces. Without rights to write logs it leaves no log groups either.
func RolePolicy() []byte {
	return document([]statement{{
		Sid: "SendTraces", Effect: "Allow",
		Action: []string{"xray:PutTelemetryRecords", "xray:PutTraceSegments"}, Resource: []string{"*"},
	}})
}

// AuditPolicy is the IAM policy of whoever runs an audit, with exactly the actions that
// it needs. Layers may be of other accounts.
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
func AuditPolicy() []byte {
	return document([]statement{
		{Sid: "ListThem", Effect: "Allow", Action: []string{"lambda:ListFunctions"}, Resource: []string{"*"}},
		{Sid: "ReadTheirCode", Effect: "Allow", Action: []string{"lambda:GetFunction"}, Resource: []string{"arn:aws:lambda:*:ACCOUNT:function:*"}},
		{Sid: "ReadTheirLayers", Effect: "Allow", Action: []string{"lambda:GetLayerVersion"}, Resource: []string{"arn:aws:lambda:*:*:layer:*:*"}},
	})
}

func document(statements []statement) []byte {
	data, err := json.MarshalIndent(struct {
		Version   string
		Statement []statement
	}{"2012-10-17", statements}, "", "  ")
	if err != nil {
		panic(err) // strings alone cannot fail
	}
	return append(data, '\n')
}
