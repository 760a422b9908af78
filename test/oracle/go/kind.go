package main

import (
	"fmt"
	"reflect"
	"sort"
	"unsafe"
)

// mapKind is one map type with the operations that the compiler made for it.
type mapKind struct {
	operations
	name      string
	typ       *maptype
	key, elem *codec
}

// operations are what ordinary code does with a map. They are plain functions, one
// set a type, so that the compiler picks the runtime function that it would pick
// anywhere else. table.go has them; table.tmpl says how it is made.
type operations struct {
	make     func(hint int) *hmap // hint < 0: make without one
	set      func(h *hmap, key, elem unsafe.Pointer)
	get      func(h *hmap, key, elem unsafe.Pointer) bool
	del      func(h *hmap, key unsafe.Pointer)
	rangedel func(h *hmap)
}

var kinds = map[string]*mapKind{}

// register adds a map type under the text that streams name it by. m is a nil map
// of the type.
func register(name string, m any, ops operations) {
	t := reflect.TypeOf(m)
	kinds[name] = &mapKind{
		operations: ops,
		name:       name,
		typ:        (*maptype)((*[2]unsafe.Pointer)(unsafe.Pointer(&t))[1]),
		key:        codecOf(t.Key()),
		elem:       codecOf(t.Elem()),
	}
}

func kindNames() []string {
	names := make([]string, 0, len(kinds))
	for name := range kinds {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// layoutError tells whether the mirrors of the runtime's structs fit.
func (k *mapKind) layoutError() error {
	t := k.typ
	size := bucketCount*(1+uintptr(t.keysize)+uintptr(t.elemsize)) + wordSize
	if uintptr(t.bucketsize) != size || t.bucket.size != size || t.key.size != uintptr(k.key.size) || t.elem.size != uintptr(k.elem.size) {
		return fmt.Errorf("%s: unknown layout of maptype", k.name)
	}
	return nil
}
