// Says what Go makes of each type of the table, a line of JSON each: what reflect
// says, and what stands in the type's own descriptor. table.go is generated for each
// build: a slice of typed nil pointers, one to each type.
package main

import (
	"bufio"
	"encoding/json"
	"os"
	"reflect"
)

func main() {
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for _, pointer := range table {
		if err := encoder.Encode(rowOf(reflect.TypeOf(pointer).Elem())); err != nil {
			panic(err)
		}
	}
	if err := out.Flush(); err != nil {
		panic(err)
	}
}

// row is a line; ../judge.ts has it as a type.
type row struct {
	facts
	Map *mapFacts `json:"map,omitempty"`
}

type facts struct {
	String string `json:"string"`
	// Size, alignment, alignment as a field, bytes of the prefix that holds all pointers.
	Layout [4]uintptr `json:"layout"`
	// In hex; null where the descriptor has none.
	Mask    *string   `json:"mask"`
	Kind    uint8     `json:"kind"`
	Tflag   uint8     `json:"tflag"`
	Equal   *string   `json:"equal"`
	Offsets []uintptr `json:"offsets,omitempty"`
}

type mapFacts struct {
	// keysize, elemsize, bucketsize, flags.
	Slots    [4]uint32 `json:"slots"`
	Hasher   string    `json:"hasher"`
	Bucket   facts     `json:"bucket"`
	Overflow string    `json:"overflow"`
}

func rowOf(t reflect.Type) row {
	r := row{facts: factsOf(t)}
	if t.Comparable() != (r.Equal != nil) {
		panic(t.String() + ": reflect and the descriptor disagree on ==")
	}
	if t.Kind() == reflect.Map {
		r.Map = mapFactsOf(t)
	}
	return r
}

func factsOf(t reflect.Type) facts {
	d := descriptorOf(t)
	if t.Size() != d.size || t.Align() != int(d.align) || t.FieldAlign() != int(d.fieldAlign) {
		panic(t.String() + ": reflect and the descriptor disagree on the layout")
	}
	return facts{
		String: t.String(),
		Layout: [4]uintptr{d.size, uintptr(d.align), uintptr(d.fieldAlign), d.ptrdata},
		Mask:   d.mask(),
		Kind:   d.kind,
		// What belongs to methods and names is left out.
		Tflag:   d.tflag & (tflagNamed | tflagRegularMemory | tflagGCMaskOnDemand),
		Equal:   functionName(d.equal),
		Offsets: offsets(t, nil),
	}
}

// offsets are those of all fields, each from the start of its struct; behind each
// field come those of its own type, and an array is as its element.
func offsets(t reflect.Type, found []uintptr) []uintptr {
	switch t.Kind() {
	case reflect.Array:
		return offsets(t.Elem(), found)
	case reflect.Struct:
		for i := 0; i < t.NumField(); i++ {
			field := t.Field(i)
			found = offsets(field.Type, append(found, field.Offset))
		}
	}
	return found
}

func mapFactsOf(t reflect.Type) *mapFacts {
	d := mapDescriptorOf(t)
	if d.key != descriptorOf(t.Key()) || d.elem != descriptorOf(t.Elem()) {
		panic(t.String() + ": reflect and the descriptor disagree on key and element")
	}
	bucket := typeOf(d.bucket)
	return &mapFacts{
		Slots:    [4]uint32{uint32(d.keysize), uint32(d.elemsize), uint32(d.bucketsize), d.flags},
		Hasher:   *functionName(d.hasher),
		Bucket:   factsOf(bucket),
		Overflow: bucket.Field(bucket.NumField() - 1).Type.String(),
	}
}
