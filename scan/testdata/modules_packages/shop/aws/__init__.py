from .clients import *
from .clients import make, queue
from ..names import QUEUE
