package plan_test

import (
	"slices"
	"testing"

	"github.com/coldcut/coldcut/plan"
)

// TestOperations holds which operations of a service stay, where that counts.
func TestOperations(t *testing.T) {
	const getItem = "import boto3\nboto3.client('dynamodb').get_item()\n"
	two := `{"metadata":{},"operations":{"GetItem":{},"PutItem":{}},"shapes":{}}`
	inner := "def fetch(client_creator):\n    client = client_creator('sts')\n    return client.assume_role()\n"
	extra := map[string]string{
		"app.py": getItem,
		"botocore/data/dynamodb/2012-08-10/service-2.json": two,
		"botocore/credentials.py":                          inner,
		"botocore/data/sts/2011-06-15/service-2.json":      `{"operations":{"GetCallerIdentity":{},"AssumeRole":{}}}`,
	}
	tests := []struct {
		name, service string
		source        string
		keep          []string
		want          []string
	}{
		{"used", "dynamodb", getItem, nil, []string{"GetItem"}},
		{"declared beside", "dynamodb", getItem, []string{"dynamodb:put_item"}, []string{"GetItem", "PutItem"}},
		{"declared whole", "dynamodb", getItem, []string{"dynamodb"}, []string{"*"}},
		{"declared whole and in part", "dynamodb", getItem, []string{"dynamodb:PutItem", "dynamodb:*"}, []string{"*"}},
		{"declared alone", "s3", getItem, []string{"s3:GetObject"}, []string{"GetObject"}},
		{"for credentials", "sts", getItem, nil, []string{"AssumeRole"}},
		{"used, and for credentials", "sts", "import boto3\nboto3.client('sts').get_caller_identity()\n", nil, []string{"AssumeRole", "GetCallerIdentity"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := mustPlan(t, with(extra, map[string]string{"app.py": test.source}), plan.Options{Only: plan.Passes, Keep: test.keep})
			if got := p.Services[test.service]; !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestModels holds what is rewritten, and that it is only where that was asked for.
func TestModels(t *testing.T) {
	extra := map[string]string{"app.py": "import boto3\nboto3.resource('ec2').create_instances(), boto3.client('ec2').run_instances()\nboto3.client('s3')\n"}
	p := mustPlan(t, extra, plan.Options{Only: plan.Passes, Keep: []string{"s3"}, Credentials: plan.Environment})
	want := map[string][]string{
		"ec2":       {"operations", "botocore/data/ec2/2015-01-01", "botocore/data/ec2/2016-01-01"},
		"s3":        {"whole", "botocore/data/s3/2006-03-01"},
		"endpoints": {"endpoints", "botocore/data/endpoints.json"},
	}
	for _, d := range p.Decisions {
		if d.Pass != plan.ModelsPass {
			continue
		}
		if got := append([]string{d.Rule}, d.Paths...); d.Action != plan.Rewrite || !slices.Equal(got, want[d.Name]) {
			t.Errorf("%s: %s %s, want rewrite %s", d.Name, d.Action, got, want[d.Name])
		}
		if evident := len(d.Evidence) == 1 && d.Evidence[0].Operation == "RunInstances"; evident != (d.Name == "ec2") {
			t.Errorf("%s: evidence %v", d.Name, d.Evidence)
		}
		delete(want, d.Name)
	}
	for name := range want {
		t.Errorf("nothing is said of the model of %s", name)
	}
	if got := len(mustPlan(t, extra, plan.Options{Only: []string{plan.ServicesPass}}).Rewritten(plan.ModelsPass)); got != 0 {
		t.Errorf("%d models are rewritten although the pass is off", got)
	}
	// Without the versions pass every version is.
	all := mustPlan(t, extra, plan.Options{Only: []string{plan.ModelsPass}})
	for _, item := range all.Rewritten(plan.ModelsPass) {
		if item.Name == "ec2" && len(item.Paths) != 3 {
			t.Errorf("of ec2, %v", item.Paths)
		}
	}
}

// TestModelsAreRefused holds that a place that cannot be determined stops this pass
// as it stops the others.
func TestModelsAreRefused(t *testing.T) {
	extra := map[string]string{"app.py": "import boto3, os\nboto3.client(os.environ['S'])\n"}
	if _, err := planFor(t, extra, plan.Options{Only: []string{plan.ModelsPass}}); err == nil {
		t.Error("models are cut although it is not known what is used")
	}
}
