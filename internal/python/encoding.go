package python

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

const byteOrderMark = "\xef\xbb\xbf"

// decodeSource returns a source as UTF-8, by its byte order mark or its coding
// comment (PEP 263). The result may share src's memory.
func decodeSource(src []byte) ([]byte, error) {
	text, marked := bytes.CutPrefix(src, []byte(byteOrderMark))
	name, line := codingComment(text)
	if marked && name != "" && name != "utf-8" {
		return nil, &SyntaxError{line, 1, "encoding problem: " + name + " with a byte order mark"}
	}
	if name == "" || name == "utf-8" || isNamed(name, utf8Names) {
		if !utf8.Valid(text) {
			return nil, invalidUTF8(text)
		}
		return text, nil
	}
	return decodeAs(text, name, line)
}

func invalidUTF8(text []byte) error {
	offset := 0
	for offset < len(text) {
		r, size := utf8.DecodeRune(text[offset:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		offset += size
	}
	file := File{Text: text}
	line, column := file.Position(uint32(offset))
	return &SyntaxError{line, column, "invalid UTF-8"}
}

func decodeAs(text []byte, name string, line int) ([]byte, error) {
	if isNamed(name, asciiNames) {
		if i := bytes.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }); i >= 0 {
			return nil, &SyntaxError{line, 1, "source is not ASCII, as its coding comment says"}
		}
		return text, nil
	}
	codec := encodings()[name]
	if codec == nil {
		return nil, &SyntaxError{line, 1, "unknown encoding: " + name}
	}
	var decoded []byte
	var err error
	if table, ok := codec.(*charmap.Charmap); ok {
		decoded = decodeCharmap(text, table)
	} else {
		decoded, err = codec.NewDecoder().Bytes(text)
	}
	if err != nil || bytes.ContainsRune(decoded, utf8.RuneError) {
		return nil, &SyntaxError{line, 1, "source is not " + name + ", as its coding comment says"}
	}
	return decoded, nil
}

// decodeCharmap decodes an encoding of single bytes. The text package lacks the
// control characters of the ISO 8859 encodings, 0x80 to 0x9f, which Python has.
func decodeCharmap(text []byte, table *charmap.Charmap) []byte {
	controls := table.DecodeByte(0x80) == utf8.RuneError && table.DecodeByte(0x81) == utf8.RuneError
	decoded := make([]byte, 0, len(text)+len(text)/8)
	for _, b := range text {
		r := table.DecodeByte(b)
		if controls && 0x80 <= b && b <= 0x9f {
			r = rune(b)
		}
		decoded = utf8.AppendRune(decoded, r)
	}
	return decoded
}

// codingComment finds the coding comment in the first two lines and returns
// the encoding as CPython normalises it, or "".
func codingComment(text []byte) (name string, line int) {
	for line = 1; line <= 2; line++ {
		end := bytes.IndexAny(text, "\r\n")
		first := text
		if end >= 0 {
			first = text[:end]
		}
		comment := bytes.TrimLeft(first, " \t\f")
		if len(comment) > 0 && comment[0] != '#' {
			return "", line
		}
		if name := codingOf(string(comment)); name != "" {
			return normalCoding(name), line
		}
		if end < 0 {
			return "", line
		}
		text = bytes.TrimPrefix(text[end:], []byte("\r"))
		text = bytes.TrimPrefix(text, []byte("\n"))
	}
	return "", line
}

// codingOf returns the name after "coding:" or "coding=" in a comment.
func codingOf(comment string) string {
	for {
		_, after, found := strings.Cut(comment, "coding")
		if !found {
			return ""
		}
		comment = after
		if after == "" || after[0] != ':' && after[0] != '=' {
			continue
		}
		name := strings.TrimLeft(after[1:], " \t")
		end := strings.IndexFunc(name, func(r rune) bool {
			return r >= utf8.RuneSelf || !wordBytes[r] && r != '-' && r != '.'
		})
		if end >= 0 {
			name = name[:end]
		}
		if name != "" {
			return name
		}
	}
}

// normalCoding spells UTF-8 and Latin-1 in one way, and other names in lower
// case with hyphens.
func normalCoding(name string) string {
	name = strings.ToLower(strings.ReplaceAll(name, "_", "-"))
	if name == "utf-8" || strings.HasPrefix(name, "utf-8-") {
		return "utf-8"
	}
	for _, latin := range []string{"latin-1", "iso-8859-1", "iso-latin-1"} {
		if name == latin || strings.HasPrefix(name, latin+"-") {
			return "iso-8859-1"
		}
	}
	return name
}

// isNamed reports whether name is one of the names, which spaces part.
func isNamed(name, names string) bool { return slices.Contains(strings.Fields(names), name) }

