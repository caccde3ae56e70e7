package connio

import (
	"cmp"
	"slices"

	"aion/query/fleet"
	"aion/storage/points"
)

// sheet gathers what a request writes into one property.
type sheet struct {
	place fleet.Place
	rows  []row
}

// add adds the value of an instant. Not ok: the property does not take it.
func (s *sheet) add(at int64, v span) (ok bool) {
	r, ok := rowOf(s.place.Property.Type, v, s.place.Property.Boundaries)
	if ok {
		r.at = at
		s.rows = append(s.rows, r)
	}
	return ok
}

// settle puts the rows into the order of their times, of which each has its last
// value.
func (s *sheet) settle() {
	ascending := true
	for i := 1; i < len(s.rows) && ascending; i++ {
		ascending = s.rows[i-1].at < s.rows[i].at
	}
	if ascending {
		return
	}
	slices.SortStableFunc(s.rows, func(a, b row) int { return cmp.Compare(a.at, b.at) })
	kept := s.rows[:0]
	for i, r := range s.rows {
		if i+1 == len(s.rows) || s.rows[i+1].at != r.at {
			kept = append(kept, r)
		}
	}
	s.rows = kept
}

// into adds the rows to a batch, those of a stored type together.
func (s *sheet) into(b *fleet.Batch, tags points.Tags) {
	var count [storedTypes]int
	for i := range s.rows {
		count[s.rows[i].kind]++
	}
	for kind := range stored(storedTypes) {
		if count[kind] == 0 {
			continue
		}
		key := points.Key{Metric: s.place.Metric, Tags: tags, Type: kind.name()}
		block := kind.block(count[kind])
		for i := range s.rows {
			if s.rows[i].kind == kind {
				s.rows[i].appendTo(&block)
			}
		}
		b.Add(key, block, 0)
	}
}

// block is an empty block of the type with room for so many points.
func (s stored) block(n int) points.Block {
	b := points.Block{Times: make([]int64, 0, n)}
	if s == storedText {
		b.Kind, b.Texts = points.Text, make([]string, 0, n)
		return b
	}
	b.Floats = make([]float64, 0, n)
	if s == storedLong {
		b.Ints = make([]int64, 0, n)
	}
	return b
}

// appendTo adds the row to a block of its type.
func (r *row) appendTo(b *points.Block) {
	switch r.kind {
	case storedLong:
		b.AppendInt(r.at, r.n)
	case storedDouble:
		b.AppendFloat(r.at, r.f)
	default:
		b.AppendText(r.at, r.text)
	}
}

// sheets are the properties of an object that a request writes into.
type sheets struct {
	c      *call
	o      *object
	places []fleet.Place
	all    []*sheet
	byRef  map[string]*sheet // nil: who asks may not write there, or there is no such property
	bySpan map[string]*sheet // the same, by references as points write them
	may    ingestion
}

// sheets begins a write into properties of an object.
func (c *call) sheets(o *object) (*sheets, error) {
	may, err := c.ingestion(o)
	if err != nil {
		return nil, err
	}
	places, err := c.p.Fleet.Places(c.ctx(), &o.Device)
	return &sheets{c: c, o: o, places: places, byRef: map[string]*sheet{}, bySpan: map[string]*sheet{}, may: may}, err
}

// fed counts the write as one of the feeds that the object may send in a minute. Who
// may write none of its properties takes none of them away from it.
func (s *sheets) fed() error {
	writable := func(p fleet.Place) bool { return s.o.mayWrite(&p.Property) }
	if !s.learns() && !slices.ContainsFunc(s.places, writable) {
		return nil
	}
	return s.c.p.Access.Feed(s.o.Organization, s.o.ID, s.may.RateLimit)
}

// learns tells whether properties that nothing defines are written: as the object's
// own, where records come with what is written and no profile says what there is.
func (s *sheets) learns() bool { return s.o.Profile == "" && s.c.p.Fleet.AutoCreates() }

// place is where the values of a property stand that a reference means.
func (s *sheets) place(ref string) (fleet.Place, error) {
	place, err := fleet.Find(s.places, ref)
	if err != nil {
		return place, err
	}
	if !place.Known && !s.learns() {
		return place, &fleet.UnknownError{Thing: "property", Ref: ref}
	}
	return place, nil
}

// sheet is that of the property that a reference means, nil where who asks cannot
// write there.
func (s *sheets) sheet(ref string) *sheet {
	if known, ok := s.byRef[ref]; ok {
		return known
	}
	var found *sheet
	if place, err := s.place(ref); err == nil && s.o.mayWrite(&place.Property) {
		found = s.of(place)
	}
	s.byRef[ref] = found
	return found
}

// of is the sheet of a place.
func (s *sheets) of(place fleet.Place) *sheet {
	for _, one := range s.all {
		if one.place.Metric == place.Metric && one.place.Profile == place.Profile {
			return one
		}
	}
	one := &sheet{place: place}
	s.all = append(s.all, one)
	return one
}

// put writes a value into a sheet, whose property learns its type from the first
// one. Not ok: the value is rejected.
func (s *sheets) put(one *sheet, at int64, v span) (ok bool, err error) {
	if one.place.Property.Type == "" {
		if ok, err := s.learn(one, v); !ok || err != nil {
			return false, err
		}
	}
	return one.add(at, v), nil
}
