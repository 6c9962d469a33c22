STARRED = "kms"
