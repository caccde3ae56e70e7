package kairosdb

import "testing"

// TestScanHead: members are found with blanks and without, and nothing is that only
// begins like one.
func TestScanHead(t *testing.T) {
	tests := []struct {
		text  string
		want  memberSet
		value int
	}{
		{`"name":"a"`, memberName, 7},
		{`"name" : "a"`, memberName, 9},
		{`"name":5`, memberName, 7},
		{`"names":"a"`, memberOther, 0},
		{`"tags":{}`, memberTags, 7},
		{`"tags": {}`, memberTags, 8},
		{`"timestamp":1`, memberTime, 12},
		{`"timestamp": 1`, memberTime, 13},
		{`"timestamp" :1`, memberTime, 13},
		{`"timestamps":1`, memberOther, 0},
		{`"timestamp"`, memberOther, 0},
		{`"timesta`, memberOther, 0},
		{`"value":1`, memberValue, 8},
		{`"value":  1`, memberValue, 10},
		{`"value":`, memberValue, 8},
		{`"value"1`, memberOther, 0},
		{`"datapoints":[`, memberPoints, 13},
		{`"ttl":1`, memberTTL, 6},
		{`"type":"long"`, memberType, 7},
		{`name":"a"`, memberOther, 0},
		{``, memberOther, 0},
	}
	for _, test := range tests {
		member, value := ownWords.scanHead(padded(test.text), 0)
		if member != test.want || member != memberOther && value != test.value {
			t.Errorf("%s: got %d at %d, want %d at %d", test.text, member, value, test.want, test.value)
		}
	}
	if member, _ := openTSDB.scanHead(padded(`"name":"a"`), 0); member != memberOther {
		t.Errorf("OpenTSDB: got %d for a name, want none", member)
	}
}
