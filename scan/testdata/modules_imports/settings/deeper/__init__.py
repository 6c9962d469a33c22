from ..more import names

names.append("iam")
