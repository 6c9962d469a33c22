"""a library that makes the client inside"""
import toolbox

toolbox.Storage().read("k")