const (
	utf8Names  = "utf8 u8 utf cp65001"
	asciiNames = "ascii us-ascii us 646 ansi-x3.4-1968 iso646-us"
)

// encodings has the encodings that Python and the text package both know, by
// Python's names.
var encodings = sync.OnceValue(func() map[string]encoding.Encoding {
	table := map[string]encoding.Encoding{}
	add := func(e encoding.Encoding, names string) {
		for _, name := range strings.Fields(names) {
			table[name] = e
		}
	}
	add(charmap.ISO8859_1, "iso-8859-1 iso8859-1 latin1 latin l1 cp819 8859")
	add(charmap.ISO8859_2, "iso-8859-2 iso8859-2 latin2 latin-2 l2")
	add(charmap.ISO8859_3, "iso-8859-3 iso8859-3 latin3 latin-3 l3")
	add(charmap.ISO8859_4, "iso-8859-4 iso8859-4 latin4 latin-4 l4")
	add(charmap.ISO8859_5, "iso-8859-5 iso8859-5 cyrillic")
	add(charmap.ISO8859_6, "iso-8859-6 iso8859-6 arabic")
	add(charmap.ISO8859_7, "iso-8859-7 iso8859-7 greek greek8")
	add(charmap.ISO8859_8, "iso-8859-8 iso8859-8 hebrew")
	add(charmap.ISO8859_9, "iso-8859-9 iso8859-9 latin5 latin-5 l5")
	add(charmap.ISO8859_10, "iso-8859-10 iso8859-10 latin6 latin-6 l6")
	add(charmap.ISO8859_13, "iso-8859-13 iso8859-13 latin7 latin-7 l7")
	add(charmap.ISO8859_14, "iso-8859-14 iso8859-14 latin8 latin-8 l8")
	add(charmap.ISO8859_15, "iso-8859-15 iso8859-15 latin9 latin-9 l9")
	add(charmap.ISO8859_16, "iso-8859-16 iso8859-16 latin10 latin-10 l10")
	add(charmap.KOI8R, "koi8-r")
	add(charmap.KOI8U, "koi8-u")
	add(charmap.Macintosh, "mac-roman macroman macintosh")
	add(charmap.MacintoshCyrillic, "mac-cyrillic maccyrillic")
	add(charmap.CodePage437, "cp437 ibm437 437")
	add(charmap.CodePage850, "cp850 ibm850 850")
	add(charmap.CodePage852, "cp852 ibm852 852")
	add(charmap.CodePage855, "cp855 ibm855 855")
	add(charmap.CodePage858, "cp858 ibm858 858")
	add(charmap.CodePage860, "cp860 ibm860 860")
	add(charmap.CodePage862, "cp862 ibm862 862")
	add(charmap.CodePage863, "cp863 ibm863 863")
	add(charmap.CodePage865, "cp865 ibm865 865")
	add(charmap.CodePage866, "cp866 ibm866 866")
	add(charmap.Windows874, "cp874 windows-874")
	add(charmap.Windows1250, "cp1250 windows-1250 1250")
	add(charmap.Windows1251, "cp1251 windows-1251 1251")
	add(charmap.Windows1252, "cp1252 windows-1252 1252")
	add(charmap.Windows1253, "cp1253 windows-1253 1253")
	add(charmap.Windows1254, "cp1254 windows-1254 1254")
	add(charmap.Windows1255, "cp1255 windows-1255 1255")
	add(charmap.Windows1256, "cp1256 windows-1256 1256")
	add(charmap.Windows1257, "cp1257 windows-1257 1257")
	add(charmap.Windows1258, "cp1258 windows-1258 1258")
	add(japanese.EUCJP, "euc-jp eucjp ujis u-jis")
	add(japanese.ISO2022JP, "iso-2022-jp iso2022-jp iso2022jp csiso2022jp")
	add(japanese.ShiftJIS, "shift-jis shiftjis sjis s-jis csshiftjis cp932 932 ms932 mskanji ms-kanji windows-31j")
	add(korean.EUCKR, "euc-kr euckr korean ksc5601 ks-c-5601 ks-c-5601-1987 ksx1001 ks-x-1001 cp949 949 ms949 uhc")
	add(simplifiedchinese.GBK, "gbk cp936 936 ms936 gb2312 chinese csiso58gb231280 euc-cn euccn eucgb2312-cn gb2312-1980 gb2312-80 iso-ir-58")
	add(simplifiedchinese.GB18030, "gb18030 gb18030-2000")
	add(simplifiedchinese.HZGB2312, "hz hzgb hz-gb hz-gb-2312")
	add(traditionalchinese.Big5, "big5 big5-tw csbig5 cp950 950 ms950")
	return table
})
