"""Tables as files in a bucket, and rows in DynamoDB, by awswrangler."""

import boto3
import pandas as pd

import awswrangler as wr

boto3.client("s3").create_bucket(
    Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
)
frame = pd.DataFrame(
    {"id": [1, 2, 3], "name": ["a", "b", None], "value": [0.5, 1.5, 2.5]}
)
wr.s3.to_parquet(frame, "s3://lake/plain.parquet")
wr.s3.to_parquet(frame, "s3://lake/parts/", dataset=True, partition_cols=["name"])
wr.s3.to_csv(frame, "s3://lake/notes.csv", index=False)
print(wr.s3.read_parquet("s3://lake/plain.parquet").to_dict("list"))
print(sorted(wr.s3.read_parquet("s3://lake/parts/", dataset=True)["id"]))
print(
    wr.s3.read_csv("s3://lake/notes.csv").shape,
    wr.s3.does_object_exist("s3://lake/none"),
)
print(len(wr.s3.list_objects("s3://lake/")), wr.s3.size_objects("s3://lake/notes.csv"))
print(wr.s3.read_parquet_metadata("s3://lake/plain.parquet")[0])
wr.catalog.create_database("notes")
wr.catalog.create_parquet_table(
    "notes",
    "parts",
    "s3://lake/parts/",
    {"id": "bigint"},
    partitions_types={"name": "string"},
)
print(
    wr.catalog.get_table_types("notes", "parts"),
    list(wr.catalog.databases()["Database"]),
)
wr.s3.delete_objects("s3://lake/")
print(wr.s3.list_objects("s3://lake/"))
