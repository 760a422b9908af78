//go:build go1.22

package main

import (
	"errors"
	"unsafe"
)

//go:linkname rand runtime.rand
func rand() uint64

//go:linkname roundupsize runtime.roundupsize
func roundupsize(size uintptr, noscan bool) uintptr

// allocated is the size of the memory that a request for size bytes gets.
func allocated(size uintptr, noscan bool) uintptr { return roundupsize(size, noscan) }

// machineWords is what is read of m: the size class that it is allocated in. (The
// first one is a variable, followed by others.)
const machineWords = 2048 / wordSize

// unwindingDraws: who walks a stack draws from numbers of a cheaper kind.
const unwindingDraws = false

// chacha8 is internal/chacha8rand.State: numbers made ahead, 32 at a time.
type chacha8 struct {
	buf  [32]uint64
	seed [4]uint64
	i    uint32 // the next number
	n    uint32 // how many there are
	c    uint32 // blocks since the seed
	_    uint32
}

const (
	chacha8Words = unsafe.Sizeof(chacha8{}) / wordSize
	cursorWord   = unsafe.Offsetof(chacha8{}.i) / wordSize
)

// source is the thread's own generator, m.chacha8. It is lent out with the next
// 32 numbers of wyrand in its buffer.
type source struct {
	live  *chacha8
	own   chacha8
	ready chacha8 // to be lent
	state uint64  // wyrand's before the numbers in ready
}

// findSource looks in m for a cursor that a draw advances by one, with the drawn
// number where the cursor was.
func findSource() (*source, error) {
	m := currentG().m
	for try := 0; try < 3; try++ { // a draw at the buffer's end makes new numbers
		before := *m
		drawn := rand()
		for at := cursorWord; at < machineWords+cursorWord-chacha8Words; at++ {
			i, n := uint32(before[at]), before[at]>>32
			if m[at] == before[at]+1 && uint64(i) < n && n <= 32 && m[at-cursorWord+uintptr(i)] == drawn {
				s := &source{live: (*chacha8)(unsafe.Pointer(&m[at-cursorWord]))}
				s.fill(0)
				return s, nil
			}
		}
	}
	return nil, errors.New("m.chacha8 not found")
}

func (s *source) fill(state uint64) {
	s.state = state
	s.ready.n = uint32(len(s.ready.buf))
	for i := range s.ready.buf {
		state += wyIncrement
		s.ready.buf[i] = wyrand(state)
	}
}

func (s *source) lend(state uint64) {
	if state != s.state {
		s.fill(state)
	}
	s.own = *s.live
	*s.live = s.ready
}

// reclaim ends a loan and tells the number of draws.
func (s *source) reclaim() (draws uint64, err error) {
	if s.live.c != s.ready.c || s.live.seed != s.ready.seed { // every fourth refill starts c anew, with another seed
		err = errors.New("one operation drew more than the 32 numbers that this release can be given")
	}
	draws = uint64(s.live.i)
	*s.live = s.own
	return draws, err
}
