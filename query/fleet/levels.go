package fleet

import (
	"encoding/json"
	"maps"
	"strings"

	"aion/storage"
)

// levels are what may be done with the series of metrics.
type levels map[string]storage.Access

// levelOf is what a property's access type means to whoever is not its device.
func levelOf(p *Property) storage.Access {
	switch strings.ToLower(p.Access) {
	case wordPrivate:
		return storage.Private
	case wordProtected:
		return storage.Protected
	}
	return storage.Open
}

// closed are the levels of those of some properties that are not public.
func closed(list []Property) levels {
	var found levels
	for i := range list {
		if level := levelOf(&list[i]); level != storage.Open {
			if found == nil {
				found = levels{}
			}
			found[Metric(list[i].Name)] = level
		}
	}
	return found
}

// allLevels are the levels of all properties of a list.
func allLevels(list []Property) levels {
	all := make(levels, len(list))
	for i := range list {
		all[Metric(list[i].Name)] = levelOf(&list[i])
	}
	return all
}

// undefined are those of some levels whose metrics are of no property of a list.
func undefined(all levels, list []Property) levels {
	all = maps.Clone(all)
	for i := range list {
		delete(all, Metric(list[i].Name))
	}
	return all
}

// merged are the higher ones of the levels of two.
func merged(a, b levels) levels {
	all := maps.Clone(a)
	for metric, level := range b {
		if all == nil {
			all = levels{}
		}
		all[metric] = max(all[metric], level)
	}
	return all
}

// The words for levels in records: those of access types.
const (
	wordPrivate   = "private"
	wordProtected = "protected"
)

// word is the access type of a level that is closed.
func word(level storage.Access) string {
	if level == storage.Protected {
		return wordProtected
	}
	return wordPrivate
}

// MarshalJSON writes levels by the words of access types.
func (l levels) MarshalJSON() ([]byte, error) {
	words := make(map[string]string, len(l))
	for metric, level := range l {
		words[metric] = word(level)
	}
	return json.Marshal(words)
}

// UnmarshalJSON reads levels. A word that it does not know is private.
func (l *levels) UnmarshalJSON(text []byte) error {
	var words map[string]string
	if err := json.Unmarshal(text, &words); err != nil {
		return err
	}
	*l = make(levels, len(words))
	for metric, word := range words {
		(*l)[metric] = storage.Private
		if word == wordProtected {
			(*l)[metric] = storage.Protected
		}
	}
	return nil
}
