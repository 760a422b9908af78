package main

// What the oracle borrows from the running runtime: mirrors of its structs
// (runtime/map.go, from Go 1.24 on map_noswiss.go, and runtime/type.go) and
// links to its unexported functions.

import "unsafe"

type mapextra struct {
	overflow     *[]unsafe.Pointer
	oldoverflow  *[]unsafe.Pointer
	nextOverflow unsafe.Pointer
}

type hiter struct {
	key, elem, t, h, buckets, bptr, overflow, oldoverflow unsafe.Pointer
	position                                              position
}

type maptype struct {
	typ        rtype
	key        *rtype
	elem       *rtype
	bucket     *rtype
	hasher     func(unsafe.Pointer, uintptr) uintptr
	keysize    uint8 // of the slot: 8 if indirect
	elemsize   uint8
	bucketsize uint16
	flags      uint32
}

type rtype struct {
	size, ptrdata uintptr
	_             [32]byte
}

const (
	indirectKey  = 1 // maptype.flags
	indirectElem = 2
	iterators    = 3 // hmap.flags: iterator and oldIterator
	sameSizeGrow = 8

	bucketCount = 8 // cells of a bucket
	wordSize    = 8
)

// noscan reports whether a bucket is free of pointers, its overflow word aside.
func (t *maptype) noscan() bool { return t.bucket.ptrdata == 0 }

// overflow is the bucket after b in its chain.
func (t *maptype) overflow(b unsafe.Pointer) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Add(b, t.bucketsize-wordSize))
}

// at is the i-th bucket of an array.
func (t *maptype) at(array unsafe.Pointer, i uintptr) unsafe.Pointer {
	return unsafe.Add(array, i*uintptr(t.bucketsize))
}

// oldB is the binary logarithm of the number of old buckets.
func (h *hmap) oldB() uint8 {
	if h.flags&sameSizeGrow != 0 {
		return h.B
	}
	return h.B - 1
}

//go:linkname hashkey runtime.hashkey
var hashkey [4]uintptr

//go:linkname useAeshash runtime.useAeshash
var useAeshash bool

//go:linkname mapiterinit runtime.mapiterinit
func mapiterinit(t *maptype, h *hmap, it *hiter)

//go:linkname mapiternext runtime.mapiternext
func mapiternext(it *hiter)

//go:linkname mapclear runtime.mapclear
func mapclear(t *maptype, h *hmap)

// g is the head of the runtime's g, down to the thread it runs on.
type g struct {
	_ [6]uintptr // stack, stackguard0, stackguard1, _panic, _defer
	m *[machineWords]uint64
}

func currentG() *g

// memory views n bytes at p, which may be a zero-size value.
func memory(p unsafe.Pointer, n int) []byte {
	return unsafe.Slice((*byte)(p), n)
}
