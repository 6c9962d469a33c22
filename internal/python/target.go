package python

// targets parses what stands between for and in.
func (p *parser) targets() Expr {
	start := p.start()
	e := p.targetOperand()
	if p.kind != kindComma {
		return e
	}
	mark := len(p.exprStack)
	p.push(e)
	for p.accept(kindComma) && beginsExpr[p.kind] {
		p.push(p.targetOperand())
	}
	return p.tuple(start, mark)
}

// targetOperand parses one target, which the in after it must not join.
func (p *parser) targetOperand() Expr {
	var e Expr
	if p.kind == kindStar {
		e = p.starred()
	} else {
		e = p.operation(precBitOr)
	}
	p.assignable(e)
	return e
}

// assignable fails unless e can be assigned to.
func (p *parser) assignable(e Expr) {
	switch e := e.(type) {
	case *Starred:
		if _, twice := e.Value.(*Starred); !twice {
			p.assignable(e.Value)
			return
		}
	case *Tuple:
		for _, item := range e.Elts {
			p.assignable(item)
		}
		return
	case *List:
		for _, item := range e.Elts {
			p.assignable(item)
		}
		return
	}
	p.single(e)
}

// single fails unless e is a target that is no list of others.
func (p *parser) single(e Expr) {
	switch e.(type) {
	case *Name, *Attribute, *Subscript:
	default:
		p.failAt(e.Bounds().Start, "cannot assign to this expression")
	}
}

// deletable fails unless del can take e.
func (p *parser) deletable(e Expr) {
	switch e := e.(type) {
	case *Tuple:
		for _, item := range e.Elts {
			p.deletable(item)
		}
	case *List:
		for _, item := range e.Elts {
			p.deletable(item)
		}
	default:
		p.single(e)
	}
}
