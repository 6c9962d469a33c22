package imports

import (
	_ "embed" // the standard library's modules
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/coldcut/coldcut/internal/python"
)

// stdlibText lists the modules of the standard library, of all versions from 3.7 on,
// from sys.stdlib_module_names and the folders of those that lack it.
//
//go:embed stdlib.txt
var stdlibText string

var stdlib = sync.OnceValue(func() map[string]bool { return wordSet(stdlibText) })

// unsettled modules of the standard library do more than define names when they are
// imported, or must be imported at a certain time: threading takes the thread that
// imports it first for the main one (before 3.13), the others change the terminal,
// the interpreter or print.
var unsettled = sync.OnceValue(func() map[string]bool {
	return wordSet("threading readline rlcompleter site antigravity this idlelib turtle tkinter turtledemo ensurepip test lib2to3 __main__ __phello__")
})

func wordSet(text string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(text) {
		set[word] = true
	}
	return set
}

// pureBuiltins do nothing but give a value, as long as their arguments do.
var pureBuiltins = sync.OnceValue(func() map[string]bool {
	return wordSet("abs bool bytearray bytes chr classmethod complex dict divmod enumerate float format frozenset getattr hasattr hash int isinstance issubclass iter len list map max min object ord pow property range repr reversed round set slice sorted staticmethod str sum super tuple type zip filter all any callable id")
})

// pureCalls are functions of the standard library that do nothing but give a value.
// Clocks are among them: when a program is started is nothing that it can rely on.
var pureCalls = sync.OnceValue(func() map[string]bool {
	return wordSet(`logging.NullHandler re.compile re.escape
collections.namedtuple collections.OrderedDict collections.defaultdict collections.deque collections.Counter
functools.partial functools.wraps functools.lru_cache functools.total_ordering functools.cached_property functools.cmp_to_key functools.reduce
contextlib.contextmanager contextlib.asynccontextmanager abc.abstractmethod dataclasses.dataclass dataclasses.field enum.auto
threading.Lock threading.RLock threading.local threading.Event contextvars.ContextVar weakref.WeakKeyDictionary weakref.WeakValueDictionary
typing.TypeVar typing.NewType typing.cast typing.overload typing.NamedTuple typing.ParamSpec typing.runtime_checkable typing.final
datetime.datetime datetime.date datetime.timedelta datetime.timezone datetime.tzinfo decimal.Decimal decimal.Context
time.time time.localtime time.gmtime time.monotonic datetime.datetime.now datetime.datetime.utcnow operator.attrgetter operator.itemgetter operator.methodcaller struct.Struct struct.calcsize itertools.chain itertools.count itertools.product
string.Template string.Formatter copy.copy copy.deepcopy textwrap.dedent types.MappingProxyType types.SimpleNamespace uuid.UUID os.path.join os.path.dirname os.path.abspath os.path.basename
six.add_metaclass six.with_metaclass _thread.allocate_lock ctypes.POINTER winreg.ConnectRegistry winreg.OpenKey sys.getsizeof sys.platform.startswith platform.system collections.abc.Mapping`)
})

// pureMethods of values do nothing but give a value.
var pureMethods = sync.OnceValue(func() map[string]bool {
	return wordSet("format join split rsplit strip lower upper startswith endswith encode decode replace items keys values get copy union intersection difference partition rpartition splitlines count index union setter getter deleter toordinal isoformat total_seconds replace Close")
})

// readers are methods of dictionaries, whoever made those.
var readers = sync.OnceValue(func() map[string]bool {
	return wordSet("items keys values")
})

// mutators change the value that they are called on.
var mutators = sync.OnceValue(func() map[string]bool {
	return wordSet("add append clear discard extend insert pop popitem remove reverse setdefault sort update")
})

