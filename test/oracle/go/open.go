package main

import (
	"encoding/json"
	"io"
	"reflect"
	"unsafe"
)

// A way to open an image, and what can then be done with the map.
type way struct {
	name string
	// open makes the map's header.
	open func(*mapped) *hmap
	// Whether the map can be written, by whether its buckets hold pointers.
	writes func(pointers bool) bool
	// Whether the map can be iterated over under the collector.
	iterates func(m *mapped, pointers bool) bool
}

func always(*mapped, bool) bool { return true }

var ways = []way{
	{
		name:   "in place",
		open:   func(m *mapped) *hmap { return m.h },
		writes: func(bool) bool { return false },
		// The iterator hangs an overflow list on the header, where the collector
		// doesn't see it, unless one is there.
		iterates: func(m *mapped, pointers bool) bool {
			return pointers || m.h.extra != nil && m.h.extra.overflow != nil
		},
	},
	{
		name:     "header",
		open:     headerOnHeap,
		writes:   func(pointers bool) bool { return !pointers },
		iterates: always,
	},
	{
		name: "copied",
		open: func(m *mapped) *hmap {
			copied := transfer{kind: m.kind, to: heap{}}
			h := copied.copy(m.h)
			if m.kind.typ.noscan() {
				keepAlive(h, &copied)
			}
			return h
		},
		writes:   func(bool) bool { return true },
		iterates: always,
	},
}

// headerOnHeap copies header and mapextra, with the lists that the runtime appends to.
func headerOnHeap(m *mapped) *hmap {
	h := new(hmap)
	*h = *m.h
	if m.h.extra != nil {
		x := new(mapextra)
		*x = *m.h.extra
		x.overflow, x.oldoverflow = listOnHeap(x.overflow), listOnHeap(x.oldoverflow)
		h.extra = x
	}
	return h
}

func listOnHeap(list *[]unsafe.Pointer) *[]unsafe.Pointer {
	if list == nil {
		return nil
	}
	copied := append([]unsafe.Pointer(nil), *list...)
	return &copied
}

// keepAlive lists the overflow buckets that the collector doesn't find in buckets
// without pointers.
func keepAlive(h *hmap, copied *transfer) {
	if len(copied.loose)+len(copied.oldLoose) == 0 {
		return
	}
	if h.extra == nil {
		h.extra = new(mapextra)
	}
	h.extra.overflow = &copied.loose
	if h.oldbuckets != nil {
		h.extra.oldoverflow = &copied.oldLoose
	}
}

// heap is the process's own memory.
type heap struct{}

func (heap) header() *hmap    { return new(hmap) }
func (heap) extra() *mapextra { return new(mapextra) }

func (heap) buckets(t *maptype, n int) unsafe.Pointer { return newarray(t.bucket, n) }
func (heap) value(t reflect.Type) unsafe.Pointer      { return reflect.New(t).UnsafePointer() }
func (heap) text(s string) unsafe.Pointer             { return *(*unsafe.Pointer)(unsafe.Pointer(&s)) }
func (heap) point(word, target unsafe.Pointer)        { *(*unsafe.Pointer)(word) = target }

//go:linkname newarray runtime.newarray
func newarray(t *rtype, n int) unsafe.Pointer

// opened is what was done with one image.
type opened struct {
	File string   `json:"file"`
	Way  string   `json:"way"`
	Did  []string `json:"did"`
	Err  string   `json:"error,omitempty"`
}

// openImages opens the images in files in each way, uses the maps, and writes a line for
// each about what it did.
func openImages(files []string, out io.Writer) error {
	for _, file := range files {
		for _, w := range ways {
			did, err := w.try(file)
			line := opened{File: file, Way: w.name, Did: did}
			if err != nil {
				line.Err = err.Error()
			}
			if err := json.NewEncoder(out).Encode(line); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *way) try(file string) (did []string, err error) {
	m, err := mapImage(file)
	if err != nil {
		return nil, err
	}
	defer m.unmap()
	pointers := !m.kind.typ.noscan()
	use := newUse(m, w.open(m))
	use.writes, use.iterates = w.writes(pointers), w.iterates(m, pointers)
	return use.everything()
}
