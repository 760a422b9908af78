package main

// What table.tmpl makes of six types, for the tests.

import "unsafe"

// type map[int]int

type (
	mapSample0  = map[int]int
	keySample0  = int
	elemSample0 = int
)

func init() {
	register("map[int]int", mapSample0(nil), operations{makeSample0, setSample0, getSample0, delSample0, rangedelSample0})
}

//go:noinline
func makeSample0(hint int) *hmap {
	var m mapSample0
	if hint < 0 {
		m = make(mapSample0)
	} else {
		m = make(mapSample0, hint)
	}
	return *(**hmap)(unsafe.Pointer(&m))
}

//go:noinline
func setSample0(h *hmap, key, elem unsafe.Pointer) {
	(*(*mapSample0)(unsafe.Pointer(&h)))[*(*keySample0)(key)] = *(*elemSample0)(elem)
}

//go:noinline
func getSample0(h *hmap, key, elem unsafe.Pointer) bool {
	v, ok := (*(*mapSample0)(unsafe.Pointer(&h)))[*(*keySample0)(key)]
	*(*elemSample0)(elem) = v
	return ok
}

//go:noinline
func delSample0(h *hmap, key unsafe.Pointer) {
	delete(*(*mapSample0)(unsafe.Pointer(&h)), *(*keySample0)(key))
}

//go:noinline
func rangedelSample0(h *hmap) {
	m := *(*mapSample0)(unsafe.Pointer(&h))
	for k := range m {
		delete(m, k)
	}
}

// type map[string]int

type (
	mapSample1  = map[string]int
	keySample1  = string
	elemSample1 = int
)

func init() {
	register("map[string]int", mapSample1(nil), operations{makeSample1, setSample1, getSample1, delSample1, rangedelSample1})
}

//go:noinline
func makeSample1(hint int) *hmap {
	var m mapSample1
	if hint < 0 {
		m = make(mapSample1)
	} else {
		m = make(mapSample1, hint)
	}
	return *(**hmap)(unsafe.Pointer(&m))
}

//go:noinline
func setSample1(h *hmap, key, elem unsafe.Pointer) {
	(*(*mapSample1)(unsafe.Pointer(&h)))[*(*keySample1)(key)] = *(*elemSample1)(elem)
}

//go:noinline
func getSample1(h *hmap, key, elem unsafe.Pointer) bool {
	v, ok := (*(*mapSample1)(unsafe.Pointer(&h)))[*(*keySample1)(key)]
	*(*elemSample1)(elem) = v
	return ok
}

//go:noinline
func delSample1(h *hmap, key unsafe.Pointer) {
	delete(*(*mapSample1)(unsafe.Pointer(&h)), *(*keySample1)(key))
}

//go:noinline
func rangedelSample1(h *hmap) {
	m := *(*mapSample1)(unsafe.Pointer(&h))
	for k := range m {
		delete(m, k)
	}
}

// type map[float64]int

type (
	mapSample2  = map[float64]int
	keySample2  = float64
	elemSample2 = int
)

func init() {
	register("map[float64]int", mapSample2(nil), operations{makeSample2, setSample2, getSample2, delSample2, rangedelSample2})
}

//go:noinline
func makeSample2(hint int) *hmap {
	var m mapSample2
	if hint < 0 {
		m = make(mapSample2)
	} else {
		m = make(mapSample2, hint)
	}
	return *(**hmap)(unsafe.Pointer(&m))
}

//go:noinline
func setSample2(h *hmap, key, elem unsafe.Pointer) {
	(*(*mapSample2)(unsafe.Pointer(&h)))[*(*keySample2)(key)] = *(*elemSample2)(elem)
}

//go:noinline
func getSample2(h *hmap, key, elem unsafe.Pointer) bool {
	v, ok := (*(*mapSample2)(unsafe.Pointer(&h)))[*(*keySample2)(key)]
	*(*elemSample2)(elem) = v
	return ok
}

//go:noinline
func delSample2(h *hmap, key unsafe.Pointer) {
	delete(*(*mapSample2)(unsafe.Pointer(&h)), *(*keySample2)(key))
}

//go:noinline
func rangedelSample2(h *hmap) {
	m := *(*mapSample2)(unsafe.Pointer(&h))
	for k := range m {
		delete(m, k)
	}
}

// type map[interface{}]string

type (
	mapSample3  = map[interface{}]string
	keySample3  = interface{}
	elemSample3 = string
)

