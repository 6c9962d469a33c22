package scan

import (
	"maps"
	"slices"
)

// commandTable is the event at which parts of the AWS CLI, version 1, change the table of
// its commands. The table is made of the services that there are (awscli/clidriver.py),
// and a part that hides or renames the command of one fails without it
// (awscli/customizations/preview.py, sms_voice.py, codedeploy/codedeploy.py): so no
// command of the CLI starts unless all of these are there.
const commandTable = "building-command-table.main"

// commands finds the services that such parts name.
func (f *finder) commands() {
	for _, file := range f.prog.filesWith(commandTable) {
		for _, service := range slices.Sorted(maps.Keys(f.services)) {
			if file.names(service) {
				at, via := f.prog.mention(file, service)
				f.use(service, "", Possible, at, file.origin, via+", whose command the AWS CLI looks up at every start")
			}
		}
	}
}
