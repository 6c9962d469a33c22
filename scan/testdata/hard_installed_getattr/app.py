import tool

tool.Runner(None).known()
