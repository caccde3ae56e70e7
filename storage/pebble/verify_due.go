package pebble

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage/points"
)

// due checks that what is filed for the sweeper is filed under the time that the
// series says, and whether whoever has no points that last is filed: else its names
// stay for ever, or points of it are gone.
func (v *verifier) due() error {
	var filed set
	whole := true
	err := v.walk(keyFiled, func(key, value []byte) {
		number, ok := parseNumbered(key)
		if !ok || len(value) != 8 || !v.all.Contains(number) {
			v.wrong("the filing %x", key)
			return
		}
		at := int64(binary.BigEndian.Uint64(value))
		_, closer, err := v.r.snap.Get(appendDueKey(nil, at, number))
		if err == nil {
			err = closer.Close()
		}
		if errors.Is(err, pebble.ErrNotFound) {
			err = points.ErrCorrupt
		}
		if err != nil {
			v.blame(number, points.Always, fmt.Errorf("it is not filed under %d: %w", at, err))
		}
	}, func(_, _ []byte, err error) { v.report(fmt.Errorf("when series expire: %w", err)) })
	if err != nil {
		return err
	}
	err = v.walk(keyDue, func(key, _ []byte) {
		_, number, ok := parseDueKey(key)
		if !ok {
			v.wrong("the filing %x", key)
		}
		filed.Add(number)
	}, func(_, _ []byte, err error) {
		whole = false
		v.report(fmt.Errorf("which series expire: %w", err))
	})
	if err != nil || !whole || v.unsure {
		return err
	}
	v.unfiled(&filed)
	return nil
}

// unfiled tells of the series that have nothing that lasts and are not filed. Those that
// something else is wrong with may have it where it cannot be read. It is no damage for
// certain: before retention filed what it drops chunks of, whoever stopped the server in
// the midst of that left such series.
func (v *verifier) unfiled(filed *set) {
	left := v.all.Clone()
	for _, known := range []*set{&v.lasts, filed, &v.blamed} {
		left.AndNot(known)
	}
	if v.checks.Leftover == nil {
		return
	}
	for it := left.Iterator(); it.HasNext(); {
		v.checks.Leftover(v.name(it.Next()))
	}
}
