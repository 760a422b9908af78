package main

import (
	"fmt"
	"unsafe"
)

// dump is all that a map has in memory.
type dump struct {
	After      int                `json:"after"` // index of the operation, -1 before the first
	Header     dumpHeader         `json:"header"`
	Buckets    [][]string         `json:"buckets"`
	Oldbuckets [][]string         `json:"oldbuckets"`
	Spares     *spares            `json:"spares"`
	Oldspares  int                `json:"oldspares"`
	Extra      *dumpExtra         `json:"extra"`
	Contents   map[string]content `json:"contents,omitempty"`
}

type dumpHeader struct {
	Count     int     `json:"count"`
	Flags     uint8   `json:"flags"`
	B         uint8   `json:"B"`
	Noverflow uint16  `json:"noverflow"`
	Hash0     uint32  `json:"hash0"`
	Nevacuate uintptr `json:"nevacuate"`
}

// spares counts the overflow buckets allocated at the end of the bucket array;
// Next is the index in the array of the first one not handed out.
type spares struct {
	Count int  `json:"count"`
	Next  *int `json:"next"`
}

type dumpExtra struct {
	Overflow     *overflowList `json:"overflow"`
	Oldoverflow  *overflowList `json:"oldoverflow"`
	NextOverflow *string       `json:"nextOverflow"`
}

type overflowList struct {
	Len  int      `json:"len"`
	Cap  int      `json:"cap"`
	List []string `json:"list"`
}

// content lists what the pointers in a bucket's slots lead to, as texts; nil for a
// cell that can't be read. A column without pointers is nil.
type content struct {
	Keys  []*string `json:"k,omitempty"`
	Elems []*string `json:"e,omitempty"`
}

// array is a bucket array with its spares.
type array struct {
	letter string
	base   unsafe.Pointer
	normal int // 2^B
	spares int
}

// arrayOf repeats the arithmetic of the runtime's makeBucketArray.
func arrayOf(t *maptype, letter string, base unsafe.Pointer, B uint8) array {
	a := array{letter: letter, base: base, normal: 1 << B}
	if B >= 4 {
		size := t.bucket.size * (uintptr(1)<<B + uintptr(1)<<(B-4))
		a.spares = int(allocated(size, t.noscan())/t.bucket.size) - a.normal
	}
	return a
}

// dumper gathers the names and contents of buckets for one dump.
type dumper struct {
	kind     *mapKind
	names    map[unsafe.Pointer]string
	contents map[string]content
	image    image
}

func (r *run) dump(after int) dump {
	h, t := r.h, r.kind.typ
	d := dump{
		After:  after,
		Header: dumpHeader{h.count, h.flags, h.B, h.noverflow, h.hash0, h.nevacuate},
	}
	in := &dumper{kind: r.kind, names: map[unsafe.Pointer]string{}, contents: map[string]content{}}
	if h.buckets != nil {
		a := arrayOf(t, "b", h.buckets, h.B)
		d.Buckets = in.chains(a)
		d.Spares = &spares{Count: a.spares}
		if h.extra != nil && h.extra.nextOverflow != nil {
			next := int(r.nextIndex())
			d.Spares.Next = &next
		}
		in.nameSpares(a, "s")
	}
	if h.oldbuckets != nil {
		a := arrayOf(t, "o", h.oldbuckets, h.oldB())
		d.Oldbuckets = in.chains(a)
		d.Oldspares = a.spares
		in.nameSpares(a, "os")
	}
	if e := h.extra; e != nil {
		d.Extra = &dumpExtra{Overflow: in.list(e.overflow), Oldoverflow: in.list(e.oldoverflow)}
		if e.nextOverflow != nil {
			name := in.name(e.nextOverflow)
			d.Extra.NextOverflow = &name
		}
	}
	if len(in.contents) > 0 {
		d.Contents = in.contents
	}
	return d
}

// chains lists each bucket with its overflow buckets. An empty chain stands for
// a single bucket of zeros.
func (in *dumper) chains(a array) [][]string {
	all := make([][]string, a.normal)
	for i := range all {
		chain := []string{}
		name := fmt.Sprint(a.letter, i)
		for b := in.kind.typ.at(a.base, uintptr(i)); b != nil; b = in.kind.typ.overflow(b) {
			if len(chain) > 0 {
				name = fmt.Sprint(a.letter, i, ".", len(chain))
			}
			in.names[b] = name
			in.image.look(in.kind, b)
			if len(chain) == 0 && in.image.isZero() {
				break // the overflow word is zero too
			}
			chain = append(chain, string(appendHex(nil, in.image.raw)))
			in.addContent(name)
		}
		all[i] = chain
	}
	return all
}

// addContent notes what the bucket that was looked at leads to.
func (in *dumper) addContent(name string) {
	var c content
	hasKeys, hasElems := in.kind.hasContents()
	if hasKeys {
		c.Keys = texts(in.kind.key, &in.image.keys)
	}
	if hasElems {
		c.Elems = texts(in.kind.elem, &in.image.elems)
	}
	if hasKeys || hasElems {
		in.contents[name] = c
	}
}

func texts(c *codec, values *[bucketCount]unsafe.Pointer) []*string {
	all := make([]*string, len(values))
	for i, p := range values {
		if p != nil {
			text := string(c.append(nil, p))
			all[i] = &text
		}
	}
	return all
}

// nameSpares names the spares that no chain has named.
func (in *dumper) nameSpares(a array, prefix string) {
	for i := 0; i < a.spares; i++ {
		b := in.kind.typ.at(a.base, uintptr(a.normal+i))
		if in.names[b] == "" {
			in.names[b] = fmt.Sprint(prefix, i)
		}
	}
}

func (in *dumper) name(b unsafe.Pointer) string {
	if name := in.names[b]; name != "" {
		return name
	}
	return "unlinked"
}

func (in *dumper) list(list *[]unsafe.Pointer) *overflowList {
	if list == nil {
		return nil
	}
	l := &overflowList{Len: len(*list), Cap: cap(*list), List: []string{}}
	for _, b := range *list {
		l.List = append(l.List, in.name(b))
	}
	return l
}
