package report

import "testing"

func TestCounted(t *testing.T) {
	tests := []struct {
		services map[string][]string
		want     string
	}{
		{nil, "0 services, 0 operations"},
		{map[string][]string{"s3": {"GetObject"}}, "1 service, 1 operation"},
		{map[string][]string{"s3": {"*"}}, "1 service, all operations"},
		{map[string][]string{"s3": {"GetObject", "PutObject"}, "sns": {"*"}, "sqs": {}}, "3 services, 2 operations and all of 1 service"},
		{map[string][]string{"s3": {"GetObject", "*"}, "sns": {"*"}}, "2 services, all operations"},
	}
	for _, test := range tests {
		if got := counted(test.services); got != test.want {
			t.Errorf("%v: %s, want %s", test.services, got, test.want)
		}
	}
}
