package fleet

import (
	"strconv"
	"time"
)

// A device that is created because it was written has a record, and its number an
// alias record, with nothing in them but what every such device has. Of very many
// they are most of what their creation takes, so they are written here, byte for byte
// as json.Marshal would.

// plainText tells whether a text stands for itself in JSON as json.Marshal writes it.
func plainText(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c > '~', c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		}
	}
	return true
}

// plainDevice is the record of a device that has an id, a status, a number and times,
// and nothing else; changed writes any other one, and where a text is not plain.
func plainDevice(d *Device) ([]byte, error) {
	if !plainText(d.ID) || !plainText(string(d.Status)) {
		value, _, err := changed(&Device{}, d)
		return value, err
	}
	b := make([]byte, 0, len(`{"id":"","status":"","number":,"created":"","modified":""}`)+len(d.ID)+len(d.Status)+20+2*len(time.RFC3339Nano))
	b = append(append(b, `{"id":"`...), d.ID...)
	b = append(append(b, `","status":"`...), d.Status...)
	b = strconv.AppendInt(append(b, `","number":`...), d.Number, 10)
	b = d.Created.AppendFormat(append(b, `,"created":"`...), time.RFC3339Nano)
	b = d.Modified.AppendFormat(append(b, `","modified":"`...), time.RFC3339Nano)
	return append(b, `"}`...), nil
}

// plainHolder is the alias record of a text that one device alone is called by, not as
// its name.
func plainHolder(h holder) ([]byte, error) {
	if h.Name || !plainText(h.ID) || !plainText(h.Text) {
		return holders{All: []holder{h}}.value()
	}
	b := make([]byte, 0, len(`{"holders":[{"id":"","text":""}]}`)+len(h.ID)+len(h.Text))
	b = append(append(b, `{"holders":[{"id":"`...), h.ID...)
	b = append(append(b, `","text":"`...), h.Text...)
	return append(b, `"}]}`...), nil
}