// judge decides what the top of a module does.
type judge struct {
	family *family
	m      *module
	// names are what the module's imports bind: x to x, path to os.path.
	names map[string]string
	// local are the names whose values a function may change; nil at a module's top.
	local map[string]bool
	// class is the one whose instance a function makes.
	class *python.ClassDef
	// classes are those that the function defines.
	classes map[string]*python.ClassDef
	// loggers are those that the top makes.
	loggers []string
	// busy are functions of the family that are being judged.
	busy map[*python.FunctionDef]bool
}

func newJudge(f *family, m *module) *judge {
	j := &judge{family: f, m: m, names: map[string]string{}, busy: map[*python.FunctionDef]bool{}}
	j.learn(m.file.Body)
	return j
}

// learn notes what the imports of a block bind.
func (j *judge) learn(body []python.Stmt) {
	python.InspectAll(body, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.Import:
			for _, a := range n.Names {
				if a.AsName != "" {
					j.names[a.AsName] = a.Name
				} else {
					j.names[first(a.Name)] = first(a.Name)
				}
			}
		case *python.ImportFrom:
			for _, a := range n.Names {
				j.names[own(a)] = j.m.absolute(n.Level, n.Module) + "." + a.Name
			}
		case *python.FunctionDef, *python.ClassDef:
			return false
		}
		return true
	})
}

// judgeAll finds the effect of each module.
func (f *family) judgeAll() {
	for _, name := range f.names {
		if m := f.modules[name]; m.file != nil {
			j := newJudge(f, m)
			m.effect = j.block(m.file.Body)
			m.loggers = slices.Compact(slices.Sorted(slices.Values(j.loggers)))
		}
	}
	for _, name := range f.names {
		if m := f.modules[name]; m.file != nil {
			m.sometimes = f.conditional(m)
		}
	}
}

// conditional lists what a module imports under a condition and what may have
// effects. Whether that is done is known when the module is imported, and then alone.
func (f *family) conditional(m *module) (names []string) {
	for _, s := range m.file.Body {
		python.Inspect(s, func(n python.Node) bool {
			switch n := n.(type) {
			case *python.FunctionDef, *python.Lambda:
				return false
			case *python.If:
				return !typesOnly(n)
			case python.Stmt:
				if n == s {
					return true
				}
				f.edges(m, n, func(name string) {
					if f.modules[name] != nil || f.foreign(name) {
						names = append(names, name)
					}
				})
			}
			return true
		})
	}
	return names
}

// foreign reports whether nothing is known of a module outside of the family.
func (f *family) foreign(name string) bool {
	return !stdlib()[first(name)] || unsettled()[first(name)] && first(name) != "threading"
}

func (j *judge) line(n python.Node) int {
	line, _ := j.m.file.Position(n.Bounds().Start)
	return line
}

func (j *judge) because(n python.Node, what string) string {
	return fmt.Sprintf("line %d %s", j.line(n), what)
}

// block is the first effect of some statements, empty if there is none.
func (j *judge) block(body []python.Stmt) string {
	for _, s := range body {
		if why := j.stmt(s); why != "" {
			return why
		}
	}
	return ""
}

func (j *judge) blocks(exprs []python.Expr, blocks ...[]python.Stmt) string {
	if why := j.exprs(exprs...); why != "" {
		return why
	}
	for _, b := range blocks {
		if why := j.block(b); why != "" {
			return why
		}
	}
	return ""
}

