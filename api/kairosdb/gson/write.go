package gson

import "unicode/utf8"

// String prints e as Gson's toString does: compact, nulls included.
func (e *Element) String() string { return string(e.append(nil)) }

// append adds e's text to dst.
func (e *Element) append(dst []byte) []byte {
	switch e.Kind {
	case NullKind:
		return append(dst, "null"...)
	case StringKind:
		return appendQuoted(dst, e.Text)
	case ArrayKind:
		dst = append(dst, '[')
		for i, item := range e.Items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = item.append(dst)
		}
		return append(dst, ']')
	case ObjectKind:
		dst = append(dst, '{')
		for i := range e.Members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendQuoted(dst, e.Members[i].Name), ':')
			dst = e.Members[i].Value.append(dst)
		}
		return append(dst, '}')
	}
	return append(dst, e.Text...)
}

// appendQuoted adds a text in quotes: quotes, backslashes, control characters
// and the two line separators of JavaScript are escaped.
func appendQuoted(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', byte(c))
		case c == '\t':
			dst = append(dst, `\t`...)
		case c == '\b':
			dst = append(dst, `\b`...)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\r':
			dst = append(dst, `\r`...)
		case c == '\f':
			dst = append(dst, `\f`...)
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c == '\u2028' || c == '\u2029':
			dst = append(dst, `\u202`...)
			dst = append(dst, hex[c&15])
		default:
			dst = utf8.AppendRune(dst, c)
		}
	}
	return append(dst, '"')
}
