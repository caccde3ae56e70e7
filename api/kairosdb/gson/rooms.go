package gson

import (
	"strings"
	"unicode/utf8"
)

// How much is made at once for the parts of a tree that the first rooms have no place
// for: twice as much each time, up to the most; and the bytes of texts, of which a text
// may take a quarter.
const (
	firstRoom  = 16
	mostRoom   = 64
	objectRoom = 4
	arrayRoom  = 2
	textRoom   = 256
)

// rooms are memory for the nodes of one tree, which live as long as each other.
type rooms struct {
	first    *firstRooms // nil: there are none yet
	elements []Element
	members  []Member
	items    []*Element
	made     int // elements of the last room
}

// firstRooms are as much as most requests need. They are for one tree after the other.
type firstRooms struct {
	elements [24]Element
	members  [8 * objectRoom]Member
	items    [8 * arrayRoom]*Element
}

// make makes the first rooms.
func (m *rooms) make() { m.furnish(new(firstRooms)) }

// empty has the first rooms take another tree, in place of the one before.
func (m *rooms) empty() {
	if m.first == nil || m.made == 0 && len(m.elements) == len(m.first.elements) {
		return // nothing stands there
	}
	*m.first = firstRooms{}
	m.furnish(m.first)
}

// furnish has a tree begin in first rooms, which are empty.
func (m *rooms) furnish(first *firstRooms) {
	*m = rooms{first: first, elements: first.elements[:], members: first.members[:], items: first.items[:]}
}

// element is a new element.
func (m *rooms) element() *Element {
	if m.first == nil {
		m.make()
	}
	if len(m.elements) == 0 {
		m.made = min(max(2*m.made, firstRoom), mostRoom)
		m.elements = make([]Element, m.made)
	}
	e := &m.elements[0]
	m.elements = m.elements[1:]
	return e
}

// object has room for a few members.
func (m *rooms) object() []Member {
	if len(m.members) < objectRoom {
		m.members = make([]Member, max(m.made, 2*objectRoom))
	}
	few := m.members[:0:objectRoom]
	m.members = m.members[objectRoom:]
	return few
}

// array has room for fewer elements.
func (m *rooms) array() []*Element {
	if len(m.items) < arrayRoom {
		m.items = make([]*Element, max(m.made, 2*arrayRoom))
	}
	few := m.items[:0:arrayRoom]
	m.items = m.items[arrayRoom:]
	return few
}

// texts are memory for short texts, which a tree keeps all of or none.
type texts struct {
	built    strings.Builder
	expected int // bytes of all of them, about; 0: nobody knows
}

// keep is a text as a string.
func (t *texts) keep(text []byte) string {
	if len(text) > textRoom/4 || !utf8.Valid(text) {
		return Valid(text)
	}
	if t.built.Cap()-t.built.Len() < len(text) {
		t.built = strings.Builder{}
		t.built.Grow(max(t.expected, len(text)))
		t.expected = textRoom
	}
	at := t.built.Len()
	t.built.Write(text)
	return t.built.String()[at:]
}