func (j *judge) stmt(s python.Stmt) string {
	switch s := s.(type) {
	case *python.Import, *python.ImportFrom, *python.Pass, *python.Global, *python.Nonlocal, *python.Break, *python.Continue, *python.TypeAlias:
		return ""
	case *python.FunctionDef:
		return j.exprs(append(append([]python.Expr{}, outside(s)...), s.Decorators...)...)
	case *python.ClassDef:
		return j.classDef(s)
	case *python.Assign:
		if why := j.targets(s.Targets...); why != "" {
			return why
		}
		return j.expr(s.Value)
	case *python.AugAssign:
		if why := j.targets(s.Target); why != "" {
			return why
		}
		return j.expr(s.Value)
	case *python.AnnAssign:
		if why := j.targets(s.Target); why != "" {
			return why
		}
		return j.exprs(s.Value)
	case *python.Delete:
		return j.targets(s.Targets...)
	case *python.ExprStmt:
		return j.expr(s.Value)
	case *python.Return:
		return j.exprs(s.Value)
	case *python.Assert:
		return j.exprs(s.Test, s.Msg)
	case *python.Raise:
		return j.exprs(s.Exc, s.Cause)
	case *python.If:
		return j.blocks([]python.Expr{s.Test}, s.Body, s.Else)
	case *python.While:
		return j.blocks([]python.Expr{s.Test}, s.Body, s.Else)
	case *python.For:
		if why := j.targets(s.Target); why != "" {
			return why
		}
		return j.blocks([]python.Expr{s.Iter}, s.Body, s.Else)
	case *python.Try:
		for _, h := range s.Handlers {
			if why := j.block(h.Body); why != "" {
				return why
			}
		}
		return j.blocks(nil, s.Body, s.Else, s.Finally)
	default:
		return j.because(s, "is a statement that is not followed")
	}
}

// targets are harmless if they are names, or parts of what the module defines.
func (j *judge) targets(list ...python.Expr) string {
	for _, t := range list {
		switch t := t.(type) {
		case *python.Name:
		case *python.Tuple:
			if why := j.targets(t.Elts...); why != "" {
				return why
			}
		case *python.Attribute:
			if why := j.ownValue(t.Value); why != "" {
				return why
			}
		case *python.Subscript:
			if why := j.ownValue(t.Value); why != "" {
				return why
			}
			if why := j.expr(t.Index); why != "" {
				return why
			}
		default:
			return j.because(t, "assigns to something that is not followed")
		}
	}
	return ""
}

// ownValue is a name that the module binds without importing it.
func (j *judge) ownValue(e python.Expr) string {
	name, ok := e.(*python.Name)
	if ok && (j.local == nil || j.local[name.ID]) {
		if _, imported := j.names[name.ID]; !imported {
			return ""
		}
	}
	return j.because(e, "changes what the module does not define")
}

// class creation runs the body, the metaclass and __init_subclass__.
func (j *judge) classDef(c *python.ClassDef) string {
	if why := j.exprs(append(append([]python.Expr{}, c.Decorators...), c.Bases...)...); why != "" {
		return why
	}
	for _, k := range c.Keywords {
		if why := j.expr(k.Value); why != "" {
			return why
		}
	}
	for _, s := range c.Body {
		if f, ok := s.(*python.FunctionDef); ok && (f.Name == "__init_subclass__" || f.Name == "__set_name__" || f.Name == "__prepare__") {
			return j.because(f, "defines "+f.Name)
		}
	}
	return j.block(c.Body)
}

func (j *judge) exprs(list ...python.Expr) string {
	for _, e := range list {
		if e == nil {
			continue
		}
		if why := j.expr(e); why != "" {
			return why
		}
	}
	return ""
}

// expr is the first effect of an expression.
func (j *judge) expr(e python.Expr) (why string) {
	if e == nil {
		return ""
	}
	python.Inspect(e, func(n python.Node) bool {
		if why != "" {
			return false
		}
		switch n := n.(type) {
		case *python.Lambda:
			return false
		case *python.Call:
			why = j.call(n)
		case *python.Attribute:
			if dotted := j.dotted(n); strings.HasPrefix(dotted, "os.environ") || dotted == "sys.modules" || dotted == "sys.path" {
				why = j.because(n, "reads "+dotted)
			}
		case *python.Await, *python.Yield, *python.YieldFrom:
			why = j.because(n, "yields")
		}
		return why == ""
	})
	return why
}

// dotted is what a name or attribute stands for as far as imports tell: os.path.join.
// Names of the module itself are as they are, after a dot.
func (j *judge) dotted(e python.Expr) string {
	switch e := e.(type) {
	case *python.Name:
		if target, imported := j.names[e.ID]; imported {
			return target
		}
		return "." + e.ID
	case *python.Attribute:
		if base := j.dotted(e.Value); base != "" {
			return base + "." + e.Attr
		}
	}
	return ""
}

