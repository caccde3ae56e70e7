package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// count is a number that is not negative.
type count int64

// UnmarshalText reads decimal digits.
func (c *count) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 10, 63)
	if err != nil {
		return fmt.Errorf("got %q, want a whole number that is not negative", text)
	}
	*c = count(n)
	return nil
}

// String is the number.
func (c count) String() string { return strconv.FormatInt(int64(c), 10) }

// size is a number of bytes.
type size int64

// sizes are the units that a size may have, the largest first.
var sizes = [...]struct {
	unit  string
	bytes int64
}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"", 1}}

// UnmarshalText reads digits and a unit: 16MiB.
func (s *size) UnmarshalText(text []byte) error {
	for _, u := range sizes {
		digits, ok := strings.CutSuffix(string(text), u.unit)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(digits, 10, 63)
		if err != nil || n > uint64(math.MaxInt64/u.bytes) {
			break
		}
		*s = size(int64(n) * u.bytes)
		return nil
	}
	return fmt.Errorf("got %q, want bytes such as 65536, 64KiB, 16MiB or 1GiB", text)
}

// String is the size in the largest unit that it is a multiple of.
func (s size) String() string {
	for _, u := range sizes {
		if s != 0 && int64(s)%u.bytes == 0 {
			return strconv.FormatInt(int64(s)/u.bytes, 10) + u.unit
		}
	}
	return "0"
}

// budget is the size of the memory that a query may hold; 0 is any.
type budget size

// leastMemory is what a query of one series of numbers needs: with less nearly every
// query would be refused.
const leastMemory = 128 << 10

// UnmarshalText reads what size does, and refuses less than leastMemory.
func (b *budget) UnmarshalText(text []byte) error {
	if err := (*size)(b).UnmarshalText(text); err != nil {
		return err
	}
	if *b != 0 && *b < leastMemory {
		return fmt.Errorf("got %q, want %s or more, which one series takes, or 0 for any", text, budget(leastMemory))
	}
	return nil
}

// String is the size's.
func (b budget) String() string { return size(b).String() }

// span is a length of time that is not negative.
type span time.Duration

// UnmarshalText reads Go's form of a duration, or a number of days: 10s, 1h30m,
// 90d.
func (s *span) UnmarshalText(text []byte) error {
	const day, most = 24 * time.Hour, math.MaxInt64 / (24 * time.Hour)
	if digits, ok := strings.CutSuffix(string(text), "d"); ok {
		if n, err := strconv.ParseUint(digits, 10, 63); err == nil && n <= uint64(most) {
			*s = span(time.Duration(n) * day)
			return nil
		}
	}
	d, err := time.ParseDuration(string(text))
	if err != nil || d < 0 {
		return fmt.Errorf("got %q, want a time such as 500ms, 10s, 1h30m or 90d", text)
	}
	*s = span(d)
	return nil
}

// String is the time without the zeros that Go prints behind it.
func (s span) String() string {
	text := time.Duration(s).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
