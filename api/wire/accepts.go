package wire

import (
	"net/http"
	"strconv"
	"strings"
)

// Accepts tells whether a header that lists what a client takes, such as Accept or
// Accept-Encoding, names something, and not to refuse it by the weight zero.
func Accepts(h http.Header, header, what string) bool { return Weight(h, header, what) > 0 }

// Weight is how much a client that lists what it takes wants something: 1 where it
// says no other weight, and 0 where it does not name it.
func Weight(h http.Header, header, what string) float64 {
	for part := range strings.SplitSeq(strings.Join(h.Values(header), ","), ",") {
		name, parameters, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), what) {
			_, q, _ := strings.Cut(strings.ReplaceAll(parameters, " ", ""), "q=")
			weight, err := strconv.ParseFloat(q, 64)
			if err != nil {
				return 1
			}
			return weight
		}
	}
	return 0
}
