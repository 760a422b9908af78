package main

import (
	"encoding/hex"
	"reflect"
	"runtime"
	"strings"
	"unsafe"
)

// descriptor is runtime._type; Go 1.21 on it is abi.Type, with the same fields in the
// same places up to Go 1.25.
type descriptor struct {
	size       uintptr
	ptrdata    uintptr
	hash       uint32
	tflag      uint8
	align      uint8
	fieldAlign uint8
	kind       uint8
	equal      unsafe.Pointer
	gcdata     *byte
	str        int32
	ptrToThis  int32
}

// mapDescriptor is runtime.maptype, from Go 1.24 on abi.OldMapType.
type mapDescriptor struct {
	descriptor
	key        *descriptor
	elem       *descriptor
	bucket     *descriptor
	hasher     unsafe.Pointer
	keysize    uint8
	elemsize   uint8
	bucketsize uint16
	flags      uint32
}

const (
	tflagNamed         = 1 << 2
	tflagRegularMemory = 1 << 3
	// Go 1.24 on: gcdata is the place of a bitmap that the runtime makes when it is needed.
	tflagGCMaskOnDemand = 1 << 4
	// Up to Go 1.23: gcdata is a program.
	kindGCProg = 1 << 6
)

// descriptorOf relies on reflect.Type being a *rtype in an interface, and that being
// a descriptor.
func descriptorOf(t reflect.Type) *descriptor {
	return (*descriptor)((*[2]unsafe.Pointer)(unsafe.Pointer(&t))[1])
}

func mapDescriptorOf(t reflect.Type) *mapDescriptor {
	return (*mapDescriptor)(unsafe.Pointer(descriptorOf(t)))
}

// typeOf is reflect's view of a descriptor, by way of an interface that has it as its
// type word.
func typeOf(d *descriptor) reflect.Type {
	var value any
	(*[2]unsafe.Pointer)(unsafe.Pointer(&value))[0] = unsafe.Pointer(d)
	return reflect.TypeOf(value)
}

// mask is the bitmap of pointers in hex, without the bytes that only pad it; nil where
// the type has too many words for one.
func (d *descriptor) mask() *string {
	if d.kind&kindGCProg != 0 || d.tflag&tflagGCMaskOnDemand != 0 {
		return nil
	}
	words := d.ptrdata / unsafe.Sizeof(uintptr(0))
	text := hex.EncodeToString(unsafe.Slice(d.gcdata, int(words+7)/8))
	return &text
}

// functionName is the name of what a func value calls: the runtime's, or "generated"
// for what the compiler has made for this one type. Nil if there is no func.
func functionName(value unsafe.Pointer) *string {
	if value == nil {
		return nil
	}
	name := runtime.FuncForPC(*(*uintptr)(value)).Name()
	if strings.HasPrefix(name, "type.") || strings.HasPrefix(name, "type:") {
		name = "generated"
	}
	name = strings.TrimPrefix(name, "runtime.")
	return &name
}
