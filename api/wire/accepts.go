package wire

import (
	"net/http"
	"strconv"
	"strings"
)

// Accepts tells whether a header that lists what a client takes, such as Accept or
// Accept-Encoding, names something, and not to refuse it by the weight zero.
func Accepts(h http.Header, header, what string) bool {
	for part := range strings.SplitSeq(strings.Join(h.Values(header), ","), ",") {
		name, parameters, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), what) {
			_, q, _ := strings.Cut(strings.ReplaceAll(parameters, " ", ""), "q=")
			weight, err := strconv.ParseFloat(q, 64)
			return err != nil || weight > 0
		}
	}
	return false
}
