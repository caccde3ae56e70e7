package kairosdb

import "github.com/labstack/echo/v4"

// dialect is whose words the objects of an ingest request use.
type dialect uint8

// The dialects: KairosDB's own, and that of OpenTSDB's /api/put, which knows
// metric, timestamp, value and tags, and counts small times in seconds.
const (
	ownWords dialect = iota
	openTSDB
)

// rename is KairosDB's name of a member, and empty for what the dialect does not
// know.
func (d dialect) rename(name string) string {
	switch {
	case d == ownWords, name == "timestamp", name == "value", name == "tags":
		return name
	case name == "metric":
		return "name"
	}
	return ""
}

// memberOfPut is the member of a name of OpenTSDB's.
func memberOfPut(name []byte) memberSet {
	switch string(name) {
	case "metric":
		return memberName
	case "timestamp":
		return memberTime
	case "value":
		return memberValue
	case "tags":
		return memberTags
	}
	return memberOther
}

// endOfSeconds is from when on a time is one in milliseconds, as in KairosDB's
// own telnet: in seconds it is the year 2065.
const endOfSeconds = 3_000_000_000

// millis is a time in milliseconds.
func (d dialect) millis(at int64) int64 {
	if d == openTSDB && at > -endOfSeconds && at < endOfSeconds {
		return at * 1000
	}
	return at
}

// putPoints stores the points of a request to OpenTSDB's /api/put.
func (p *Protocol) putPoints(c echo.Context) error { return p.ingest(c, openTSDB) }