// call is the effect of a call, its arguments aside.
func (j *judge) call(c *python.Call) string {
	dotted := strings.TrimPrefix(j.dotted(c.Func), "six.moves.") // Python 2's name for the same
	if name, plain := strings.CutPrefix(dotted, "."); plain && !strings.Contains(name, ".") {
		if c2 := j.classes[name]; c2 != nil {
			return j.construct(c, j.m, c2)
		}
		if !j.m.defines(name) {
			if pureBuiltins()[name] || isException(name) {
				return ""
			}
			return j.because(c, "calls "+name)
		}
		return j.callee(c, j.m, name)
	}
	if dotted == "logging.getLogger" {
		return j.logger(c)
	}
	if pureCalls()[dotted] {
		return ""
	}
	if at := strings.LastIndexByte(dotted, '.'); at > 0 {
		if m := j.family.modules[dotted[:at]]; m != nil && m.defines(dotted[at+1:]) {
			return j.callee(c, m, dotted[at+1:])
		}
	}
	if a, ok := c.Func.(*python.Attribute); ok && j.class != nil {
		if isSuper(a.Value) && (a.Attr == "__init__" || a.Attr == "__new__") {
			return "" // construct judges the bases
		}
		if f := method(j.class, a.Attr); f != nil && dotted == ".self."+a.Attr {
			return j.inside(c, j.m, j.class, f)
		}
	}
	if a, ok := c.Func.(*python.Attribute); ok && readers()[a.Attr] && len(c.Args) == 0 {
		return ""
	}
	if a, ok := c.Func.(*python.Attribute); ok && (dotted == "" || strings.HasPrefix(dotted, ".")) {
		if pureMethods()[a.Attr] || mutators()[a.Attr] && j.ownValue(root(a.Value)) == "" {
			return ""
		}
		if a.Attr == "addHandler" && j.muted(c) {
			return ""
		}
	}
	return j.because(c, "calls "+strings.TrimPrefix(string(j.m.file.Text[c.Func.Bounds().Start:c.Func.Bounds().End]), "."))
}

// logger notes the logger that importing the module makes: logging.config disables
// those that there are, so that it must be made when it was.
func (j *judge) logger(c *python.Call) string {
	if len(c.Args) == 1 && len(c.Keywords) == 0 {
		switch arg := c.Args[0].(type) {
		case *python.Name:
			if arg.ID == "__name__" {
				j.loggers = append(j.loggers, j.m.name)
				return ""
			}
		case *python.Str:
			j.loggers = append(j.loggers, arg.Value)
			return ""
		}
	}
	return j.because(c, "makes a logger")
}

// root is what an attribute of an attribute … is of.
func root(e python.Expr) python.Expr {
	for {
		a, ok := e.(*python.Attribute)
		if !ok {
			return e
		}
		e = a.Value
	}
}

// muted reports whether a call adds a handler that does nothing. Only records of the
// module's own loggers can reach it, and there are none before it is imported.
func (j *judge) muted(c *python.Call) bool {
	if len(c.Args) != 1 || len(c.Keywords) > 0 {
		return false
	}
	handler, ok := c.Args[0].(*python.Call)
	return ok && (j.dotted(handler.Func) == "logging.NullHandler" || j.dotted(handler.Func) == ".NullHandler" && j.m.defines("NullHandler"))
}

func isException(name string) bool {
	return strings.HasSuffix(name, "Error") || name == "Exception" || strings.HasSuffix(name, "Warning")
}

