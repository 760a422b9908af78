package main

import (
	"reflect"
	"unsafe"
)

// codec turns the text of a value into the value and back, and masks what in its
// bytes is the process's own.
type codec struct {
	typ   reflect.Type
	size  int
	parts []part
	plain bool // nothing but bytes to take as they are
}

// part is a piece of a value.
type part struct {
	kind   partKind
	blank  bool // a string or interface that is written as its zero value
	offset int
	size   int
	boxes  *boxings // of an interface
}

type partKind uint8

const (
	rawPart partKind = iota
	gapPart          // padding, or a blank field: zeros
	stringPart
	interfacePart
)

// Codecs and boxings are made once a type; a codec may come to itself again.
var (
	codecs       = map[reflect.Type]*codec{}
	typesBoxings = map[reflect.Type]*boxings{}
)

func codecOf(t reflect.Type) *codec {
	if c := codecs[t]; c != nil {
		return c
	}
	c := &codec{typ: t, size: int(t.Size())}
	c.lay(t, 0, false)
	c.plain = true
	for _, p := range c.parts {
		c.plain = c.plain && p.kind == rawPart
	}
	codecs[t] = c
	return c
}

// lay adds the parts of a value of type t at an offset.
func (c *codec) lay(t reflect.Type, offset int, blank bool) {
	switch t.Kind() {
	case reflect.String:
		c.parts = append(c.parts, part{kind: stringPart, blank: blank, offset: offset, size: int(t.Size())})
	case reflect.Interface:
		if typesBoxings[t] == nil {
			typesBoxings[t] = boxingsOf(t)
		}
		c.parts = append(c.parts, part{kind: interfacePart, blank: blank, offset: offset, size: int(t.Size()), boxes: typesBoxings[t]})
	case reflect.Array:
		for i := 0; i < t.Len(); i++ {
			c.lay(t.Elem(), offset+i*int(t.Elem().Size()), blank)
		}
	case reflect.Struct:
		end := 0
		for i := 0; i < t.NumField(); i++ {
			f := t.Field(i)
			c.bytes(gapPart, offset+end, int(f.Offset)-end)
			c.lay(f.Type, offset+int(f.Offset), blank || f.Name == "_")
			end = int(f.Offset + f.Type.Size())
		}
		c.bytes(gapPart, offset+end, int(t.Size())-end)
	default:
		kind := rawPart
		if blank {
			kind = gapPart
		}
		c.bytes(kind, offset, int(t.Size()))
	}
}

// bytes adds a part without pointers of ours, or lengthens the last one.
func (c *codec) bytes(kind partKind, offset, size int) {
	if size == 0 {
		return
	}
	if n := len(c.parts); n > 0 && c.parts[n-1].kind == kind {
		c.parts[n-1].size += size
		return
	}
	c.parts = append(c.parts, part{kind: kind, offset: offset, size: size})
}

// pointed reports whether values lead to memory of ours.
func (c *codec) pointed() bool {
	for _, p := range c.parts {
		if p.kind >= stringPart {
			return true
		}
	}
	return false
}

// mask makes the bytes of a value comparable: zeros for gaps, and for a word that
// is an address of this process 1, or 0 if it is nil.
func (c *codec) mask(b []byte) {
	for _, p := range c.parts {
		switch {
		case p.kind == gapPart || p.blank:
			for i := p.offset; i < p.offset+p.size; i++ {
				b[i] = 0
			}
		case p.kind == stringPart:
			symbolic(b[p.offset:])
		case p.kind == interfacePart:
			symbolic(b[p.offset:])
			symbolic(b[p.offset+wordSize:])
		}
	}
}

// symbolic replaces a pointer's bytes by 1, or leaves nil.
func symbolic(b []byte) {
	word := (*uint64)(unsafe.Pointer(&b[0]))
	if *word != 0 {
		*word = 1
	}
}

// whole reports whether the value at p has the pointers that it should: one that
// was wiped in part can't be read.
func (c *codec) whole(p unsafe.Pointer) bool {
	for _, part := range c.parts {
		words := (*[2]unsafe.Pointer)(unsafe.Add(p, part.offset))
		switch {
		case part.blank:
		case part.kind == stringPart:
			if words[0] == nil && words[1] != nil {
				return false
			}
		case part.kind == interfacePart && words[0] != nil:
			box := part.boxes.byWord[words[0]]
			if box == nil || !box.direct && words[1] == nil {
				return false
			}
		}
	}
	return true
}
