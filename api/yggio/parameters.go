package yggio

import (
	"math"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// functions are the value functions, in the order of Yggio's page.
var functions = [...]string{"mean", "timeWeightedMean", "max", "min", "first", "last", "sum", "count", "difference"}

// parameters are what a request of stats asks for.
type parameters struct {
	measurement string
	start, end  int64  // in milliseconds, the end exclusive
	begun       bool   // there is a start
	ended       bool   // there is an end; else it is now
	distance    int64  // in milliseconds; 0: raw
	function    string // empty: raw, or by interval
	limit       int64  // of raw points
	descending  bool   // raw points
}

// parseParameters reads the parameters of stats as of now. Unknown ones are passed
// over, empty ones are none.
func parseParameters(q url.Values, now time.Time) (a parameters, err error) {
	if a.measurement, err = single(q, "measurement"); err != nil {
		return a, err
	}
	if a.measurement == "" {
		return a, invalid("measurement", "Required")
	}
	a.start, a.end = -farthest, now.UnixMilli()
	if a.begun, err = a.time(q, "start", &a.start); err != nil {
		return a, err
	}
	if a.ended, err = a.time(q, "end", &a.end); err != nil {
		return a, err
	}
	if a.begun && a.start > a.end {
		return a, invalid("start", "must not be later than end")
	}
	if err := a.window(q); err != nil {
		return a, err
	}
	return a, a.page(q)
}

// queryOf are the parameters of a request. One that is not encoded as it should be
// is refused, so that no request means more than it says.
func (c *call) queryOf() (url.Values, error) {
	all := url.Values{}
	for part := range strings.SplitSeq(c.Request().URL.RawQuery, "&") {
		name, text, _ := strings.Cut(part, "=")
		key, wrongKey := url.QueryUnescape(name)
		value, wrong := url.QueryUnescape(text)
		if wrongKey != nil || wrong != nil {
			return nil, invalid(short(name), "must be percent-encoded")
		}
		if part != "" {
			all.Add(key, value)
		}
	}
	return all, nil
}

// single is the value of a parameter that is given once.
func single(q url.Values, name string) (string, error) {
	if all := q[name]; len(all) > 1 {
		return "", invalid(name, "must be given once")
	}
	return q.Get(name), nil
}

// time reads a time, and tells whether there is one.
func (a *parameters) time(q url.Values, name string, at *int64) (given bool, err error) {
	text, err := single(q, name)
	if err != nil || text == "" {
		return false, err
	}
	t, ok := parseTime(text, true)
	if !ok {
		return false, invalid(name, "must be Unix time in milliseconds or ISO 8601")
	}
	*at = t
	return true, nil
}

// plainNumber is a number without signs of infinity, hex digits and the like.
var plainNumber = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$`)

// window reads what says how points are put together.
func (a *parameters) window(q url.Values) error {
	text, err := single(q, "distance")
	if err != nil {
		return err
	}
	if a.function, err = single(q, "valueFunction"); err != nil {
		return err
	}
	if text != "" {
		seconds, err := strconv.ParseFloat(text, 64)
		switch {
		case !plainNumber.MatchString(text) || err != nil:
			return invalid("distance", "must be a number of seconds")
		case seconds < 0:
			return invalid("distance", "must not be negative")
		case seconds != 0 && (seconds < 0.001 || seconds > farthest/1000):
			return invalid("distance", "must be 0.001 or more, and at most %d", farthest/1000)
		}
		a.distance = int64(math.Round(seconds * 1000))
	}
	switch {
	case a.function == "":
	case !slices.Contains(functions[:], a.function):
		return invalid("valueFunction", "must be one of mean, timeWeightedMean, max, min, first, last, sum, count, difference")
	case a.distance == 0:
		return invalid("distance", "Required with valueFunction")
	}
	return nil
}

// page reads which raw points are wanted, and in which order.
func (a *parameters) page(q url.Values) error {
	a.limit = mostRaw
	text, err := single(q, "limit")
	if err != nil {
		return err
	}
	if text != "" {
		n, err := strconv.ParseUint(text, 10, 63)
		if err != nil {
			return invalid("limit", "must be a whole number, 0 or more")
		}
		if n != 0 {
			a.limit = min(int64(n), mostRaw)
		}
	}
	text, err = single(q, "order")
	if err != nil {
		return err
	}
	if text != "" && text != "asc" && text != "desc" {
		return invalid("order", "must be asc or desc")
	}
	a.descending = text == "desc"
	return nil
}
