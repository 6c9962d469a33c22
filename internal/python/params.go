package python

// paramReader gathers the parameters of one function.
type paramReader struct {
	*parser
	params    *Params
	annotated bool // def, not lambda
	defaults  bool // a parameter with a default was read
	star      bool // * was read
	mark      int
}

// parameters parses a parameter list up to a token of kind end.
func (p *parser) parameters(end kind, annotated bool) *Params {
	r := paramReader{parser: p, params: &Params{}, annotated: annotated, mark: len(p.paramStack)}
	for p.kind != end {
		r.parameter(end)
		if !p.accept(kindComma) {
			break
		}
		if r.params.KwArg != nil && p.kind != end {
			p.fail("parameters cannot follow var-keyword parameter")
		}
	}
	r.group()
	if r.star && r.params.VarArg == nil && len(r.params.KwOnly) == 0 {
		p.fail("named parameters must follow bare *")
	}
	return r.params
}

// group ends the parameters of one group: those before /, before * or after.
func (r *paramReader) group() {
	list := r.parser.params.list(r.paramStack[r.mark:])
	r.paramStack = r.paramStack[:r.mark]
	if r.star {
		r.params.KwOnly = list
	} else {
		r.params.Args = list
	}
}

// parameter parses one parameter or one of the marks between them.
func (r *paramReader) parameter(end kind) {
	switch r.kind {
	case kindSlash:
		r.slash()
	case kindStar:
		r.starred(end)
	case kindDoubleStar:
		r.next()
		param := r.named((*parser).expression)
		r.params.KwArg = &param
	default:
		param := r.named((*parser).expression)
		if r.accept(kindAssign) {
			param.Default = r.expression()
			param.End = r.span(param.Start).End
			r.defaults = true
		} else if r.defaults && !r.star {
			r.fail("parameter without a default follows parameter with a default")
		}
		r.paramStack = append(r.paramStack, param)
	}
}

// slash ends the positional-only parameters.
func (r *paramReader) slash() {
	if r.star || r.params.PosOnly != nil || len(r.paramStack) == r.mark {
		r.fail("misplaced / in parameters")
	}
	r.next()
	r.group()
	r.params.PosOnly, r.params.Args = r.params.Args, nil
}

// starred parses * alone or with the name of the parameter that takes the rest.
func (r *paramReader) starred(end kind) {
	if r.star {
		r.fail("* may appear only once")
	}
	r.next()
	r.group()
	r.star = true
	if r.kind == kindComma {
		if r.peek() == end || r.peek() == kindDoubleStar {
			r.fail("named parameters must follow bare *")
		}
		return
	}
	param := r.named((*parser).starExpr)
	r.params.VarArg = &param
}

// named parses a name and what annotation parses.
func (r *paramReader) named(annotation func(*parser) Expr) Param {
	start := r.start()
	param := Param{Name: r.name()}
	if r.annotated && r.accept(kindColon) {
		param.Annotation = annotation(r.parser)
	}
	param.Span = r.span(start)
	return param
}
