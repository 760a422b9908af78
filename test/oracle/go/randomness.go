package main

import (
	"math/bits"
	"os"
	"runtime"
)

// wyIncrement is what every draw adds to the state (runtime/stubs.go, fastrand
// and fastrand64). It is odd, so a difference of states tells the draws.
const wyIncrement = 0xa0761d6478bd642f

var wyInverse = func() uint64 {
	x := uint64(1)
	for i := 0; i < 6; i++ {
		x *= 2 - wyIncrement*x
	}
	return x
}()

// wyrand is the output function: all 64 bits for fastrand64, the low 32 for fastrand.
func wyrand(state uint64) uint64 {
	hi, lo := bits.Mul64(state, state^0xe7037ed1a0b428db)
	return hi ^ lo
}

// randomness is what a run depends on beside its operations. It is lent to the
// runtime for one operation at a time: what the runtime draws in between doesn't
// count, and the oracle's own maps keep their hash key.
type randomness struct {
	source  *source
	state   uint64
	hashkey [4]uintptr
}

// findRandomness ties the goroutine to its thread, whose generator it borrows.
func findRandomness() (randomness, error) {
	runtime.LockOSThread()
	growStack()
	source, err := findSource()
	return randomness{source: source}, err
}

// growStack makes the stack large enough for every operation: copying a stack
// walks it, which may draw.
//
//go:noinline
func growStack() byte {
	var room [256 << 10]byte
	return room[len(os.Args)]
}

// during runs f under the run's state and hash key. It returns how many numbers
// f drew and the value that it panicked with. f must not touch maps of the oracle.
func (r *randomness) during(f func()) (draws uint64, panicked any, err error) {
	key := hashkey
	r.source.lend(r.state)
	hashkey = r.hashkey
	panicked = attempt(f)
	hashkey = key
	draws, err = r.source.reclaim()
	r.advance(draws)
	return draws, panicked, err
}

// advance moves the state on by a number of draws.
func (r *randomness) advance(draws uint64) { r.state += draws * wyIncrement }

func attempt(f func()) (panicked any) {
	defer func() { panicked = recover() }()
	f()
	return nil
}
