package pebble

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage/points"
)

// due checks that what is filed for the sweeper is filed under the time that the
// series says.
func (v *verifier) due() error {
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
	return v.walk(keyDue, func(key, _ []byte) {
		if _, _, ok := parseDueKey(key); !ok {
			v.wrong("the filing %x", key)
		}
	}, func(_, _ []byte, err error) { v.report(fmt.Errorf("which series expire: %w", err)) })
}
