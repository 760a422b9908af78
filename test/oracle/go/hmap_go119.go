//go:build !go1.24

package main

import "unsafe"

type hmap struct {
	count      int
	flags      uint8
	B          uint8
	noverflow  uint16
	hash0      uint32
	buckets    unsafe.Pointer
	oldbuckets unsafe.Pointer
	nevacuate  uintptr
	extra      *mapextra
}

// position is what follows the pointers of hiter: startBucket, offset, wrapped,
// B, i, bucket, checkBucket.
type position [32]byte
