package main

// program is a public program with its own tests.
type program struct {
	name   string
	covers string // what kind of program it is
	source source
	python string // the language version that its tests run on
	extras string // of the program's distribution: "[s3]"
	// with are requirements beyond its own, tools what its tests need.
	with, tools []string
	// tests are the files and folders of the source that its tests consist of,
	// inside those of them that are installed with it.
	tests, inside []string
	// command follows `python -m`; it runs where the tests are.
	command, env []string
	// callbacks are operations that the tests alone name, and hand to the program
	// to be called: "s3 GetObject".
	callbacks []string
	part      string // which tests, where it is not all
}

// source is where a program comes from: an sdist in the registry of Python
// packages or, where that has no tests in it, a commit.
type source struct {
	sdist, sha256      string
	repository, commit string
}

// title names the program and its version.
func (p *program) title() string {
	if p.source.sdist != "" {
		return p.source.sdist
	}
	return p.name + " " + p.source.commit[:12]
}

// pytest runs quietly, leaves nothing behind and does not stop at what fails.
func pytest(args ...string) []string {
	return append([]string{"pytest", "-q", "-p", "no:cacheprovider", "--continue-on-collection-errors"}, args...)
}

// programs are the campaign, in the order of the tables.
var programs = []*program{
	{
		name:    "watchtower",
		covers:  "library: a log handler",
		source:  source{sdist: "watchtower==3.4.0", sha256: "7d3c116aff72a73ce8f6fc0addd1d0daa04d3f9d53d87cedca3a5a65a264bf7d"},
		python:  "3.12",
		tools:   []string{"pytest", "moto[logs]", "pyyaml"},
		tests:   []string{"test"},
		command: pytest("-p", "mocked", "test/test.py"),
	},
	{
		name:    "django-storages",
		covers:  "framework: files of Django in S3",
		source:  source{sdist: "django-storages==1.14.6", sha256: "7a25ce8f4214f69ac9c7ce87e2603887f7ae99326c316bc8d2d75375e09341c9"},
		python:  "3.12",
		extras:  "[s3]",
		tools:   []string{"pytest", "pytest-django", "moto[s3]<5", "cryptography", "rsa"},
		tests:   []string{"tests"},
		command: pytest("tests/test_s3.py"),
		env:     []string{"DJANGO_SETTINGS_MODULE=tests.settings"},
		part:    "those of S3",
	},
	{
		name:    "celery",
		covers:  "framework: results of tasks in S3 and DynamoDB, queues in SQS",
		source:  source{sdist: "celery==5.7.0", sha256: "6a5dfcf6662287204f009a02002b9e66c83d4105e47ebabdc7079108772fc6f0"},
		python:  "3.12",
		extras:  "[s3,dynamodb,sqs]",
		tools:   []string{"pytest", "pytest-celery", "pytest-subtests", "pytest-timeout", "pytest-click", "moto[s3]"},
		tests:   []string{"t/__init__.py", "t/unit/conftest.py", "t/unit/__init__.py", "t/unit/backends/__init__.py", "t/unit/backends/test_s3.py", "t/unit/backends/test_dynamodb.py"},
		command: pytest("-o", "python_classes=test_*", "t/unit/backends/test_s3.py", "t/unit/backends/test_dynamodb.py"),
		part:    "those of S3 and DynamoDB",
	},
	{
		name:    "kombu",
		covers:  "library: messages through SQS, with SNS where many listen",
		source:  source{sdist: "kombu==5.7.0", sha256: "31e62fdfd2381caa3422f8e02b84a491d9a2180ddda74507b57f4cb1e1c2c2c9"},
		python:  "3.12",
		extras:  "[sqs]",
		tools:   []string{"pytest", "pytest-rerunfailures", "moto[server,sqs,sns]"},
		tests:   []string{"t/__init__.py", "t/integration/__init__.py", "t/integration/common.py", "t/integration/test_sqs.py"},
		command: pytest("-p", "served", "-o", "python_classes=test_*", "t/integration/test_sqs.py"),
		part:    "those of SQS as a whole, with moto as a server",
	},
	{
		name:    "luigi",
		covers:  "framework: tasks on S3, ECS and Batch",
		source:  source{sdist: "luigi==3.8.1", sha256: "2fa5eb5d3474e495de09bd964f502936c08f8b1eb6e0f3ca3c8a69116c38d0c3"},
		python:  "3.12",
		with:    []string{"boto3"},
		tools:   []string{"pytest", "mock", "moto[s3,batch,ecs,ses,sns]<5"},
		tests:   []string{"test"},
		command: pytest("test/contrib/s3_test.py", "test/contrib/ecs_test.py", "test/contrib/batch_test.py", "test/notifications_test.py"),
		part:    "those of S3, ECS, Batch, SES and SNS",
	},
	{
		name:    "s3fs",
		covers:  "library: a file system on aiobotocore",
		source:  source{sdist: "s3fs==2026.9.0", sha256: "ec078ff0122d28fd21d36ea4987794e4f42ecd6e8785eeaa083208771c1464e5"},
		python:  "3.12",
		extras:  "[boto3]",
		tools:   []string{"pytest", "pytest-asyncio", "pytest-timeout", "moto[server]", "requests"},
		tests:   []string{"s3fs/tests"},
		command: pytest("s3fs/tests/test_s3fs.py", "-k", "simple or ls or rm or copy or multipart or versions or tags or acl or metadata or walk or touch or exist"),
		part:    "a quarter of those of the file system",
		// sync(s3.loop, s3.s3.get_object_acl, …) in test_s3fs.py
		callbacks: []string{"s3 GetObjectAcl"},
	},
	{
		name:    "aioboto3",
		covers:  "library: asynchronous boto3",
		source:  source{sdist: "aioboto3==15.5.0", sha256: "ea8d8787d315594842fbfcf2c4dce3bac2ad61be275bc8584b2ce9a3402a6979"},
		python:  "3.12",
		extras:  "[chalice,s3cse]",
		tools:   []string{"pytest", "pytest-asyncio", "moto[server]", "dill", "requests", "blinker"},
		tests:   []string{"tests"},
		command: pytest("-o", "asyncio_mode=auto", "tests"),
	},
	{
		name:    "langchain-aws",
		covers:  "library: models and agents on Bedrock",
		source:  source{sdist: "langchain-aws==1.9.1", sha256: "e594476409f7fd41ae0989179866758338f7e5a9abbee93c0b2cff528aee2bb8"},
		python:  "3.12",
		tools:   []string{"pytest", "pytest-asyncio", "pytest-mock", "pytest-cov", "langchain-tests", "syrupy", "moto"},
		tests:   []string{"tests"},
		command: pytest("-o", "asyncio_mode=auto", "tests/unit_tests"),
		part:    "those without an account",
	},
	{
		name:    "pynamodb",
		covers:  "library: tables of DynamoDB as classes, on botocore alone",
		source:  source{repository: "https://github.com/pynamodb/PynamoDB", commit: "2f8e8bb60474babd6ad558a91b0ad89a2c36d515"},
		python:  "3.12",
		tools:   []string{"pytest", "pytest-env", "pytest-mock", "freezegun", "blinker", "moto[server,dynamodb]"},
		tests:   []string{"tests"},
		command: pytest("-p", "served", "-o", "python_files=*_test.py test_*.py", "tests/integration"),
		part:    "those of tables as a whole, with moto as a server",
	},
	{
		name:   "opentelemetry-instrumentation-botocore",
		covers: "library: spans around every call",
		source: source{sdist: "opentelemetry-instrumentation-botocore==0.66b1", sha256: "c601923e40aa008f4c0466b714c112fe47da07adb72ae6c69e2ac95992bcd66e"},
		python: "3.12",
		with:   []string{"aiobotocore[boto3]"},
		tools: []string{
			"pytest", "pytest-vcr", "vcrpy", "opentelemetry-test-utils==0.66b1", "opentelemetry-propagator-aws-xray==1.0.2",
			"moto[awslambda,dynamodb,s3,sqs,sns,xray,ec2,stepfunctions,secretsmanager,server]>=5",
		},
		tests:   []string{"tests"},
		command: pytest("tests"),
	},
	{
		name:    "stacker",
		covers:  "application: stacks of CloudFormation, from 2020",
		source:  source{sdist: "stacker==1.7.2", sha256: "6b123b84f5dfde8c5fb68f4fa0554aab49ae4cbb73f153ea1ab0714a9578e4ea"},
		python:  "3.7",
		tools:   []string{"pytest", "mock==3.0.5", "moto==1.3.14", "testfixtures==4.10.0", "werkzeug<1"},
		tests:   []string{"stacker/tests"},
		inside:  []string{"stacker/tests"},
		command: pytest("stacker/tests"),
	},
	{
		name:    "dynamodb-encryption-sdk",
		covers:  "library: tables that encrypt, in place of boto3's",
		source:  source{sdist: "dynamodb-encryption-sdk==3.3.0", sha256: "242183b146cd04b40e2c91aa9d2da02b6797c389a7d7c618d6db84563e8c55ce"},
		python:  "3.9",
		tools:   []string{"pytest", "pytest-mock", "pytest-xdist", "mock", "hypothesis", "moto[dynamodb]==3.1.19"},
		tests:   []string{"test"},
		command: pytest("-m", "local", "-k", "unprocessed", "test/functional"),
		part:    "those of batches that are answered in part",
	},
	{
		name:    "scrapy",
		covers:  "framework: a crawler that stores in S3",
		source:  source{sdist: "scrapy==2.19.0", sha256: "34130726582b64c91531162ab277c4053e558876d49ba219cb43679e71d80a87"},
		python:  "3.12",
		with:    []string{"boto3"},
		tools:   []string{"pytest", "pytest-twisted", "testfixtures", "pyftpdlib", "sybil", "pexpect"},
		tests:   []string{"tests", "conftest.py"},
		command: pytest("tests/test_feedexport_storages.py", "tests/test_feedexport_batch.py", "tests/test_pipeline_files.py"),
		part:    "those of feeds and files",
	},
	{
		name:    "aws-lambda-powertools",
		covers:  "library: parameters, idempotency, feature flags of a function",
		source:  source{repository: "https://github.com/aws-powertools/powertools-lambda-python", commit: "fa1c29f2d497a7c233f06eb69d0f7ee1b187a9e4"},
		python:  "3.12",
		extras:  "[all,aws-sdk]",
		with:    []string{"pydantic<2.10", "fastjsonschema<2.21"},
		tools:   []string{"pytest", "pytest-mock", "pytest-asyncio", "pytest-socket", "pytest-xdist", "pytest-benchmark"},
		tests:   []string{"tests"},
		command: pytest("tests/functional/parameters", "tests/functional/idempotency", "tests/functional/feature_flags", "tests/functional/streaming", "--ignore", "tests/functional/idempotency/_redis"),
		part:    "those of what calls AWS",
	},
	{
		name:    "aws-xray-sdk",
		covers:  "library: spans around every call",
		source:  source{repository: "https://github.com/aws/aws-xray-sdk-python", commit: "a975ccbe340b3a63f201d89c2296c2cfa4556243"},
		python:  "3.12",
		with:    []string{"aiobotocore[boto3]"},
		tools:   []string{"pytest", "pytest-asyncio<1"},
		tests:   []string{"tests"},
		command: pytest("-o", "asyncio_mode=auto", "tests/ext/botocore", "tests/ext/aiobotocore"),
		part:    "those of botocore and aiobotocore",
	},
	{
		name:    "smart_open",
		covers:  "library: files in S3 as streams",
		source:  source{repository: "https://github.com/piskvorky/smart_open", commit: "9d9022aa6d7d93e8dc7d721dd0e567349415af72"},
		python:  "3.12",
		extras:  "[s3]",
		tools:   []string{"pytest", "pytest-timeout", "moto[s3,server]", "responses"},
		tests:   []string{"tests"},
		command: pytest("tests/test_s3.py", "tests/test_s3_version.py"),
		part:    "those of S3",
	},
	{
		name:    "awswrangler",
		covers:  "library: data frames on Athena, Glue and S3",
		source:  source{repository: "https://github.com/aws/aws-sdk-pandas", commit: "cfe0ca818a1a0c8a93b42e8605888efd328a6617"},
		python:  "3.12",
		tools:   []string{"pytest", "pytest-timeout", "moto[athena,glue,s3,server]>=5"},
		tests:   []string{"tests"},
		command: pytest("tests/unit/test_moto.py"),
		part:    "those with moto",
	},
	{
		name:    "zappa",
		covers:  "application: deploys web applications as functions",
		source:  source{repository: "https://github.com/zappa/Zappa", commit: "bcb46289c25340fe3cb7246c74b381cb0bc35f35"},
		python:  "3.12",
		tools:   []string{"pytest", "placebo", "mock", "moto", "flask", "Django", "parameterized"},
		tests:   []string{"tests", "test_settings.json", "test_settings.py", "example"},
		command: pytest("tests/test_core.py", "tests/test_placebo.py", "tests/test_async.py", "tests/test_utilities.py"),
		part:    "those of deploying",
	},
	{
		name:    "chalice",
		covers:  "framework and application: functions and what they need",
		source:  source{repository: "https://github.com/aws/chalice", commit: "51ac904059a27a79a792d74037728594c1a427f5"},
		python:  "3.12",
		with:    []string{"boto3"},
		tools:   []string{"pytest", "hypothesis", "mock", "pygments", "requests", "websocket-client"},
		tests:   []string{"tests"},
		command: pytest("tests/functional/test_awsclient.py"),
		part:    "those of its client of AWS",
	},
}
