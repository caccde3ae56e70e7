package main

import (
	"encoding"
	"fmt"
	"testing"
)

// TestValues reads counts, sizes and times, and prints them back.
func TestValues(t *testing.T) {
	tests := []struct {
		text string
		into encoding.TextUnmarshaler
		want string // empty: refused
	}{
		{"0", new(count), "0"},
		{"17", new(count), "17"},
		{"9223372036854775807", new(count), "9223372036854775807"},
		{"9223372036854775808", new(count), ""},
		{"1e3", new(count), ""},
		{"", new(count), ""},
		{"0", new(size), "0"},
		{"1000", new(size), "1000"},
		{"2048", new(size), "2KiB"},
		{"64KiB", new(size), "64KiB"},
		{"1024MiB", new(size), "1GiB"},
		{"8388607TiB", new(size), "8388607TiB"},
		{"8388608TiB", new(size), ""},
		{"16MB", new(size), ""},
		{"MiB", new(size), ""},
		{"-1KiB", new(size), ""},
		{"0s", new(span), "0s"},
		{"1500ms", new(span), "1.5s"},
		{"10m", new(span), "10m"},
		{"2h", new(span), "2h"},
		{"1h30m", new(span), "1h30m"},
		{"90d", new(span), "2160h"},
		{"106751d", new(span), "2562024h"},
		{"106752d", new(span), ""},
		{"-1s", new(span), ""},
		{"1.5d", new(span), ""},
		{"ten", new(span), ""},
	}
	for _, tt := range tests {
		got := ""
		if tt.into.UnmarshalText([]byte(tt.text)) == nil {
			got = fmt.Sprint(tt.into)
		}
		if got != tt.want {
			t.Errorf("%T of %q: got %q, want %q", tt.into, tt.text, got, tt.want)
		}
	}
}
