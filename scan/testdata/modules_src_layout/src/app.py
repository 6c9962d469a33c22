from wrapper import SERVICE, make

make("s3")
