from .aws import make
