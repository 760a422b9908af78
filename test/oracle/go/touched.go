package main

import (
	"hash/crc32"
	"strconv"
	"unsafe"
)

// growth is what tells, before an operation, which chains it can touch.
type growth struct {
	oldbuckets unsafe.Pointer
	nevacuate  uintptr
	oldB       uint8
	doubling   bool
}

func growthOf(h *hmap) growth {
	g := growth{oldbuckets: h.oldbuckets, nevacuate: h.nevacuate}
	if h.oldbuckets != nil {
		g.oldB, g.doubling = h.oldB(), h.flags&sameSizeGrow == 0
	}
	return g
}

// toucher sums up the chains that an operation touched. Its memory is used again.
type toucher struct {
	image    image
	text     []byte
	current  [8]uintptr
	old      [4]uintptr
	nCurrent int
	nOld     int
}

// sum is the checksum of the chains in h that an operation on a key with this hash
// touched, before which the state was that.
func (t *toucher) sum(k *mapKind, h *hmap, before growth, hash uintptr) uint32 {
	t.text, t.nCurrent, t.nOld = t.text[:0], 0, 0
	if h.buckets != nil {
		t.addCurrent(h, hash&(1<<h.B-1))
		after := growthOf(h)
		began := after.oldbuckets != nil && after.oldbuckets != before.oldbuckets
		last := before
		if began {
			last = after
		}
		if last.oldbuckets != nil {
			t.addOld(h, last, hash&(1<<last.oldB-1))
			t.addOld(h, last, before.nevacuate)
			if began {
				t.addOld(h, last, after.nevacuate)
			}
		}
	}
	for _, i := range t.current[:t.nCurrent] {
		t.chain(k, 'b', h.buckets, i)
	}
	for _, i := range t.old[:t.nOld] {
		t.chain(k, 'o', h.oldbuckets, i)
	}
	return crc32.ChecksumIEEE(t.text)
}

func (t *toucher) addCurrent(h *hmap, i uintptr) {
	if i < 1<<h.B {
		t.nCurrent = insert(t.current[:], t.nCurrent, i)
	}
}

// addOld adds the old bucket e and those that it is evacuated to.
func (t *toucher) addOld(h *hmap, g growth, e uintptr) {
	t.addCurrent(h, e)
	if g.doubling {
		t.addCurrent(h, e+1<<(h.B-1))
	}
	if h.oldbuckets != nil && e < 1<<h.oldB() {
		t.nOld = insert(t.old[:], t.nOld, e)
	}
}

// insert puts x into the n sorted numbers of list, unless it is among them.
func insert(list []uintptr, n int, x uintptr) int {
	at := 0
	for at < n && list[at] < x {
		at++
	}
	if at < n && list[at] == x {
		return n
	}
	copy(list[at+1:n+1], list[at:n])
	list[at] = x
	return n + 1
}

// chain writes a chain as text.
func (t *toucher) chain(k *mapKind, letter byte, array unsafe.Pointer, i uintptr) {
	t.text = append(t.text, letter)
	t.text = strconv.AppendUint(t.text, uint64(i), 10)
	t.text = append(t.text, '\n')
	hasKeys, hasElems := k.hasContents()
	for b := k.typ.at(array, i); b != nil; b = k.typ.overflow(b) {
		t.image.look(k, b)
		t.text = append(appendHex(t.text, t.image.raw), '\n')
		if hasKeys {
			t.column(k.key, &t.image.keys)
		}
		if hasElems {
			t.column(k.elem, &t.image.elems)
		}
	}
}

func (t *toucher) column(c *codec, values *[bucketCount]unsafe.Pointer) {
	for i, p := range values {
		if i > 0 {
			t.text = append(t.text, ',')
		}
		if p == nil {
			t.text = append(t.text, '-')
		} else {
			t.text = c.append(t.text, p)
		}
	}
	t.text = append(t.text, '\n')
}
