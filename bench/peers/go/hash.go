//go:build !go1.24

package main

import (
	"fmt"
	"strconv"
	"unsafe"
)

//go:linkname hashkey runtime.hashkey
var hashkey [4]uintptr

//go:linkname memhashFallback runtime.memhashFallback
//go:noescape
func memhashFallback(p unsafe.Pointer, seed, size uintptr) uintptr

//go:linkname memhash32Fallback runtime.memhash32Fallback
//go:noescape
func memhash32Fallback(p unsafe.Pointer, seed uintptr) uintptr

//go:linkname memhash64Fallback runtime.memhash64Fallback
//go:noescape
func memhash64Fallback(p unsafe.Pointer, seed uintptr) uintptr

const window = 1 << 16

// Hashes of count ranges of size bytes each, which lie in a window of 64 KiB; their sum.
func hashing(size, count int, key []string) string {
	for i := range hashkey {
		word, err := strconv.ParseUint(key[i], 10, 64)
		if err != nil {
			panic(err)
		}
		hashkey[i] = uintptr(word)
	}
	buffer := make([]uint64, window/8)
	for i := range buffer {
		buffer[i] = wordAt(i + 1)
	}
	base := unsafe.Pointer(&buffer[0])
	sum, at := uintptr(0), uintptr(0)
	time := stopwatch()
	switch size {
	case 4:
		for i := 0; i < count; i++ {
			sum += memhash32Fallback(unsafe.Add(base, at), uintptr(i))
			at = (at + 4) & (window - 1)
		}
	case 8:
		for i := 0; i < count; i++ {
			sum += memhash64Fallback(unsafe.Add(base, at), uintptr(i))
			at = (at + 8) & (window - 1)
		}
	default:
		for i := 0; i < count; i++ {
			sum += memhashFallback(unsafe.Add(base, at), uintptr(i), uintptr(size))
			at = (at + uintptr(size)) & (window - 1)
		}
	}
	ns := time()
	return fmt.Sprint("ok ", ns, " ", count, " ", count, " ", uint64(sum))
}
