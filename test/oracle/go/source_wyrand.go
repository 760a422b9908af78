//go:build !go1.22

package main

import (
	"errors"
	_ "unsafe" // for linkname
)

//go:linkname fastrand runtime.fastrand
func fastrand() uint32

//go:linkname roundupsize runtime.roundupsize
func roundupsize(size uintptr) uintptr

// allocated is the size of the memory that a request for size bytes gets.
func allocated(size uintptr, noscan bool) uintptr { return roundupsize(size) }

// machineWords is what is read of m: the size class that it is allocated in. (The
// first one is a variable, followed by others.)
const machineWords = 1024 / wordSize

// unwindingDraws: whoever walks a stack, as a panic does, draws from the same
// numbers (runtime/symtab.go, pcvalue).
const unwindingDraws = true

// source is the thread's own generator, m.fastrand: wyrand itself. It can be
// lent out with another state.
type source struct {
	word      *uint64
	own, lent uint64
}

// findSource looks for the one word of m that a draw advances.
func findSource() (*source, error) {
	m := currentG().m
	before := *m
	drawn := fastrand()
	for i := range m {
		if m[i] == before[i]+wyIncrement && uint32(wyrand(m[i])) == drawn {
			return &source{word: &m[i]}, nil
		}
	}
	return nil, errors.New("m.fastrand not found")
}

func (s *source) lend(state uint64) {
	s.own, s.lent = *s.word, state
	*s.word = state
}

// reclaim ends a loan and tells the number of draws.
func (s *source) reclaim() (draws uint64, err error) {
	draws = (*s.word - s.lent) * wyInverse
	*s.word = s.own
	return draws, nil
}
