package kairosdb

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// mediaType is what a header says of a body.
type mediaType struct {
	kind, sub  string            // in lower case; * for any
	parameters map[string]string // by name in lower case; nil: none
}

// contentType is the media type of a request's body. It is not ok where the
// header is there and cannot be read, with which KairosDB answers nothing.
func contentType(h http.Header) (m mediaType, ok bool) {
	lines := h[echo.HeaderContentType]
	if len(lines) == 0 {
		return m, true
	}
	if lines[0] == mediaJSON { // as nearly always
		return mediaType{kind: "application", sub: "json"}, true
	}
	rest := headerText(lines[0])
	m, ok = rest.mediaType(false)
	return m, ok && rest == ""
}

// takes tells whether m is kind/sub or leaves it open.
func (m *mediaType) takes(kind, sub string) bool {
	return m.kind == "*" || m.kind == kind && (m.sub == "*" || m.sub == sub)
}

// weight tells whether q is a number from 0 to 1 as Jersey reads it: of five
// characters at most, of which the first digit may be missing.
func weight(q string) bool {
	whole, fraction, point := strings.Cut(q, ".")
	if len(q) == 0 || len(q) > 5 || strings.Trim(fraction, "0123456789") != "" {
		return false
	}
	switch whole {
	case "0":
		return true
	case "1":
		return strings.Trim(fraction, "0") == ""
	}
	return whole == "" && point && fraction != ""
}

// headerText is what is left to read of a header, by the grammar of Jersey 1.19:
// blanks may stand around ; and , and nowhere else.
type headerText string

// mediaType takes a media type with its parameters. In a list a comma ends it,
// and the kind may stand alone.
func (h *headerText) mediaType(list bool) (m mediaType, ok bool) {
	h.skip()
	if m.kind, ok = h.token(); !ok {
		return m, false
	}
	m.kind, m.sub = strings.ToLower(m.kind), "*"
	switch {
	case h.take('/'):
		if m.sub, ok = h.token(); !ok {
			return m, false
		}
		m.sub = strings.ToLower(m.sub)
	case !list:
		return m, false
	}
	m.parameters, ok = h.parameters(list)
	return m, ok
}

// parameters takes what follows a media type. Semicolons may have nothing
// between or behind them.
func (h *headerText) parameters(list bool) (all map[string]string, ok bool) {
	for h.skip(); !h.ends(list); h.skip() {
		if !h.take(';') {
			return nil, false
		}
		for h.skip(); h.take(';'); {
			h.skip()
		}
		if h.ends(list) {
			break
		}
		name, named := h.token()
		if !named || !h.take('=') {
			return nil, false
		}
		value, ok := h.word()
		if !ok {
			return nil, false
		}
		if all == nil {
			all = map[string]string{}
		}
		all[strings.ToLower(name)] = value
	}
	return all, true
}

// ends tells whether nothing is left, or in a list a comma comes next.
func (h *headerText) ends(list bool) bool {
	return *h == "" || list && (*h)[0] == ','
}

// skip passes over blanks.
func (h *headerText) skip() { *h = headerText(strings.TrimLeft(string(*h), " \t")) }

// take takes c if it comes next.
func (h *headerText) take(c byte) bool {
	if *h == "" || (*h)[0] != c {
		return false
	}
	*h = (*h)[1:]
	return true
}

// token takes a word of at least one character.
func (h *headerText) token() (string, bool) {
	n := strings.IndexFunc(string(*h), func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r)
	})
	if n < 0 {
		n = len(*h)
	}
	text := string((*h)[:n])
	*h = (*h)[n:]
	return text, n > 0
}

// word takes a token or a text in quotation marks.
func (h *headerText) word() (string, bool) {
	if !h.take('"') {
		return h.token()
	}
	var text strings.Builder
	for i := 0; i < len(*h); i++ {
		switch c := (*h)[i]; {
		case c == '"':
			*h = (*h)[i+1:]
			return text.String(), true
		case c == '\\' && i+1 < len(*h):
			i++
			text.WriteByte((*h)[i])
		default:
			text.WriteByte(c)
		}
	}
	return "", false
}
