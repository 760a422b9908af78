package main

// Hashes and small maps known beforehand, under one hash key and hash0 0x12345678.

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
	"testing"
	"unsafe"
)

func TestMain(m *testing.M) {
	restartIn(quiet)
	os.Exit(m.Run())
}

//go:linkname memhash64 runtime.memhash64
func memhash64(p unsafe.Pointer, seed uintptr) uintptr

//go:linkname memhash32 runtime.memhash32
func memhash32(p unsafe.Pointer, seed uintptr) uintptr

//go:linkname strhash runtime.strhash
func strhash(p unsafe.Pointer, seed uintptr) uintptr

//go:linkname f64hash runtime.f64hash
func f64hash(p unsafe.Pointer, seed uintptr) uintptr

//go:linkname f32hash runtime.f32hash
func f32hash(p unsafe.Pointer, seed uintptr) uintptr

//go:linkname nilinterhash runtime.nilinterhash
func nilinterhash(p unsafe.Pointer, seed uintptr) uintptr

var goldenHash0 uint32 = 0x12345678

func start(t *testing.T, kind string) *run {
	random, err := findRandomness()
	if err != nil {
		t.Fatal(err)
	}
	req := request{Type: kind, Hint: -1, Hash0: &goldenHash0, Seed: 42}
	for i, k := range goldenKey {
		req.Hashkey[i] = word64(k)
	}
	r, _, err := newRun(&req, random)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *run) must(t *testing.T, op ...string) outcome {
	t.Helper()
	out, err := r.step(op)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func int64Hex(n int) string {
	return hex.EncodeToString(binary.LittleEndian.AppendUint64(nil, uint64(n)))
}

func ints(t *testing.T, n int) *run {
	r := start(t, "map[int]int")
	for i := 1; i <= n; i++ {
		r.must(t, "set", int64Hex(i), int64Hex(i))
	}
	return r
}

func expect(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestHashes(t *testing.T) {
	own := hashkey
	got := map[string]uintptr{}
	n64, n32, f15, f0, s15 := uint64(42), uint32(42), 1.5, 0.0, float32(1.5)
	var eint, ekey any = 42, "key"
	texts := map[string]string{
		"": "a0761d6478bd642e", "a": "a72f588285768e81", "ab": "56f6e4b29f9926f6", "abc": "7fcc1b61dbeaaf5d",
		"abcd": "72125981a8da8012", "key": "f09c3f5a4c46f765", "hello": "f7bc5d0d0a7c1b29",
		"12345678": "7c1452b90f8e0d83", "0123456789abcdef": "e72632ab6cb61d72", "0123456789abcdefg": "5fba17037a354390",
		strings.Repeat("0123456789abcdef", 3):         "2b4683ecc671626d",
		strings.Repeat("0123456789abcdef", 3) + "XYZ": "dbad20cb036b6257",
	}
	order := []string{}
	for s := range texts {
		order = append(order, s)
	}
	hashes := make([]uintptr, len(order))

	hashkey = goldenKey // no map may be touched from here
	a := memhash64(unsafe.Pointer(&n64), uintptr(goldenHash0))
	b := memhash64(unsafe.Pointer(&n64), 0)
	c := memhash64(unsafe.Pointer(&n64), 1)
	d := memhash32(unsafe.Pointer(&n32), 0)
	e := f64hash(unsafe.Pointer(&f0), 0)
	f := f64hash(unsafe.Pointer(&f15), 0)
	g := f32hash(unsafe.Pointer(&s15), 0)
	h := nilinterhash(unsafe.Pointer(&eint), 0)
	i := nilinterhash(unsafe.Pointer(&ekey), 0)
	for n := range order {
		hashes[n] = strhash(unsafe.Pointer(&order[n]), 0)
	}
	hashkey = own

	got["bbfe86b97c6a33cc"], got["6e69a6ede6b5a25e"], got["1c171827e01ff782"] = a, b, c
	got["da93b6f668a0496e"] = d
	got["041fe719c053b59f"], got["6b80bfa0fd336f1b"], got["eb98cfaf72700845"] = e, f, g
	got["162a19b5507b9c91"], got["b8c79a2bc439d123"] = h, i
	for n, s := range order {
		got[texts[s]] = hashes[n]
	}
	for want, hash := range got {
		expect(t, "hash", fmt.Sprintf("%016x", hash), want)
	}
}

// cells shows a bucket chain as its used tophashes and the int keys there.
func cells(t *testing.T, chain []string) string {
	t.Helper()
	var tops []byte
	var keys []string
	for _, text := range chain {
		raw, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		for i, top := range raw[:8] {
			key := binary.LittleEndian.Uint64(raw[8+8*i:])
			if top >= 5 {
				tops = append(tops, top)
				keys = append(keys, fmt.Sprint(key))
				expect(t, "elem", binary.LittleEndian.Uint64(raw[72+8*i:]), key)
			}
		}
	}
	return fmt.Sprintf("%x (%s)", tops, strings.Join(keys, " "))
}

func TestOneBucket(t *testing.T) {
	d := ints(t, 8).dump(0)
	expect(t, "B", d.Header.B, 0)
	expect(t, "tophash", d.Buckets[0][0][:16], "1d85d687c2808367")
}

func TestFirstGrowth(t *testing.T) {
	d := ints(t, 9).dump(0)
	expect(t, "b0", cells(t, d.Buckets[0]), "1d85d68083 (1 2 3 6 7)")
	expect(t, "b1", cells(t, d.Buckets[1]), "87c267be (4 5 8 9)")
	expect(t, "header", d.Header, dumpHeader{9, 0, 1, 0, goldenHash0, 1})
	expect(t, "old", d.Oldbuckets == nil, true)
}

func TestFourBuckets(t *testing.T) {
	d := ints(t, 14).dump(0)
	expect(t, "B", d.Header.B, 2)
	for i, want := range []string{
		"d683c364 (3 7 10 13)", "67 (8)", "1d8580a2b4 (1 2 6 11 12)", "87c2becf (4 5 9 14)",
	} {
		expect(t, fmt.Sprint("b", i), cells(t, d.Buckets[i]), want)
	}
}

// needsUsualLoad skips what doesn't hold for Go 1.21, whose maps grow at an average
// load of 6 and not 6.5.
func needsUsualLoad(t *testing.T) {
	if strings.HasPrefix(runtime.Version(), "go1.21") {
		t.Skip("another load factor")
	}
}

func TestGrowing(t *testing.T) {
	needsUsualLoad(t)
	d := ints(t, 27).dump(0)
	expect(t, "B", d.Header.B, 3)
	expect(t, "nevacuate", d.Header.Nevacuate, 2)
	for i, want := range map[int]string{
		0: "d664d332 (3 13 16 25)", 1: "7a (20)", 4: "83c3264c9f (7 10 19 21 23)", 5: "679a41 (8 17 27)",
	} {
		expect(t, fmt.Sprint("b", i), cells(t, d.Buckets[i]), want)
	}
	expect(t, "o0", d.Oldbuckets[0][0][:16], "0203030202030303")
	expect(t, "o0.1", d.Oldbuckets[0][1][:16], "0204040404040404")
	expect(t, "o1", d.Oldbuckets[1][0][:16], "0303020404040404")
	raw, _ := hex.DecodeString(d.Oldbuckets[2][1])
	expect(t, "o2.1 key", raw[8], 26)
	expect(t, "o2.1 used", raw[1] == 0 && raw[0] >= 5, true)
	expect(t, "growing at 28", ints(t, 28).h.oldbuckets != nil, true)
	expect(t, "growing at 29", ints(t, 29).h.oldbuckets != nil, false)
}

func TestLaterGrowths(t *testing.T) {
	needsUsualLoad(t)
	r := ints(t, 52)
	growing := func(n int) bool {
		r.must(t, "set", int64Hex(n), int64Hex(n))
		return r.h.oldbuckets != nil
	}
	expect(t, "growing at 52", r.h.oldbuckets != nil, false)
	for n, want := 53, uintptr(2); n <= 56; n, want = n+1, want+2 {
		expect(t, fmt.Sprint("growing at ", n), growing(n), n < 56)
		expect(t, fmt.Sprint("nevacuate at ", n), r.h.nevacuate, want)
	}
	for n := 57; n <= 229; n++ {
		want := n >= 105 && n < 115 || n >= 209 && n < 229
		expect(t, fmt.Sprint("growing at ", n), growing(n), want)
	}
	expect(t, "noverflow at 229", r.h.noverflow, 1)
}

func TestBackFilling(t *testing.T) {
	r := ints(t, 8)
	before := r.dump(0).Buckets[0][0]
	r.must(t, "del", int64Hex(8))
	r.must(t, "del", int64Hex(3))
	d := r.dump(0)
	expect(t, "tophash", d.Buckets[0][0][:16], "1d850187c2808300")
	expect(t, "keys", d.Buckets[0][0][16:16+128], before[16:16+128])
	expect(t, "count", d.Header.Count, 6)
	for k := 7; k >= 4; k-- {
		r.must(t, "del", int64Hex(k))
	}
	expect(t, "tophash", r.dump(0).Buckets[0][0][:16], "1d85000000000000")
}

func TestSameSizeGrowth(t *testing.T) {
	needsUsualLoad(t)
	r := start(t, "map[int]int")
	for i := 1; i <= 66; i++ {
		expect(t, fmt.Sprint("flags before ", i), r.h.flags, 0)
		if i > 26 {
			r.must(t, "del", int64Hex(i-26))
		}
		r.must(t, "set", int64Hex(i), int64Hex(i))
	}
	expect(t, "flags", r.h.flags, sameSizeGrow)
	expect(t, "B", r.h.B, 2)
}

func TestStringsAndFloats(t *testing.T) {
	r := start(t, "map[string]int")
	for i, s := range []string{"a", "ab", "abc", "abcd", "key", "hello", "12345678", "0123456789abcdef"} {
		r.must(t, "set", "'"+hex.EncodeToString([]byte(s))+"'", int64Hex(i))
	}
	expect(t, "strings", r.dump(0).Buckets[0][0][:16], "7bdc74a46b0a68a0")

	r = start(t, "map[float64]int")
	for _, f := range []float64{0, 1.5} {
		r.must(t, "set", int64Hex(int(math.Float64bits(f))), int64Hex(1))
	}
	expect(t, "floats", r.dump(0).Buckets[0][0][:4], "2c87")
}
