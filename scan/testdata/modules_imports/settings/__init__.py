from .values import SERVICE
from .deeper import names
