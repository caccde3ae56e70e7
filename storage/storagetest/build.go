package storagetest

import (
	"strconv"

	"aion/storage/points"
)

// key makes a key of a stored type, a metric, and names and values of tags.
func key(stored, metric string, tags ...string) points.Key {
	k := points.Key{Metric: metric, Type: stored}
	for i := 0; i < len(tags); i += 2 {
		k.Tags = append(k.Tags, points.Tag{Name: tags[i], Value: tags[i+1]})
	}
	k.Tags.Sort()
	return k
}

// long makes the key of a series of longs.
func long(metric string, tags ...string) points.Key { return key(points.TypeLong, metric, tags...) }

// double makes the key of a series of doubles.
func double(metric string, tags ...string) points.Key { return key(points.TypeDouble, metric, tags...) }

// text makes the key of a series of texts.
func text(metric string, tags ...string) points.Key { return key(points.TypeText, metric, tags...) }

// longs makes points of times and values in turn.
func longs(pairs ...int64) points.Block {
	var b points.Block
	for i := 0; i < len(pairs); i += 2 {
		b.AppendInt(pairs[i], pairs[i+1])
	}
	return b
}

// doubles makes points with these values from a time on, a second apart.
func doubles(from int64, values ...float64) points.Block {
	var b points.Block
	for i, v := range values {
		b.AppendFloat(from+1000*int64(i), v)
	}
	return b
}

// texts makes points with these values from a time on, a second apart.
func texts(from int64, values ...string) points.Block {
	b := points.Block{Kind: points.Text}
	for i, v := range values {
		b.AppendText(from+1000*int64(i), v)
	}
	return b
}

// count makes n longs 0, 1, 2, … from a time on, a step apart.
func count(n int, from, step int64) points.Block {
	var b points.Block
	for i := range int64(n) {
		b.AppendInt(from+i*step, i)
	}
	return b
}

// typed makes one point of any stored type whose value follows from n.
func typed(stored string, at int64, n int) points.Block {
	b := points.Block{Kind: points.KindOf(stored)}
	switch {
	case stored == points.TypeNull:
		b.AppendNull(at)
	case stored == points.TypeDouble:
		b.AppendFloat(at, float64(n)/8)
	case b.Kind == points.Number:
		b.AppendInt(at, int64(n))
	case b.Kind == points.Text:
		b.AppendText(at, "text "+strconv.Itoa(n))
	default:
		b.Type = stored
		b.AppendBytes(at, []byte{byte(n), byte(n >> 8), 0})
	}
	return b
}
