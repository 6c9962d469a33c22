import third
import util

third.use(util.Wrapper())
