package main

import "unsafe"

// image is a bucket as it is compared: its bytes masked, and what the pointers in
// its slots lead to.
type image struct {
	raw         []byte
	keys, elems [bucketCount]unsafe.Pointer // nil for a cell that can't be read
}

// hasContents tells for keys and elements whether slots lead anywhere.
func (k *mapKind) hasContents() (keys, elems bool) {
	return k.typ.flags&indirectKey != 0 || k.key.pointed(),
		k.typ.flags&indirectElem != 0 || k.elem.pointed()
}

// look takes the image of the bucket at b, reusing the memory of the last one.
func (im *image) look(k *mapKind, b unsafe.Pointer) {
	t := k.typ
	im.raw = append(im.raw[:0], memory(b, int(t.bucketsize))...)
	keys, elems := bucketCount, bucketCount*(1+int(t.keysize))
	im.column(k.key, int(t.keysize), t.flags&indirectKey != 0, unsafe.Add(b, keys), im.raw[keys:], &im.keys)
	im.column(k.elem, int(t.elemsize), t.flags&indirectElem != 0, unsafe.Add(b, elems), im.raw[elems:], &im.elems)
	symbolic(im.raw[len(im.raw)-wordSize:])
}

// column treats the eight keys or elements of a bucket: live at p, copied in raw.
func (im *image) column(c *codec, slot int, indirect bool, p unsafe.Pointer, raw []byte, values *[bucketCount]unsafe.Pointer) {
	if c.plain && !indirect {
		return
	}
	for i := range values {
		value := unsafe.Add(p, i*slot)
		if indirect {
			value = *(*unsafe.Pointer)(value)
			symbolic(raw[i*slot:])
		} else {
			c.mask(raw[i*slot : (i+1)*slot])
		}
		// Evacuated cells keep their bytes, or are wiped; deleted ones may have
		// lost some pointers only.
		top := im.raw[i]
		full := top == 2 || top == 3 || top >= 5
		if !full || indirect && value == nil || !c.whole(value) {
			value = nil
		}
		values[i] = value
	}
}

func (im *image) isZero() bool {
	for _, x := range im.raw {
		if x != 0 {
			return false
		}
	}
	return true
}
