package aggregators

// Release is the release of KairosDB that the server behaves as.
type Release uint8

// The releases.
const (
	V12     Release = iota // 1.2
	V13                    // 1.3: the last published release
	Develop                // KairosDB's branch of that name
)

// ParseRelease reads 1.2, 1.3 or develop.
func ParseRelease(s string) (Release, bool) {
	for r := V12; r <= Develop; r++ {
		if r.String() == s {
			return r, true
		}
	}
	return V13, false
}

// String is the setting's spelling.
func (r Release) String() string { return [...]string{"1.2", "1.3", "develop"}[r] }
