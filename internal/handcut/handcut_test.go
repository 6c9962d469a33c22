package handcut

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

var names = []string{"dynamodb", "ec2", "s3", "s3control", "sqs", "sso", "sts", "_retry.json", "endpoints.json", "partitions.json"}

const all, folders = "dynamodb ec2 s3 s3control sqs sso sts _retry.json endpoints.json partitions.json", "dynamodb ec2 s3 s3control sqs sso sts"

// TestDeletes holds what commands are thought to delete to what they do.
func TestDeletes(t *testing.T) {
	tests := []struct{ script, deletes string }{
		{"rm -rf build/botocore/data", all},
		{"rm -rf build/botocore/data/*", all},
		{"rm -r 'build/botocore/data/ec2' other", "ec2"},
		{"rm -rf $SITE/botocore/data/{ec2,sqs}", "ec2 sqs"},
		{"rm -rf botocore/data/s*", "s3 s3control sqs sso sts"},
		{"rm -rf botocore/data/!(dynamodb|s3)", "ec2 s3control sqs sso sts _retry.json endpoints.json partitions.json"},
		{"cd python/botocore/data && rm -rf [a-e]*", "dynamodb ec2 endpoints.json"},
		{"cd python; rm -rf botocore/data/ec2", "ec2"},
		{`find botocore/data -mindepth 1 -maxdepth 1 -type d ! -name dynamodb -exec rm -rf {} +`, "ec2 s3 s3control sqs sso sts"},
		{`find "$DIR/botocore/data" -mindepth 1 -maxdepth 1 -not -name dynamodb -exec rm -rf {} \;`, "ec2 s3 s3control sqs sso sts _retry.json endpoints.json partitions.json"},
		{`find botocore/data -type d \( -name 's3*' -o -name sqs \) -prune -exec rm -rf {} +`, "?"},
		{`find botocore/data -maxdepth 1 -type d \( -name 's3*' -o -name sqs \) -exec rm -rf {} +`, "s3 s3control sqs"},
		{`find botocore/data -name '*.json' ! -path '*/dynamodb/*' -delete`, "ec2 s3 s3control sqs sso sts _retry.json endpoints.json partitions.json"},
		{`find . -path '*/botocore/data/*' -not -path '*/s3/*' -delete`, all},
		{`find botocore -mindepth 2 -maxdepth 2 -name ec2 | xargs rm -rf`, "ec2"},
		{`find botocore/data -maxdepth 1 -type d | xargs -n1 rm -rf`, folders},
		{"ls botocore/data | grep -v dynamodb | xargs rm -rf", "?"},
		{"cd botocore/data; ls | grep -v s3 | xargs rm -rf", "?"},
		{"rm -rf botocore/data/$UNUSED", "?"},
		{"sudo rm -rf boto3/data/ec2", "ec2"},
		{"for s in ec2 sqs; do rm -rf botocore/data/$s; done", "?"},
		{"rm -rf build; find . -name '*.pyc' -delete", ""},
		{"find botocore/data -name dynamodb", ""},
		{"echo rm -rf botocore/data", ""},
		{"rm -rf botocore/data/s3/2006-03-01/examples-1.json", "nothing whole"},
	}
	for _, test := range tests {
		t.Run(test.script, func(t *testing.T) {
			cuts := script{test.script, 1}.cuts("build.sh")
			got := []string{}
			for _, c := range cuts {
				if c.Unclear {
					got = append(got, "?")
				}
				for _, n := range names {
					if c.Deletes(n) {
						got = append(got, n)
					}
				}
			}
			want := strings.Fields(test.deletes)
			if test.deletes == "nothing whole" {
				want = []string{}
			}
			if !slices.Equal(got, want) {
				t.Errorf("deletes %q, want %q", got, want)
			}
			if found := test.deletes != ""; found != (len(cuts) == 1) {
				t.Errorf("%d commands", len(cuts))
			}
		})
	}
}

// TestFind holds where commands are found, and in which line.
func TestFind(t *testing.T) {
	const rm = "rm -rf build/botocore/data/ec2"
	project := fstest.MapFS{
		"Dockerfile":               {Data: []byte("FROM x\nRUN --mount=type=cache,target=/c pip install boto3 && \\\n    # smaller\n    " + rm + "\nCOPY . .\n")},
		"Makefile":                 {Data: []byte("DATA = build/botocore/data\nall:\n\tpip install boto3\n\t@" + rm + "\n\trm -rf $(DATA)/botocore/data/$$x\n")},
		"scripts/build.sh":         {Data: []byte("#!/bin/sh\nset -e\n\n" + rm + "\n")},
		".github/workflows/ci.yml": {Data: []byte("jobs:\n  a:\n    steps:\n      - run: |\n          pip install boto3\n          " + rm + "\n      - run: " + rm + "\n")},
		"buildspec.yml":            {Data: []byte("phases:\n  build:\n    commands:\n      - " + rm + "\n")},
		"broken.sh":                {Data: []byte("if botocore\n")},
		"broken.yml":               {Data: []byte("a: [botocore\n")},
		"app.py":                   {Data: []byte("# " + rm + "\n")},
		"node_modules/x/build.sh":  {Data: []byte(rm)},
		".venv/lib/x.sh":           {Data: []byte(rm)},
	}
	cuts, err := Find(project)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range cuts {
		got = append(got, c.File+":"+string(rune('0'+c.Line))+" "+c.Command)
	}
	want := []string{
		".github/workflows/ci.yml:6 " + rm, ".github/workflows/ci.yml:7 " + rm, "Dockerfile:4 " + rm,
		"Makefile:4 " + rm, "Makefile:5 rm -rf ${DATA}/botocore/data/$x", "buildspec.yml:4 " + rm, "scripts/build.sh:4 " + rm,
	}
	if !slices.Equal(got, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// FuzzCuts holds that no file is too strange.
func FuzzCuts(f *testing.F) {
	for _, s := range []string{
		"rm -rf botocore/data/!(a|b)", "find botocore/data \\( -name a -o ! -name b \\) -exec rm {} \\;", "find botocore/data -maxdepth",
		"RUN rm botocore/data/[a", "a:\n\trm -rf $(X)/boto3/data/*\n", "- run: |\n    cd botocore/data\n    rm {a,b{c,d}}\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range []string{"Dockerfile", "Makefile", "x.sh", "x.yml"} {
			for _, s := range readerOf(name)(text) {
				for _, c := range s.cuts(name) {
					if c.Line < 1 || c.Unclear && c.Deletes("s3") {
						t.Errorf("%+v", c)
					}
				}
			}
		}
	})
}
