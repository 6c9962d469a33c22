package report

// Page is the benchmark as one file for a browser.
func (d *Document) Page(cut *Slim) ([]byte, error) { _ = cut; return nil, nil }
