names = ["ses"]
