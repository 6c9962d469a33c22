package lambdasim

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

func coded(text string) string { return strings.Replace(echo, "%s", text, 1) }

func (b *testbed) replace(name, code string) {
	b.Helper()
	if _, err := b.lambda.UpdateFunctionCode(b.Context(), &lambda.UpdateFunctionCodeInput{FunctionName: &name, ZipFile: pack(b, "app.py", code)}); err != nil {
		b.Fatal(err)
	}
}

func (b *testbed) publish(name string) string {
	b.Helper()
	out, err := b.lambda.PublishVersion(b.Context(), &lambda.PublishVersionInput{FunctionName: &name})
	if err != nil {
		b.Fatal(err)
	}
	return aws.ToString(out.Version)
}

// runs returns which code a qualifier runs.
func (b *testbed) runs(name, qualifier string) string {
	b.Helper()
	in := &lambda.InvokeInput{FunctionName: &name, Payload: []byte("1")}
	if qualifier != "" {
		in.Qualifier = &qualifier
	}
	out, err := b.lambda.Invoke(b.Context(), in)
	if err != nil {
		return errorCode(err)
	}
	return result{payload: string(out.Payload)}.echoed(b).Code
}

// TestVersions has versions stay what they were while $LATEST changes.
func TestVersions(t *testing.T) {
	b := serve(t, Options{})
	name := aws.String("f")
	b.create("f", coded("first"))
	if v := b.publish("f") + b.publish("f"); v != "11" {
		t.Errorf("the same published twice: %s", v)
	}
	b.replace("f", coded("second"))
	if v := b.publish("f"); v != "2" {
		t.Errorf("the second version is %s", v)
	}
	if _, err := b.lambda.CreateAlias(t.Context(), &lambda.CreateAliasInput{FunctionName: name, Name: aws.String("live"), FunctionVersion: aws.String("1")}); err != nil {
		t.Fatal(err)
	}
	for qualifier, want := range map[string]string{"": "second", "1": "first", "2": "second", "live": "first", "$LATEST": "second", "3": "ResourceNotFoundException", "other": "ResourceNotFoundException"} {
		if got := b.runs("f", qualifier); got != want {
			t.Errorf("%q runs %s, want %s", qualifier, got, want)
		}
	}
	if _, err := b.lambda.DeleteFunction(t.Context(), &lambda.DeleteFunctionInput{FunctionName: name, Qualifier: aws.String("1")}); errorCode(err) != "ResourceConflictException" {
		t.Errorf("a version that an alias names: %v", err)
	}
	if _, err := b.lambda.UpdateAlias(t.Context(), &lambda.UpdateAliasInput{FunctionName: name, Name: aws.String("live"), FunctionVersion: aws.String("2"),
		RoutingConfig: &types.AliasRoutingConfiguration{AdditionalVersionWeights: map[string]float64{"1": 1}}}); err != nil {
		t.Fatal(err)
	}
	if got := b.runs("f", "live"); got != "first" {
		t.Errorf("an alias with all its weight on 1 runs %s", got)
	}
	got, err := b.lambda.GetAlias(t.Context(), &lambda.GetAliasInput{FunctionName: name, Name: aws.String("live")})
	if err != nil || aws.ToString(got.FunctionVersion) != "2" {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := b.lambda.DeleteAlias(t.Context(), &lambda.DeleteAliasInput{FunctionName: name, Name: aws.String("live")}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.lambda.DeleteFunction(t.Context(), &lambda.DeleteFunctionInput{FunctionName: name, Qualifier: aws.String("1")}); err != nil {
		t.Fatal(err)
	}
	list, err := b.lambda.ListVersionsByFunction(t.Context(), &lambda.ListVersionsByFunctionInput{FunctionName: name})
	if err != nil || len(list.Versions) != 2 || aws.ToString(list.Versions[1].Version) != "2" {
		t.Errorf("%+v %v", list, err)
	}
	if _, err := b.lambda.CreateAlias(t.Context(), &lambda.CreateAliasInput{FunctionName: name, Name: aws.String("old"), FunctionVersion: aws.String("1")}); errorCode(err) != "ResourceNotFoundException" {
		t.Errorf("an alias of what is gone: %v", err)
	}
}

// TestLayers publishes, gets, lists and deletes.
func TestLayers(t *testing.T) {
	b := serve(t, Options{})
	first, second := b.layer("l", "python/a.py", "1"), b.layer("l", "python/a.py", "2")
	if first == second || !strings.HasSuffix(second, ":layer:l:2") {
		t.Errorf("%s %s", first, second)
	}
	got, err := b.lambda.GetLayerVersion(t.Context(), &lambda.GetLayerVersionInput{LayerName: aws.String("l"), VersionNumber: aws.Int64(1)})
	if err != nil || aws.ToString(got.LayerVersionArn) != first || got.Content.CodeSize == 0 || aws.ToString(got.Content.CodeSha256) == "" {
		t.Errorf("%+v %v", got, err)
	}
	byARN, err := b.lambda.GetLayerVersionByArn(t.Context(), &lambda.GetLayerVersionByArnInput{Arn: &second})
	if err != nil || byARN.Version != 2 {
		t.Errorf("%+v %v", byARN, err)
	}
	if _, err := b.lambda.DeleteLayerVersion(t.Context(), &lambda.DeleteLayerVersionInput{LayerName: aws.String("l"), VersionNumber: aws.Int64(1)}); err != nil {
		t.Fatal(err)
	}
	versions, err := b.lambda.ListLayerVersions(t.Context(), &lambda.ListLayerVersionsInput{LayerName: aws.String("l")})
	if err != nil || len(versions.LayerVersions) != 1 || versions.LayerVersions[0].Version != 2 {
		t.Errorf("%+v %v", versions, err)
	}
	layers, err := b.lambda.ListLayers(t.Context(), &lambda.ListLayersInput{})
	if err != nil || len(layers.Layers) != 1 || layers.Layers[0].LatestMatchingVersion.Version != 2 {
		t.Errorf("%+v %v", layers, err)
	}
	_, err = b.lambda.GetLayerVersion(t.Context(), &lambda.GetLayerVersionInput{LayerName: aws.String("l"), VersionNumber: aws.Int64(1)})
	if errorCode(err) != "ResourceNotFoundException" {
		t.Errorf("deleted: %v", err)
	}
}

// TestPages lists more than fits on a page.
func TestPages(t *testing.T) {
	b := serve(t, Options{})
	for i := range 5 {
		b.create(fmt.Sprint("f", i), "")
	}
	var names []string
	pages := lambda.NewListFunctionsPaginator(b.lambda, &lambda.ListFunctionsInput{MaxItems: aws.Int32(2)})
	count := 0
	for ; pages.HasMorePages(); count++ {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range page.Functions {
			names = append(names, aws.ToString(f.FunctionName))
		}
	}
	if strings.Join(names, " ") != "f0 f1 f2 f3 f4" || count != 3 {
		t.Errorf("%v on %d pages", names, count)
	}
}

// TestData starts a server on what another left.
func TestData(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	t.Run("first", func(t *testing.T) {
		b := serve(t, Options{Data: data})
		layer := b.layer("l", "python/extra.py", "x = 1")
		b.create("kept", coded("first"), func(in *lambda.CreateFunctionInput) {
			in.Layers, in.Tags = []string{layer}, map[string]string{"a": "b"}
		})
		b.publish("kept")
		b.replace("kept", "import extra\n"+coded("second"))
		if _, err := b.lambda.CreateAlias(t.Context(), &lambda.CreateAliasInput{FunctionName: aws.String("kept"), Name: aws.String("live"), FunctionVersion: aws.String("1")}); err != nil {
			t.Fatal(err)
		}
		b.create("gone", coded("gone"))
		if _, err := b.lambda.DeleteFunction(t.Context(), &lambda.DeleteFunctionInput{FunctionName: aws.String("gone")}); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("second", func(t *testing.T) {
		b := serve(t, Options{Data: data})
		if got := b.runs("kept", "") + b.runs("kept", "live") + b.runs("gone", ""); got != "secondfirstResourceNotFoundException" {
			t.Errorf("they run %s", got)
		}
		f, err := b.lambda.GetFunction(t.Context(), &lambda.GetFunctionInput{FunctionName: aws.String("kept")})
		if err != nil || f.Tags["a"] != "b" || len(f.Configuration.Layers) != 1 {
			t.Errorf("%+v %v", f, err)
		}
		b.replace("kept", coded("third"))
		if v := b.publish("kept"); v != "2" {
			t.Errorf("the next version is %s", v)
		}
		if arn := b.layer("l", "python/extra.py", "x = 2"); !strings.HasSuffix(arn, ":2") {
			t.Errorf("the next layer is %s", arn)
		}
	})
	if err := os.WriteFile(filepath.Join(data, "state.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if s, err := New(Options{Data: data, Work: t.TempDir()}); err == nil || !strings.Contains(err.Error(), "state.json is not the state") {
		t.Errorf("%v %v", s, err)
	}
}
