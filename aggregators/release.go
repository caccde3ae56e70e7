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

// switches are what the releases do differently, as far as aggregators go.
type switches struct {
	alignSampling    bool  // align_sampling when it is absent
	numericEnds      bool  // first and last take numbers alone and answer doubles; last skips nulls
	primitiveFilter  bool  // filter takes a number alone, without ne and order of zeros; without filter_op all pass
	score            bool  // score exists
	gapsAtEnd        bool  // gaps fills a range that starts at the very end
	rangeTrim        bool  // range aggregators have the property trim
	smallestSampling int64 // the least value of a sampling or range size
}

// switches is the table's row of a release.
func (r Release) switches() switches {
	if r == V12 {
		return switches{numericEnds: true, primitiveFilter: true, smallestSampling: 1}
	}
	return switches{alignSampling: true, score: true, gapsAtEnd: true, rangeTrim: true}
}

// SmallestSampling is the least value that samplings, range sizes and relative
// times may have.
func (r Release) SmallestSampling() int64 { return r.switches().smallestSampling }

// Offers tells whether the release knows the aggregator.
func (r Release) Offers(s *Spec) bool { return s.Name != "score" || r.switches().score }

// OffersProperty tells whether the release knows the property of the
// aggregator, which it offers.
func (r Release) OffersProperty(s *Spec, property string) bool {
	return !s.Range || property != "trim" || r.switches().rangeTrim
}
