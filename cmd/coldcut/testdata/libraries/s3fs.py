"""Files in a bucket, by s3fs."""

import s3fs

fs = s3fs.S3FileSystem()
fs.mkdir("files", region_name="eu-central-1")
fs.pipe(
    {
        "files/a/one.txt": b"one",
        "files/a/two.txt": b"two\nlines",
        "files/b/three.txt": b"three",
    }
)
print(fs.ls("files"), fs.find("files"))
print(
    fs.cat("files/a/one.txt"),
    fs.info("files/b/three.txt")["size"],
    fs.exists("files/none"),
)
with fs.open("files/large", "wb") as out:
    for _ in range(12):
        out.write(b"z" * (1 << 20))
with fs.open("files/large", "rb") as large:
    large.seek(-5, 2)
    print(large.read(), fs.du("files"))
with fs.open("files/a/two.txt", "r") as text:
    print(text.readlines())
fs.copy("files/a/one.txt", "files/c.txt")
fs.mv("files/c.txt", "files/d.txt")
fs.touch("files/empty")
print(sorted(fs.glob("files/**/*.txt")))
try:
    fs.cat("files/none")
except FileNotFoundError as error:
    print(type(error).__name__, error)
fs.rm("files", recursive=True)
print(fs.exists("files"))
