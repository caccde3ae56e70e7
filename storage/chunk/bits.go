package chunk

import (
	"encoding/binary"
	"math/bits"
)

// maxWidth is the widest packed number: one load of eight bytes holds it at any
// bit offset. Wider columns are stored as whole words, rawWidth.
const (
	maxWidth = 56
	rawWidth = 64
)

// slack is how many readable bytes follow the last packed column of a chunk, so
// that kernels may load whole words. The footer is as long.
const slack = 8

// packedSize is how many bytes n numbers of width bits take.
func packedSize(n, width int) int { return (n*width + 7) / 8 }

// pack appends the lowest width bits of each number, without gaps, the first
// number in the lowest bits. width is at most maxWidth, or rawWidth.
func pack(dst []byte, numbers []uint64, width int) []byte {
	if width == rawWidth {
		for _, v := range numbers {
			dst = binary.LittleEndian.AppendUint64(dst, v)
		}
		return dst
	}
	if width == 0 {
		return dst
	}
	mask := uint64(1)<<width - 1
	held, count := uint64(0), 0
	for _, v := range numbers {
		v &= mask
		held |= v << count
		count += width
		if count >= 64 {
			dst = binary.LittleEndian.AppendUint64(dst, held)
			count -= 64
			held = v >> (width - count)
		}
	}
	for ; count > 0; count -= 8 {
		dst = append(dst, byte(held))
		held >>= 8
	}
	return dst
}

// unpack fills dst with packed numbers. src holds packedSize bytes and slack
// more behind them.
func unpack(dst []int64, src []byte, width int) {
	switch {
	case width == 0:
		clear(dst)
	case width <= 8:
		unpackBy8(dst, src, uint(width))
	case width <= 16:
		unpackBy4(dst, src, uint(width))
	case width <= 28:
		unpackBy2(dst, src, uint(width))
	case width <= maxWidth:
		unpackRest(dst, src, uint(width), 0)
	default:
		for i := range dst {
			dst[i] = int64(binary.LittleEndian.Uint64(src[8*i:]))
		}
	}
}

// unpackBy8 is unpack where one word holds eight numbers.
func unpackBy8(dst []int64, src []byte, width uint) {
	mask := uint64(1)<<(width&63) - 1
	i, at := 0, uint(0)
	for ; i+8 <= len(dst); i += 8 {
		d := dst[i : i+8 : i+8]
		v := binary.LittleEndian.Uint64(src[at:])
		d[0] = int64(v & mask)
		v >>= width & 63
		d[1] = int64(v & mask)
		v >>= width & 63
		d[2] = int64(v & mask)
		v >>= width & 63
		d[3] = int64(v & mask)
		v >>= width & 63
		d[4] = int64(v & mask)
		v >>= width & 63
		d[5] = int64(v & mask)
		v >>= width & 63
		d[6] = int64(v & mask)
		v >>= width & 63
		d[7] = int64(v & mask)
		at += width
	}
	unpackRest(dst, src, width, i)
}

// unpackBy4 is unpack where one word holds four numbers.
func unpackBy4(dst []int64, src []byte, width uint) {
	mask := uint64(1)<<(width&63) - 1
	half, shift := 4*width>>3, 4*width&7
	i, at := 0, uint(0)
	for ; i+8 <= len(dst); i += 8 {
		d := dst[i : i+8 : i+8]
		v, u := binary.LittleEndian.Uint64(src[at:]), binary.LittleEndian.Uint64(src[at+half:])>>(shift&63)
		d[0], d[4] = int64(v&mask), int64(u&mask)
		v, u = v>>(width&63), u>>(width&63)
		d[1], d[5] = int64(v&mask), int64(u&mask)
		v, u = v>>(width&63), u>>(width&63)
		d[2], d[6] = int64(v&mask), int64(u&mask)
		v, u = v>>(width&63), u>>(width&63)
		d[3], d[7] = int64(v&mask), int64(u&mask)
		at += width
	}
	unpackRest(dst, src, width, i)
}

// unpackBy2 is unpack where one word holds two numbers at any bit offset.
func unpackBy2(dst []int64, src []byte, width uint) {
	mask := uint64(1)<<(width&63) - 1
	i, at := 0, uint(0)
	for ; i+2 <= len(dst); i += 2 {
		v := binary.LittleEndian.Uint64(src[at>>3:]) >> (at & 7)
		d := dst[i : i+2 : i+2]
		d[0], d[1] = int64(v&mask), int64(v>>(width&63)&mask)
		at += 2 * width
	}
	unpackRest(dst, src, width, i)
}

// unpackRest is unpack of one number at a time, from number i on.
func unpackRest(dst []int64, src []byte, width uint, i int) {
	mask := uint64(1)<<(width&63) - 1
	at := uint(i) * width
	for ; i < len(dst); i++ {
		dst[i] = int64(binary.LittleEndian.Uint64(src[at>>3:]) >> (at & 7) & mask)
		at += width
	}
}

// layout chooses in how many bits each number of a column is packed; all is the
// bits that any of them has. Numbers that need more are exceptions, whose upper
// bits stand behind the others; they are few, because each costs a reader more
// than it saves. size is what bits and exceptions take together.
func layout(numbers []uint64, all uint64) (width, exceptions, size int) {
	widest, most := bits.Len64(all), len(numbers)/8
	width = widest
	if widest > maxWidth {
		width = rawWidth
	}
	size = packedSize(len(numbers), width)
	if widest <= 1 || longer(numbers, widest-1) > most {
		return width, 0, size
	}
	var count [65]int
	for _, v := range numbers {
		count[bits.Len64(v)]++
	}
	for w, n := widest-1, count[widest]; w >= 0 && n <= most; w-- {
		if w > maxWidth {
			n += count[w]
			continue
		}
		if s := packedSize(len(numbers), w) + exceptionsSize(&count, w, widest); s < size {
			width, exceptions, size = w, n, s
		}
		n += count[w]
	}
	return width, exceptions, size
}

// longer counts the numbers that do not fit into width bits.
func longer(numbers []uint64, width int) int {
	n := 0
	for _, v := range numbers {
		if v>>(width&63) != 0 {
			n++
		}
	}
	return n
}

// exceptionsSize is how many bytes the exceptions take when numbers are packed
// in width bits; count tells how many numbers there are of each length.
func exceptionsSize(count *[65]int, width, widest int) int {
	size := 0
	for n := width + 1; n <= widest; n++ {
		size += count[n] * (1 + (n-width+6)/7)
	}
	return size
}
