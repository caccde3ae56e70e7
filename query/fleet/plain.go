package fleet

import "strconv"

// A device that is created because it was written has a record with nothing in it but
// what every such device has. Of very many they are most of what their creation takes,
// so they are written here, byte for byte as json.Marshal would.

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

// appendPlainDevice adds the record of a device that has an id, a status, a number and
// times, which are the same and stamp as JSON has it, and nothing else; changed writes
// any other one, and where a text is not plain.
func appendPlainDevice(dst []byte, d *Device, stamp string) ([]byte, error) {
	if !plainText(d.ID) || !plainText(string(d.Status)) {
		value, _, err := changed(&Device{}, d)
		return append(dst, value...), err
	}
	dst = append(append(dst, `{"id":"`...), d.ID...)
	dst = append(append(dst, `","status":"`...), d.Status...)
	dst = strconv.AppendInt(append(dst, `","number":`...), d.Number, 10)
	dst = append(append(dst, `,"created":"`...), stamp...)
	dst = append(append(dst, `","modified":"`...), stamp...)
	return append(dst, `"}`...), nil
}
