package main

import (
	"encoding/binary"
	"math"
)

// The keys of bench/keys.ts: the same numbers, in the same shuffled order.

func mix64(z uint64) uint64 {
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}

func wordAt(i int) uint64 { return mix64(uint64(i) * 0x9e3779b97f4a7c15) }

func mix32(i int) int32 {
	z := uint32(i)
	z = (z ^ (z >> 16)) * 0x7feb352d
	z = (z ^ (z >> 15)) * 0x846ca68b
	return int32(z ^ (z >> 16))
}

type structKey struct {
	ID   uint64
	Part int32
}

func keyUint64(i int) uint64   { return wordAt(i) }
func keyInt32(i int) int32     { return mix32(i) }
func keyFloat64(i int) float64 { return float64(wordAt(i)>>11) / (1 << 53) }
func keyStruct(i int) structKey {
	return structKey{wordAt(i), mix32(i)}
}
func keyBytes16(i int) (key [16]byte) {
	w := wordAt(i)
	binary.LittleEndian.PutUint64(key[:], w)
	binary.LittleEndian.PutUint64(key[8:], ^w)
	return
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

func text(i, length int) string {
	to := make([]byte, 0, length)
	for w := wordAt(i); len(to) < length; w = mix64(w + 0x9e3779b97f4a7c15) {
		for _, half := range [2]uint32{uint32(w), uint32(w >> 32)} {
			for bits := 0; bits < 30 && len(to) < length; bits += 6 {
				to = append(to, alphabet[half>>bits&63])
			}
		}
	}
	return string(to)
}

func keyString8(i int) string   { return text(i, 8) }
func keyString16(i int) string  { return text(i, 16) }
func keyString32(i int) string  { return text(i, 32) }
func keyString100(i int) string { return text(i, 100) }

func shuffledOrder(n, passes int) []uint32 {
	all := make([]uint32, n*passes)
	for i := range all[:n] {
		all[i] = uint32(i)
	}
	state := uint32(0x2545f491)
	for start := 0; start < len(all); start += n {
		order := all[start : start+n]
		if start > 0 {
			copy(order, all[start-n:start])
		}
		for i := n - 1; i > 0; i-- {
			state ^= state << 13
			state ^= state >> 17
			state ^= state << 5
			j := state % uint32(i+1)
			order[i], order[j] = order[j], order[i]
		}
	}
	return all
}

func isHit(i, percent int) bool {
	return float64(uint32(i)*0x9e3779b1)/(1<<32) < float64(percent)/100
}

// FNV-1a of the bytes of a few keys.
type checksum uint32

func (c *checksum) add(bytes []byte) {
	for _, b := range bytes {
		*c = (*c ^ checksum(b)) * 0x01000193
	}
}

func bytesOf(key any) []byte {
	switch k := key.(type) {
	case uint64:
		return binary.LittleEndian.AppendUint64(nil, k)
	case int32:
		return binary.LittleEndian.AppendUint32(nil, uint32(k))
	case float64:
		return binary.LittleEndian.AppendUint64(nil, math.Float64bits(k))
	case string:
		return []byte(k)
	case [16]byte:
		return k[:]
	case structKey:
		return binary.LittleEndian.AppendUint32(bytesOf(k.ID), uint32(k.Part))
	}
	panic("no bytes for this key")
}

// Elements: their first eight bytes hold a number.

type empty = struct{}

func elem0(uint64) (e empty)  { return }
func low0(empty) uint64       { return 0 }
func elem8(v uint64) uint64   { return v }
func low8(e uint64) uint64    { return e }
func low128(e [128]byte) uint64 { return binary.LittleEndian.Uint64(e[:]) }
func low200(e [200]byte) uint64 { return binary.LittleEndian.Uint64(e[:]) }

func elem128(v uint64) (e [128]byte) {
	binary.LittleEndian.PutUint64(e[:], v)
	return
}

func elem200(v uint64) (e [200]byte) {
	binary.LittleEndian.PutUint64(e[:], v)
	return
}
