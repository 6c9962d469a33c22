from wrapper import SERVICE, make

make("s3")
make(input())