func init() {
	register("map[interface{}]string", mapSample3(nil), operations{makeSample3, setSample3, getSample3, delSample3, rangedelSample3})
}

//go:noinline
func makeSample3(hint int) *hmap {
	var m mapSample3
	if hint < 0 {
		m = make(mapSample3)
	} else {
		m = make(mapSample3, hint)
	}
	return *(**hmap)(unsafe.Pointer(&m))
}

//go:noinline
func setSample3(h *hmap, key, elem unsafe.Pointer) {
	(*(*mapSample3)(unsafe.Pointer(&h)))[*(*keySample3)(key)] = *(*elemSample3)(elem)
}

//go:noinline
func getSample3(h *hmap, key, elem unsafe.Pointer) bool {
	v, ok := (*(*mapSample3)(unsafe.Pointer(&h)))[*(*keySample3)(key)]
	*(*elemSample3)(elem) = v
	return ok
}

//go:noinline
func delSample3(h *hmap, key unsafe.Pointer) {
	delete(*(*mapSample3)(unsafe.Pointer(&h)), *(*keySample3)(key))
}

//go:noinline
func rangedelSample3(h *hmap) {
	m := *(*mapSample3)(unsafe.Pointer(&h))
	for k := range m {
		delete(m, k)
	}
}

// type map[[2]interface{}]Shape

type (
	mapSample4  = map[[2]interface{}]Shape
	keySample4  = [2]interface{}
	elemSample4 = Shape
)

func init() {
	register("map[[2]interface{}]Shape", mapSample4(nil), operations{makeSample4, setSample4, getSample4, delSample4, rangedelSample4})
}

//go:noinline
func makeSample4(hint int) *hmap {
	var m mapSample4
	if hint < 0 {
		m = make(mapSample4)
	} else {
		m = make(mapSample4, hint)
	}
	return *(**hmap)(unsafe.Pointer(&m))
}

//go:noinline
func setSample4(h *hmap, key, elem unsafe.Pointer) {
	(*(*mapSample4)(unsafe.Pointer(&h)))[*(*keySample4)(key)] = *(*elemSample4)(elem)
}

//go:noinline
func getSample4(h *hmap, key, elem unsafe.Pointer) bool {
	v, ok := (*(*mapSample4)(unsafe.Pointer(&h)))[*(*keySample4)(key)]
	*(*elemSample4)(elem) = v
	return ok
}

//go:noinline
func delSample4(h *hmap, key unsafe.Pointer) {
	delete(*(*mapSample4)(unsafe.Pointer(&h)), *(*keySample4)(key))
}

//go:noinline
func rangedelSample4(h *hmap) {
	m := *(*mapSample4)(unsafe.Pointer(&h))
	for k := range m {
		delete(m, k)
	}
}

// type map[struct{a int8; _ int16; b int32; s string}]interface{}

type (
	mapSample5 = map[struct {
		a int8
		_ int16
		b int32
		s string
	}]interface{}
	keySample5 = struct {
		a int8
		_ int16
		b int32
		s string
	}
	elemSample5 = interface{}
)

func init() {
	register("map[struct{a int8; _ int16; b int32; s string}]interface{}", mapSample5(nil), operations{makeSample5, setSample5, getSample5, delSample5, rangedelSample5})
}

//go:noinline
func makeSample5(hint int) *hmap {
	var m mapSample5
	if hint < 0 {
		m = make(mapSample5)
	} else {
		m = make(mapSample5, hint)
	}
	return *(**hmap)(unsafe.Pointer(&m))
}

//go:noinline
func setSample5(h *hmap, key, elem unsafe.Pointer) {
	(*(*mapSample5)(unsafe.Pointer(&h)))[*(*keySample5)(key)] = *(*elemSample5)(elem)
}

//go:noinline
func getSample5(h *hmap, key, elem unsafe.Pointer) bool {
	v, ok := (*(*mapSample5)(unsafe.Pointer(&h)))[*(*keySample5)(key)]
	*(*elemSample5)(elem) = v
	return ok
}

//go:noinline
func delSample5(h *hmap, key unsafe.Pointer) {
	delete(*(*mapSample5)(unsafe.Pointer(&h)), *(*keySample5)(key))
}

//go:noinline
func rangedelSample5(h *hmap) {
	m := *(*mapSample5)(unsafe.Pointer(&h))
	for k := range m {
		delete(m, k)
	}
}
