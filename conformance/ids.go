package conformance

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Made are the ids that a server has made up for tasks, by those that KairosDB
// made up when the requests were recorded, or that an example writes in their
// place. The zero value knows none.
type Made struct{ recorded, own []string }

// learn takes the ids of two answers to the same request that made something.
func (m *Made) learn(request, recorded string, got []byte) {
	if request != http.MethodPost {
		return
	}
	var was, is struct{ ID string }
	if json.Unmarshal([]byte(recorded), &was) != nil || json.Unmarshal(got, &is) != nil || was.ID == "" || is.ID == "" {
		return
	}
	m.recorded, m.own = append(m.recorded, was.ID), append(m.own, is.ID)
}

// path is a recorded path with the server's own ids.
func (m *Made) path(recorded string) string {
	for i := len(m.recorded) - 1; i >= 0; i-- {
		recorded = strings.ReplaceAll(recorded, m.recorded[i], m.own[i])
	}
	return recorded
}

// back is an answer with the recorded ids.
func (m *Made) back(got string) string {
	for i := range m.own {
		got = strings.ReplaceAll(got, m.own[i], m.recorded[i])
	}
	return got
}

// withoutIDs is a body with made-up ids replaced by the order in which they come.
func withoutIDs(body []byte) []byte {
	const length = 36
	var out []byte
	var seen []string
	for len(body) > 0 {
		n := 0
		switch {
		case len(body) >= length && isID(body[:length]):
			n = length
		case bytes.HasPrefix(body, []byte("<id-")):
			n = bytes.IndexByte(body, '>') + 1
		case bytes.HasPrefix(body, []byte("{id}")):
			n = len("{id}")
		}
		if n == 0 {
			out, body = append(out, body[0]), body[1:]
			continue
		}
		id := string(body[:n])
		if !slices.Contains(seen, id) {
			seen = append(seen, id)
		}
		out, body = append(out, "id "+strconv.Itoa(slices.Index(seen, id))...), body[n:]
	}
	return out
}

// isID tells whether a text is a UUID.
func isID(text []byte) bool {
	for i, c := range text {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (c == '-') || !dash && !strings.ContainsRune("0123456789abcdef", rune(c)) {
			return false
		}
	}
	return true
}

// inSetOrderOfTasks puts a list of tasks, which KairosDB gives in no order, into
// that of their texts without ids. All else is as it was.
func inSetOrderOfTasks(body []byte) []byte {
	var list []json.RawMessage
	if json.Unmarshal(body, &list) != nil {
		return body
	}
	for _, task := range list {
		if !bytes.HasPrefix(bytes.TrimSpace(task), []byte(`{"id":`)) {
			return body
		}
	}
	slices.SortFunc(list, func(a, b json.RawMessage) int { return bytes.Compare(withoutIDs(a), withoutIDs(b)) })
	texts := make([][]byte, len(list))
	for i := range list {
		texts[i] = list[i]
	}
	return slices.Concat([]byte("["), bytes.Join(texts, []byte(",")), []byte("]"))
}
