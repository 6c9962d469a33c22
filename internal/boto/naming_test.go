package boto

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

func TestMethod(t *testing.T) {
	modern := &naming{plural: 2, exceptions: map[string]string{"ListHITsForQualificationType": "list_hits_for_qualification_type"}}
	old := &naming{plural: 3, numbers: true, partial: []entry{{[]string{"ipv_6"}, "ipv6"}, {[]string{"s_3_"}, "s3_"}}}
	for _, c := range []struct{ name, modern, old string }{
		{"GetItem", "get_item", "get_item"},
		{"ListHITsForQualificationType", "list_hits_for_qualification_type", "list_hi_ts_for_qualification_type"},
		{"ListWebACLs", "list_web_acls", "list_web_acls"},
		{"ListAPs", "list_aps", "list_a_ps"},
		{"DBClusters", "db_clusters", "db_clusters"},
		{"ARNs", "_arns", "_arns"},
		{"ListObjectsV2", "list_objects_v2", "list_objects_v2"},
		{"AssignIpv6Addresses", "assign_ipv6_addresses", "assign_ipv6_addresses"},
		{"CreateStorediSCSIVolume", "create_storedi_scsi_volume", "create_storedi_scsi_volume"},
		{"GetV2LoggingLevel", "get_v2_logging_level", "get_v2_logging_level"},
		{"Create2014_11_06", "Create2014_11_06", "Create2014_11_06"},
		{"A", "a", "a"},
		{"", "", ""},
	} {
		equal(t, c.name, modern.method(c.name), c.modern)
		equal(t, c.name+" before", old.method(c.name), c.old)
	}
}

// reference is xform_name as botocore writes it, with regular expressions.
func (n *naming) reference(name string) string {
	if strings.Contains(name, "_") {
		return name
	}
	special := regexp.MustCompile(fmt.Sprintf(`[A-Z]{%d,}s$`, n.plural))
	if matched := special.FindString(name); matched != "" {
		name = name[:len(name)-len(matched)] + "_" + strings.ToLower(matched)
	}
	name = regexp.MustCompile(`(.)([A-Z][a-z]+)`).ReplaceAllString(name, "${1}_$2")
	if n.numbers {
		name = regexp.MustCompile(`([a-z])([0-9]+)`).ReplaceAllString(name, "${1}_$2")
	}
	name = strings.ToLower(regexp.MustCompile(`([a-z0-9])([A-Z])`).ReplaceAllString(name, "${1}_$2"))
	for _, e := range n.partial {
		name = strings.ReplaceAll(name, e.key[0], e.value)
	}
	return name
}

func FuzzMethod(f *testing.F) {
	for _, name := range []string{"GetItem", "ListWebACLs", "ListAPs", "ARNs", "s", "AAs", "aB", "ABc9D", "v2V22Ab", "éAb"} {
		f.Add(name, true, 3)
		f.Add(name, false, 2)
	}
	f.Fuzz(func(t *testing.T, name string, numbers bool, plural int) {
		if strings.ContainsAny(name, "\n") || plural < 1 || plural > 9 {
			return // an operation has no line ends in its name
		}
		n := &naming{numbers: numbers, plural: plural}
		if got, want := n.method(name), n.reference(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	})
}
