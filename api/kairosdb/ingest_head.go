package kairosdb

import "encoding/binary"

// The beginnings of members that are written without blanks, read as numbers whose
// lowest byte comes first.
const (
	headName  = 0x223a22656d616e22 // "name":"
	headTags  = 0x7b3a227367617422 // "tags":{
	headTime  = 0x617473656d697422 // "timesta, and
	headStamp = 0x3a22706d617473   // stamp":
	headValue = 0x3a2265756c617622 // "value":
)

// scanHead reads the name of a member and what stands between that and its value, and
// tells where that begins. KairosDB's own members without blanks, which are most, are
// compared whole.
func (d dialect) scanHead(b []byte, i int) (member memberSet, value int) {
	if d != openTSDB {
		switch binary.LittleEndian.Uint64(b[i:]) {
		case headName:
			return memberName, i + len(`"name":`)
		case headTags:
			return memberTags, i + len(`"tags":`)
		case headTime:
			if binary.LittleEndian.Uint64(b[i+len(`"time`):])&(1<<56-1) == headStamp {
				return memberTime, blank(b, i+len(`"timestamp":`))
			}
		case headValue:
			return memberValue, blank(b, i+len(`"value":`))
		}
	}
	if b[i] != '"' {
		return memberOther, i
	}
	from := i + 1
	for i = from; 'a' <= b[i] && b[i] <= 'z'; i++ {
	}
	if b[i] != '"' {
		return memberOther, i
	}
	member = d.memberOf(b[from:i])
	if i = blank(b, i+1); b[i] != ':' {
		return memberOther, i
	}
	return member, blank(b, i+1)
}
