package codec

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"aion/storage/points"
)

// writeUTF is Java's DataOutputStream.writeUTF, code unit by code unit.
func writeUTF(s string) []byte {
	out := []byte{0, 0}
	for _, c := range utf16.Encode([]rune(s)) {
		switch {
		case c >= 1 && c <= 0x7f:
			out = append(out, byte(c))
		case c <= 0x7ff:
			out = append(out, 0xc0|byte(c>>6), 0x80|byte(c&0x3f))
		default:
			out = append(out, 0xe0|byte(c>>12), 0x80|byte(c>>6&0x3f), 0x80|byte(c&0x3f))
		}
	}
	binary.BigEndian.PutUint16(out, uint16(len(out)-2))
	return out
}

// TestText: texts are written as Java writes them and read back.
func TestText(t *testing.T) {
	for _, s := range []string{
		"", "plain", "\x00", "\x7f\u0080\u07ff\u0800\uffff", "\U00010000\U0010ffff", "a\x00\U0001f600é", "\ufffd", "\ud7ff\ue000",
		strings.Repeat("x", 65535), strings.Repeat("é", 32767), strings.Repeat("\x00", 32767), strings.Repeat("\U0001f600", 10922),
	} {
		want := writeUTF(s)
		got, err := AppendText(nil, s)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("AppendText(%.20q) = %.40x, %v, want %.40x", s, got, err, want)
		}
		if back, err := parseText(want); err != nil || back != s {
			t.Errorf("%.40x is read as %.20q, %v, want %.20q", want, back, err, s)
		}
		if err := CheckText(s); err != nil {
			t.Errorf("CheckText(%.20q) = %v, want nil", s, err)
		}
	}
}

// TestOddText: halves of pairs keep their bytes until they meet, what is no text
// is replaced, forms that are longer than need be are read.
func TestOddText(t *testing.T) {
	tests := []struct{ name, text, stored, back string }{
		{"a leading half", "a\xed\xa0\x80b", "0005 61eda08062", "a\xed\xa0\x80b"},
		{"a trailing half", "\xed\xbf\xbf", "0003 edbfbf", "\xed\xbf\xbf"},
		{"halves in the wrong order", "\xed\xb0\x80\xed\xa0\x80", "0006 edb080eda080", "\xed\xb0\x80\xed\xa0\x80"},
		{"halves that meet", "\xed\xa0\xbd\xed\xb8\x80", "0006 eda0bdedb880", "\U0001f600"},
		{"two leading halves", "\xed\xa0\xbd\xed\xa0\xbd\xed\xb8\x80", "0009 eda0bdeda0bdedb880", "\xed\xa0\xbd\U0001f600"},
		{"a cut half", "\xed\xa0", "0006 efbfbdefbfbd", "\ufffd\ufffd"},
		{"no UTF-8", "\xff\xfe", "0006 efbfbdefbfbd", "\ufffd\ufffd"},
	}
	for _, tt := range tests {
		want := unhex(t, tt.stored)
		if got, err := AppendText(nil, tt.text); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %q is stored as %x, %v, want %x", tt.name, tt.text, got, err, want)
		}
		if got, err := parseText(want); err != nil || got != tt.back {
			t.Errorf("%s: %x is read as %q, %v, want %q", tt.name, want, got, err, tt.back)
		}
	}
	if got, err := parseText(unhex(t, "0006 00 c181 e08081")); err != nil || got != "\x00A\x01" {
		t.Errorf("long forms are read as %q, %v, want %q", got, err, "\x00A\x01")
	}
}

// TestTextTooLong: the limit is one of stored bytes.
func TestTextTooLong(t *testing.T) {
	for _, s := range []string{
		strings.Repeat("x", 65536), strings.Repeat("x", 65534) + "é", strings.Repeat("\x00", 32768), strings.Repeat("\U0001f600", 10923), strings.Repeat("\xff", 21846),
	} {
		got, err := AppendText([]byte("x"), s)
		if err == nil || string(got) != "x" {
			t.Errorf("AppendText(%d bytes) = %.20x, %v, want x and an error", len(s), got, err)
		}
		if check := CheckText(s); check == nil || check.Error() != err.Error() {
			t.Errorf("CheckText(%d bytes) = %v, want %v", len(s), check, err)
		}
	}
}

// TestTextIsCopied: a text that was read does not change with the bytes.
func TestTextIsCopied(t *testing.T) {
	stored := writeUTF("hello")
	b := points.Block{Kind: points.Text}
	if err := AppendPoint(&b, 1, points.TypeText, stored); err != nil {
		t.Fatal(err)
	}
	clear(stored)
	if b.Texts[0] != "hello" {
		t.Errorf("the text has become %q", b.Texts[0])
	}
}
