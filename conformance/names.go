package conformance

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
)

// names are words that a server is sent in another form than the script has them,
// so that they are unique to one run. In answers they stand as in the script.
type names struct{ own, sent []string }

// add has a word be sent as another one.
func (n *names) add(own, sent string) {
	if i := slices.Index(n.own, own); i >= 0 {
		n.sent[i] = sent
		return
	}
	n.own, n.sent = append(n.own, own), append(n.sent, sent)
}

// addFolded is add for a word in capitals and in small letters, too, as references
// to names may be written.
func (n *names) addFolded(own, sent string) {
	n.add(own, sent)
	for _, fold := range []func(string) string{strings.ToLower, strings.ToUpper} {
		if fold(own) != own {
			n.add(fold(own), fold(sent))
		}
	}
}

// out is a text with all words as they are sent. A word ends where a character
// comes that ids are not made of, as $ is.
func (n *names) out(text string) string {
	var b strings.Builder
	for inWord := false; text != ""; {
		i := -1
		if !inWord {
			i = n.longest(text)
		}
		if i >= 0 {
			b.WriteString(n.sent[i])
			text, inWord = text[len(n.own[i]):], true
			continue
		}
		b.WriteByte(text[0])
		inWord, text = isWord(text[0]), text[1:]
	}
	return b.String()
}

// longest is the longest word that a text begins with, or -1.
func (n *names) longest(text string) int {
	best := -1
	for i, own := range n.own {
		if strings.HasPrefix(text, own) && (len(text) == len(own) || !isWord(text[len(own)])) && (best < 0 || len(own) > len(n.own[best])) {
			best = i
		}
	}
	return best
}

// in is an answer with all words as the script has them.
func (n *names) in(body []byte) []byte {
	order := make([]int, len(n.sent))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return len(n.sent[b]) - len(n.sent[a]) })
	for _, i := range order {
		body = bytes.ReplaceAll(body, []byte(n.sent[i]), []byte(n.own[i]))
	}
	return body
}

// isWord tells whether a character is one that ids are made of.
func isWord(c byte) bool {
	return c == '_' || c == '-' || c == '.' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// maker makes words that nobody else uses. The zero value leaves them as they are.
type maker struct{ prefix, seed string }

// newMaker is a maker of words that begin with a prefix, where their form lets
// them; none is made for a server of one's own.
func newMaker(prefix string) maker {
	if prefix == "" {
		return maker{}
	}
	return maker{prefix: prefix, seed: rand.Text()}
}

// Identifiers whose form tells what they are: those of Connio, and numbers or hex
// digits, as serial numbers, EUIs and the ids of Yggio are.
var (
	typedID = regexp.MustCompile(`^(_[a-z]+_)(\d+)$`)
	digits  = regexp.MustCompile(`^\d{8,}$`)
	lower   = regexp.MustCompile(`^[0-9a-f]{8,}$`)
	upper   = regexp.MustCompile(`^[0-9A-F]{8,}$`)
)

// unique is a word in a form of this run. What has an identifier's form keeps it.
func (m maker) unique(word string) string {
	sum := sha256.Sum256([]byte(m.seed + " " + word))
	switch parts := typedID.FindStringSubmatch(word); {
	case m.prefix == "":
		return word
	case parts != nil:
		return parts[1] + numeral(sum[:], len(parts[2]))
	case digits.MatchString(word):
		return numeral(sum[:], len(word))
	case lower.MatchString(word):
		return hexadecimal(sum[:], len(word))
	case upper.MatchString(word):
		return strings.ToUpper(hexadecimal(sum[:], len(word)))
	}
	return m.prefix + strings.ToLower(m.seed[:6]) + "." + word
}

// secret is what is sent in place of a secret that anybody can read in the script:
// capitals and digits.
func (m maker) secret(word string) string {
	if m.prefix == "" {
		return word
	}
	sum := sha256.Sum256([]byte(m.seed + " secret " + word))
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:])
}

// numeral is so many digits, the first of them not zero.
func numeral(sum []byte, length int) string {
	text := make([]byte, length)
	for i := range text {
		text[i] = '0' + sum[i%len(sum)]%10
	}
	text[0] = '1' + sum[0]%9
	return string(text)
}

// hexadecimal is so many hex digits.
func hexadecimal(sum []byte, length int) string {
	text := hex.EncodeToString(sum)
	return strings.Repeat(text, length/len(text)+1)[:length]
}
