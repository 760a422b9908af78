package main

import (
	"fmt"
	"reflect"
	"unsafe"
)

// run is a map under test with at most one iterator.
type run struct {
	kind   *mapKind
	h      *hmap
	it     *hiter // nil when none, or at its end
	random randomness

	// Memory for the operands, used again and again.
	key, elem, got unsafe.Pointer
	toucher        toucher
	victim         *victim // nil unless bytes are written from outside
}

// outcome is what an operation left beside the map itself.
type outcome struct {
	draws    uint64
	panicked any
	fault    bool // no memory there: nothing can go on
	shown    shown
	found    bool
	entry    [2]unsafe.Pointer // key and element, of get the element only
	position *position
	hashed   bool
	hash     uintptr
	summed   bool
	sum      uint32
}

// shown says what an operation gives.
type shown uint8

const (
	showNothing shown = iota
	showElem
	showEntry
)

func newRun(req *request, random randomness) (*run, outcome, error) {
	kind := kinds[req.Type]
	if err := kind.layoutError(); err != nil {
		return nil, outcome{}, err
	}
	r := &run{
		kind:   kind,
		random: random,
		key:    reflect.New(kind.key.typ).UnsafePointer(),
		elem:   reflect.New(kind.elem.typ).UnsafePointer(),
		got:    reflect.New(kind.elem.typ).UnsafePointer(),
	}
	for i, k := range req.Hashkey {
		r.random.hashkey[i] = uintptr(k)
	}
	r.random.state = uint64(req.Seed)
	var out outcome
	err := r.perform(&out, func() { r.h = kind.make(req.Hint) })
	if req.Hash0 != nil {
		r.h.hash0 = *req.Hash0
		r.random.state = uint64(req.Seed)
	}
	return r, out, err
}

// perform runs a piece of an operation.
func (r *run) perform(out *outcome, f func()) (err error) {
	start := r.random.state
	out.draws, out.panicked, err = r.random.during(f)
	if out.panicked != nil && unwindingDraws {
		// What the panic itself drew is not the map's: count again what hashing
		// draws up to the part that can't be hashed.
		out.draws, _ = nanDraws(reflect.NewAt(r.kind.key.typ, r.key).Elem())
		r.random.state = start
		r.random.advance(out.draws)
	}
	return err
}

// step runs one operation.
func (r *run) step(op []string) (out outcome, err error) {
	if len(op) == 0 {
		return out, fmt.Errorf("empty operation")
	}
	if err := r.operands(op); err != nil {
		return out, err
	}
	k := r.kind
	switch op[0] {
	case "set":
		err = r.change(&out, func() { k.set(r.h, r.key, r.elem) })
	case "del":
		err = r.change(&out, func() { k.del(r.h, r.key) })
	case "get":
		if err = r.hash(&out); err != nil {
			return out, err
		}
		err = r.perform(&out, func() { out.found = k.get(r.h, r.key, r.got) })
		if out.panicked == nil {
			out.shown, out.entry[0] = showElem, r.got
		}
	case "clear":
		err = r.perform(&out, func() { mapclear(k.typ, r.h) })
	case "rangedel":
		err = r.perform(&out, func() { k.rangedel(r.h) })
	case "iter":
		r.it = new(hiter)
		err = r.perform(&out, func() { mapiterinit(k.typ, r.h, r.it) })
		r.visit(&out)
	case "next":
		if r.it != nil {
			err = r.perform(&out, func() { mapiternext(r.it) })
		}
		r.visit(&out)
	}
	return out, err
}

// arity is the number of words of each operation.
var arity = map[string]int{"set": 3, "del": 2, "get": 2, "clear": 1, "rangedel": 1, "iter": 1, "next": 1}

// operands makes the key and element of an operation.
func (r *run) operands(op []string) (err error) {
	if len(op) != arity[op[0]] {
		return fmt.Errorf("bad operation %q", op)
	}
	if len(op) > 1 {
		err = r.kind.key.decode(r.key, op[1])
	}
	if len(op) > 2 && err == nil {
		err = r.kind.elem.decode(r.elem, op[2])
	}
	return err
}

// hash is the hash of the key that the operation is going to see.
func (r *run) hash(out *outcome) error {
	state := r.random.state
	_, panicked, err := r.random.during(func() { out.hash = r.kind.typ.hasher(r.key, uintptr(r.h.hash0)) })
	r.random.state = state
	out.hashed = panicked == nil
	return err
}

// change is an operation that alters buckets.
func (r *run) change(out *outcome, f func()) error {
	if err := r.hash(out); err != nil {
		return err
	}
	before := growthOf(r.h)
	if err := r.perform(out, f); err != nil {
		return err
	}
	if out.hashed && r.victim == nil {
		out.sum, out.summed = r.toucher.sum(r.kind, r.h, before, out.hash), true
	}
	return nil
}

// visit records where the iterator stands. Past its end it is not called again:
// the compiler's loops never do.
func (r *run) visit(out *outcome) {
	if out.panicked != nil && r.victim != nil {
		r.it = nil // nothing is known of an iterator that a panic has left
		return
	}
	out.shown = showEntry
	if r.it == nil {
		return
	}
	out.position = &r.it.position
	if r.it.key == nil {
		r.it = nil
		return
	}
	out.found, out.entry = true, [2]unsafe.Pointer{r.it.key, r.it.elem}
}
