package report

import (
	"fmt"

	"github.com/dustin/go-humanize"

	"github.com/coldcut/coldcut/plan"
)

// weightHeads are the heads of the columns of weightRows.
var weightHeads = []string{"not only boto3", "", "files", "bytes", "at start", "what it is"}

// weightRows lists what else is dead weight in a package, or slow.
func weightRows(weights []plan.Weight) (rows [][]string) {
	for _, w := range weights {
		row := []string{w.Kind, w.Name, humanize.Comma(int64(w.Files)), size(w.Bytes), "", w.Why}
		if w.Files == 0 {
			row[2], row[3] = "", ""
		}
		if w.MS != nil {
			row[4] = fmt.Sprintf("%.1f ms", *w.MS)
		}
		if w.Dropped {
			row[5] += "; dropped"
		}
		rows = append(rows, row)
	}
	return rows
}
