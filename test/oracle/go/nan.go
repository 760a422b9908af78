package main

import "reflect"

// nanDraws tells what hashing a value draws, a number for each NaN, and whether
// it comes to its end: hashing panics at a value that has no hash.
func nanDraws(v reflect.Value) (draws uint64, ok bool) {
	nan := func(f float64) {
		if f != f {
			draws++
		}
	}
	ok = true
	switch v.Kind() {
	case reflect.Float32, reflect.Float64:
		nan(v.Float())
	case reflect.Complex64, reflect.Complex128:
		nan(real(v.Complex()))
		nan(imag(v.Complex()))
	case reflect.Interface:
		if v.IsNil() {
			return 0, true
		}
		if !v.Elem().Type().Comparable() {
			return 0, false
		}
		return nanDraws(v.Elem())
	case reflect.Array:
		for i := 0; i < v.Len() && ok; i++ {
			var more uint64
			more, ok = nanDraws(v.Index(i))
			draws += more
		}
	case reflect.Struct:
		for i := 0; i < v.NumField() && ok; i++ {
			if v.Type().Field(i).Name == "_" {
				continue
			}
			var more uint64
			more, ok = nanDraws(v.Field(i))
			draws += more
		}
	}
	return draws, ok
}
