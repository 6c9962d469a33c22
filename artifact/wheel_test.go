package artifact_test

import (
	"testing"

	"github.com/coldcut/coldcut/artifact"
)

func TestParseWheel(t *testing.T) {
	tests := []struct{ name, distInfo, local string }{
		{"botocore-1.44.8-py3-none-any.whl", "botocore-1.44.8.dist-info", "botocore-1.44.8+coldcut.ab-py3-none-any.whl"},
		{"botocore-1.44.8+coldcut.cd-py3-none-any.whl", "botocore-1.44.8+coldcut.cd.dist-info", "botocore-1.44.8+coldcut.ab-py3-none-any.whl"},
		{"my_boto-1.0-2build-cp313-cp313-linux_x86_64.whl", "my_boto-1.0.dist-info", "my_boto-1.0+coldcut.ab-2build-cp313-cp313-linux_x86_64.whl"},
	}
	for _, test := range tests {
		w, err := artifact.ParseWheel(test.name)
		if err != nil {
			t.Fatal(err)
		}
		if w.Name() != test.name || w.DistInfo() != test.distInfo || w.WithLocal("coldcut.ab").Name() != test.local {
			t.Errorf("%s is %+v: %s, %s, %s", test.name, w, w.Name(), w.DistInfo(), w.WithLocal("coldcut.ab").Name())
		}
	}
	for _, name := range []string{"", "botocore.whl", "botocore-1.0.whl", "botocore-1.0-py3-none-any.zip", "a-b-c-d-e-f-g.whl"} {
		if w, err := artifact.ParseWheel(name); err == nil {
			t.Errorf("%q is %+v", name, w)
		}
	}
}

func TestSetVersion(t *testing.T) {
	const metadata = "Metadata-Version: 2.1\r\nName: b\r\nVersion: 1.0\r\n\r\nVersion: of the text\r\n"
	got, err := artifact.SetVersion([]byte(metadata), "1.0+x")
	if want := "Metadata-Version: 2.1\r\nName: b\r\nVersion: 1.0+x\r\n\r\nVersion: of the text\r\n"; err != nil || string(got) != want {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := artifact.SetVersion([]byte("Name: b\n"), "1"); err == nil {
		t.Error("METADATA without a version was taken")
	}
}
