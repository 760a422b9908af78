package main

import (
	"reflect"
	"unsafe"
)

// dynamic is a type that values in interfaces can have.
type dynamic struct {
	name string
	typ  reflect.Type
}

func dynamicOf[T any](name string) dynamic {
	return dynamic{name, reflect.TypeOf((*T)(nil)).Elem()}
}

var dynamics = []dynamic{
	dynamicOf[bool]("bool"),
	dynamicOf[int]("int"),
	dynamicOf[int8]("int8"),
	dynamicOf[int16]("int16"),
	dynamicOf[int32]("int32"),
	dynamicOf[int64]("int64"),
	dynamicOf[uint]("uint"),
	dynamicOf[uint8]("uint8"),
	dynamicOf[uint16]("uint16"),
	dynamicOf[uint32]("uint32"),
	dynamicOf[uint64]("uint64"),
	dynamicOf[uintptr]("uintptr"),
	dynamicOf[float32]("float32"),
	dynamicOf[float64]("float64"),
	dynamicOf[complex64]("complex64"),
	dynamicOf[complex128]("complex128"),
	dynamicOf[string]("string"),
	dynamicOf[[4]byte]("[4]byte"),
	dynamicOf[[2]string]("[2]string"),
	dynamicOf[[0]int]("[0]int"),
	dynamicOf[[2]interface{}]("[2]interface{}"),
	dynamicOf[[2]float64]("[2]float64"),
	dynamicOf[[200]byte]("[200]byte"),
	dynamicOf[struct{}]("struct{}"),
	dynamicOf[struct{ a, b int32 }]("struct{a,b int32}"),
	dynamicOf[struct {
		a int
		s string
	}]("struct{a int; s string}"),
	dynamicOf[struct {
		a int8
		f float64
		v interface{}
	}]("struct{a int8; f float64; v interface{}}"),

	// Held as they are, not boxed.
	dynamicOf[*int]("*int"),
	dynamicOf[unsafe.Pointer]("unsafe.Pointer"),
	dynamicOf[chan int]("chan int"),
	dynamicOf[[1]*int]("[1]*int"),
	dynamicOf[struct{ p *int }]("struct{p *int}"),

	// Not to be hashed, the first three held as they are.
	dynamicOf[map[string]int]("map[string]int"),
	dynamicOf[func()]("func()"),
	dynamicOf[struct{ f func() }]("struct{f func()}"),
	dynamicOf[[]int]("[]int"),
	dynamicOf[[1][]int]("[1][]int"),
	dynamicOf[struct {
		a int
		s []byte
	}]("struct{a int; s []byte}"),

	dynamicOf[Square]("Square"),
	dynamicOf[*Rect]("*Rect"),
	dynamicOf[Handle]("Handle"),
	dynamicOf[Units]("Units"),
	dynamicOf[Label]("Label"),
	dynamicOf[Unit]("Unit"),
	dynamicOf[Couple]("Couple"),
	dynamicOf[Polygon]("Polygon"),
}

// boxing is how one interface type holds values of one dynamic type.
type boxing struct {
	dynamic
	word   unsafe.Pointer // the interface's first word: the type, or an itab
	direct bool           // the second word is the value
	codec  *codec
}

// boxings are those of one interface type.
type boxings struct {
	byName map[string]*boxing
	byWord map[unsafe.Pointer]*boxing
}

func boxingsOf(t reflect.Type) *boxings {
	all := &boxings{map[string]*boxing{}, map[unsafe.Pointer]*boxing{}}
	for _, d := range dynamics {
		if !d.typ.Implements(t) {
			continue
		}
		holder := reflect.New(t)
		holder.Elem().Set(reflect.Zero(d.typ))
		b := &boxing{dynamic: d, direct: isDirect(d.typ), word: *(*unsafe.Pointer)(holder.UnsafePointer())}
		all.byName[d.name] = b
		all.byWord[b.word] = b
	}
	return all
}

// isDirect reports whether a value is a single pointer, which an interface holds
// as its second word.
func isDirect(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.Map, reflect.Pointer, reflect.UnsafePointer:
		return true
	case reflect.Array:
		return t.Len() == 1 && isDirect(t.Elem())
	case reflect.Struct:
		return t.NumField() == 1 && isDirect(t.Field(0).Type)
	}
	return false
}

// valueCodec compiles late: a type may hold its own interface again.
func (b *boxing) valueCodec() *codec {
	if b.codec == nil {
		b.codec = codecOf(b.typ)
	}
	return b.codec
}

// value is where the value in an interface lies, whose second word is at p.
func (b *boxing) value(p unsafe.Pointer) unsafe.Pointer {
	if b.direct {
		return p
	}
	return *(*unsafe.Pointer)(p)
}
