package connio

import "time"

// zoned reads a time as feeds have it: a date of ISO 8601, a time of day with or
// without seconds and a fraction of them, and where it counts, Z or an offset with
// or without a colon. Without that it does not name an instant.
func zoned(text []byte) (at int64, ok bool) {
	date, rest, ok := dateOf(text)
	if !ok || len(rest) == 0 || rest[0]|0x20 != 't' {
		return 0, false
	}
	of, rest, ok := timeOfDay(rest[1:])
	if !ok {
		return 0, false
	}
	offset, ok := offsetOf(rest)
	return date + of - offset, ok
}

// The lengths of a day's parts in milliseconds.
const (
	second = int64(1000)
	minute = 60 * second
	hour   = 60 * minute
)

// dateOf reads a date and answers its midnight in UTC, and what follows.
func dateOf(text []byte) (at int64, rest []byte, ok bool) {
	if len(text) < 10 || text[4] != '-' || text[7] != '-' {
		return 0, nil, false
	}
	year, ok1 := digitsIn(text[:4])
	month, ok2 := digitsIn(text[5:7])
	day, ok3 := digitsIn(text[8:10])
	if !ok1 || !ok2 || !ok3 || year < firstYear || month < 1 || month > 12 || day < 1 {
		return 0, nil, false
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return t.UnixMilli(), text[10:], t.Day() == day
}

// timeOfDay reads hh:mm, hh:mm:ss or that with a fraction, and answers the time
// since midnight, and what follows. A fraction is cut off behind milliseconds.
func timeOfDay(text []byte) (of int64, rest []byte, ok bool) {
	if len(text) < 5 || text[2] != ':' {
		return 0, nil, false
	}
	h, ok1 := digitsIn(text[:2])
	m, ok2 := digitsIn(text[3:5])
	if !ok1 || !ok2 || h > 23 || m > 59 {
		return 0, nil, false
	}
	of, rest = int64(h)*hour+int64(m)*minute, text[5:]
	if len(rest) < 3 || rest[0] != ':' {
		return of, rest, true
	}
	s, ok := digitsIn(rest[1:3])
	if !ok || s > 59 {
		return 0, nil, false
	}
	of, rest = of+int64(s)*second, rest[3:]
	if len(rest) == 0 || rest[0] != '.' && rest[0] != ',' {
		return of, rest, true
	}
	n := 1
	for unit := second / 10; n < len(rest) && '0' <= rest[n] && rest[n] <= '9'; n++ {
		of += int64(rest[n]-'0') * unit
		unit /= 10
	}
	return of, rest[n:], n > 1
}

// offsetOf reads where a time counts: Z, ±hh, ±hhmm or ±hh:mm.
func offsetOf(text []byte) (offset int64, ok bool) {
	if len(text) == 1 && text[0]|0x20 == 'z' {
		return 0, true
	}
	if len(text) == 6 && text[3] == ':' {
		text = append(append(make([]byte, 0, 5), text[:3]...), text[4:]...)
	}
	if len(text) != 5 && len(text) != 3 || text[0] != '+' && text[0] != '-' {
		return 0, false
	}
	h, ok := digitsIn(text[1:3])
	m := 0
	if ok && len(text) == 5 {
		m, ok = digitsIn(text[3:])
	}
	if !ok || h > 23 || m > 59 {
		return 0, false
	}
	offset = int64(h)*hour + int64(m)*minute
	if text[0] == '-' {
		offset = -offset
	}
	return offset, true
}

// digitsIn reads a few digits.
func digitsIn(text []byte) (n int, ok bool) {
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, true
}
