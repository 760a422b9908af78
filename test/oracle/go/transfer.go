package main

import (
	"reflect"
	"unsafe"
)

// room is memory that a map is copied to.
type room interface {
	header() *hmap
	extra() *mapextra
	buckets(t *maptype, n int) unsafe.Pointer
	value(t reflect.Type) unsafe.Pointer
	text(s string) unsafe.Pointer
	// point makes the word at a place in the room lead to another place in it, or nowhere.
	point(word, target unsafe.Pointer)
}

// transfer copies a map with all its pointers, as it is when nobody iterates over it.
type transfer struct {
	kind *mapKind
	to   room
	// Overflow buckets outside of their arrays: where they came to lie, in order.
	loose, oldLoose []unsafe.Pointer
	nextOverflow    unsafe.Pointer
}

func (c *transfer) copy(h *hmap) *hmap {
	to := c.to.header()
	*to = *h
	to.flags &^= iterators
	next := unsafe.Pointer(nil)
	if h.extra != nil {
		next = h.extra.nextOverflow
	}
	c.to.point(unsafe.Pointer(&to.oldbuckets), nil)
	if h.oldbuckets != nil {
		c.to.point(unsafe.Pointer(&to.oldbuckets), c.array(arrayOf(c.kind.typ, "o", h.oldbuckets, h.oldB()), nil, &c.oldLoose))
	}
	c.to.point(unsafe.Pointer(&to.buckets), nil)
	if h.buckets != nil {
		c.to.point(unsafe.Pointer(&to.buckets), c.array(arrayOf(c.kind.typ, "b", h.buckets, h.B), next, &c.loose))
	}
	c.to.point(unsafe.Pointer(&to.extra), nil)
	if h.extra != nil {
		x := c.to.extra()
		c.to.point(unsafe.Pointer(&to.extra), unsafe.Pointer(x))
		c.to.point(unsafe.Pointer(&x.nextOverflow), c.nextOverflow)
	}
	return to
}

// array copies an array and what hangs on it. Of moved buckets with pointers nothing
// but the marks is left: the runtime wipes the rest when nobody iterates.
func (c *transfer) array(a array, next unsafe.Pointer, loose *[]unsafe.Pointer) unsafe.Pointer {
	t := c.kind.typ
	size := uintptr(t.bucketsize)
	to := c.to.buckets(t, a.normal+a.spares)
	within := func(b unsafe.Pointer) bool {
		return uintptr(b) >= uintptr(a.base) && uintptr(b) < uintptr(a.base)+uintptr(a.normal+a.spares)*size
	}
	placed := func(b unsafe.Pointer) unsafe.Pointer {
		return unsafe.Add(to, uintptr(b)-uintptr(a.base))
	}
	for i := 0; i < a.normal; i++ {
		b := t.at(a.base, uintptr(i))
		at := placed(b)
		top := memory(b, 1)[0]
		moved := a.letter == "o" && top >= 2 && top <= 4
		for {
			copy(memory(at, int(size)), memory(b, int(size)))
			c.to.point(unsafe.Add(at, size-wordSize), nil)
			if moved && !t.noscan() {
				rest := memory(at, int(size))[bucketCount:]
				for j := range rest {
					rest[j] = 0
				}
				break
			}
			if !moved {
				c.slots(b, at)
			}
			link := t.overflow(b)
			if link == nil {
				break
			}
			var behind unsafe.Pointer
			if within(link) {
				behind = placed(link)
			} else {
				behind = c.to.buckets(t, 1)
				*loose = append(*loose, behind)
			}
			c.to.point(unsafe.Add(at, size-wordSize), behind)
			b, at = link, behind
		}
	}
	if next != nil {
		c.nextOverflow = placed(next)
		last := t.at(to, uintptr(a.normal+a.spares-1))
		c.to.point(unsafe.Add(last, size-wordSize), to)
	}
	return to
}

// slots mends the pointers in the slots of a copied bucket.
func (c *transfer) slots(b, at unsafe.Pointer) {
	t := c.kind.typ
	for i := 0; i < bucketCount; i++ {
		full := memory(b, bucketCount)[i] >= 5
		k := bucketCount + i*int(t.keysize)
		e := bucketCount*(1+int(t.keysize)) + i*int(t.elemsize)
		c.slot(c.kind.key, t.flags&indirectKey != 0, full, unsafe.Add(b, k), unsafe.Add(at, k))
		c.slot(c.kind.elem, t.flags&indirectElem != 0, full, unsafe.Add(b, e), unsafe.Add(at, e))
	}
}

func (c *transfer) slot(codec *codec, indirect, full bool, from, to unsafe.Pointer) {
	isString := codec.typ.Kind() == reflect.String
	if !indirect && !isString {
		return
	}
	c.to.point(to, nil)
	if !full {
		return
	}
	if isString {
		c.to.point(to, c.to.text(*(*string)(from)))
		return
	}
	value := c.to.value(codec.typ)
	copy(memory(value, codec.size), memory(*(*unsafe.Pointer)(from), codec.size))
	c.to.point(to, value)
}