// callee judges a function or class of the family: the bodies of what the call runs.
func (j *judge) callee(at python.Node, m *module, name string) string {
	unknown := j.because(at, "calls "+name)
	if m.file == nil {
		return unknown
	}
	for _, s := range m.file.Body {
		switch s := s.(type) {
		case *python.FunctionDef:
			if s.Name == name {
				return j.inside(at, m, nil, s)
			}
		case *python.ClassDef:
			if s.Name != name {
				continue
			}
			return j.construct(at, m, s)
		case *python.Assign:
			if named, ok := s.Targets[0].(*python.Name); ok && named.ID == name && newJudge(j.family, m).namedTuple(s.Value) {
				return ""
			}
		}
	}
	if m == j.m {
		return unknown
	}
	// It may be what that module imported.
	other := newJudge(j.family, m)
	if target, imported := other.names[name]; imported {
		if i := strings.LastIndexByte(target, '.'); i > 0 {
			if next := j.family.modules[target[:i]]; next != nil && next != m && next.defines(target[i+1:]) {
				return j.callee(at, next, target[i+1:])
			}
		}
		if pureCalls()[target] {
			return ""
		}
	}
	return unknown
}

func (j *judge) namedTuple(e python.Expr) bool {
	c, ok := e.(*python.Call)
	return ok && j.dotted(c.Func) == "collections.namedtuple"
}

// construct judges what making an instance runs.
func (j *judge) construct(at python.Node, m *module, c *python.ClassDef) string {
	if len(c.Keywords) > 0 {
		return j.because(at, "makes a "+c.Name+", which has a metaclass")
	}
	for _, name := range []string{"__new__", "__init__"} {
		if f := method(c, name); f != nil {
			if why := j.inside(at, m, c, f); why != "" {
				return why
			}
		}
	}
	for _, b := range c.Bases {
		name, ok := b.(*python.Name)
		if !ok {
			if pureCalls()[newJudge(j.family, m).dotted(b)] {
				continue
			}
			return j.because(at, "makes a "+c.Name)
		}
		if !m.defines(name.ID) && (pureBuiltins()[name.ID] || isException(name.ID)) {
			continue
		}
		if why := j.callee(at, m, name.ID); why != "" {
			return why
		}
	}
	return ""
}

func method(c *python.ClassDef, name string) *python.FunctionDef {
	for _, s := range c.Body {
		if f, ok := s.(*python.FunctionDef); ok && f.Name == name {
			return f
		}
	}
	return nil
}

// isSuper reports whether an expression is super(…).
func isSuper(e python.Expr) bool {
	c, ok := e.(*python.Call)
	if !ok {
		return false
	}
	name, ok := c.Func.(*python.Name)
	return ok && name.ID == "super"
}

// inside judges the body of a function that the top of a module calls.
func (j *judge) inside(at python.Node, m *module, c *python.ClassDef, f *python.FunctionDef) string {
	if j.busy[f] {
		return ""
	}
	if len(j.busy) > 8 || f.Async {
		return j.because(at, "calls "+f.Name+", which is not followed")
	}
	inner := newJudge(j.family, m)
	inner.busy, inner.class = j.busy, c
	inner.learn(f.Body)
	inner.classes = map[string]*python.ClassDef{}
	for _, s := range f.Body {
		if c, ok := s.(*python.ClassDef); ok {
			inner.classes[c.Name] = c
		}
	}
	for _, p := range params(f.Params) { // what a parameter is nobody knows
		delete(inner.names, p.Name)
	}
	j.busy[f] = true
	defer delete(j.busy, f)
	why := ""
	python.InspectAll(f.Body, func(n python.Node) bool {
		if g, ok := n.(*python.Global); ok {
			why = inner.because(g, "changes globals")
		}
		return why == ""
	})
	inner.local = ownNames(f)
	if why == "" {
		why = inner.block(f.Body)
	}
	if why != "" {
		return j.because(at, fmt.Sprintf("calls %s, whose %s", f.Name, why))
	}
	return ""
}

// ownNames are the names of a function whose values are its own: not its parameters,
// but for the instance that a constructor is given.
func ownNames(f *python.FunctionDef) map[string]bool {
	own := map[string]bool{}
	bindings(f.Body, func(name string) { own[name] = true }, nil, nil)
	for i, p := range params(f.Params) {
		own[p.Name] = i == 0 && p.Name == "self"
	}
	return own
}
