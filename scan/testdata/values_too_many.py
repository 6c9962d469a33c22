import boto3

NAMES = [f"{a}{b}" for a in "abcdefghij" for b in "abcdefghij"]
LONG = ["s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9",
        "u0", "u1", "u2", "u3", "u4", "u5", "u6", "u7", "u8", "u9", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9",
        "w0", "w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8", "w9", "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9",
        "y0", "y1", "y2", "y3", "y4", "y5", "y6", "y7", "y8", "y9"]
for n in NAMES:
    boto3.client(n)  # want unresolved ""
for m in LONG:
    boto3.client(m)  # want unresolved "more than 64"
