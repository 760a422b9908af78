package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"unsafe"
)

// use is a map of an image in use, with what must be in it.
type use struct {
	kind             *mapKind
	h                *hmap
	lendKey          func(func())
	writes, iterates bool

	want map[string]string // without NaN keys
	nans map[pair]int      // entries whose key is a NaN, which no lookup finds
	did  []string

	key, elem unsafe.Pointer
	made      int // keys made so far
}

func newUse(m *mapped, h *hmap) *use {
	u := &use{
		kind:    m.kind,
		h:       h,
		lendKey: m.lendKey,
		want:    map[string]string{},
		nans:    map[pair]int{},
		key:     reflect.New(m.kind.key.typ).UnsafePointer(),
		elem:    reflect.New(m.kind.elem.typ).UnsafePointer(),
	}
	for _, p := range m.pairs {
		u.expect(p)
	}
	return u
}

func (u *use) expect(p pair) {
	if u.isNaN(p.key) {
		u.nans[p]++
		return
	}
	u.want[p.key] = p.elem
}

// isNaN reports whether the key of a text is not equal to itself.
func (u *use) isNaN(text string) bool {
	if err := u.kind.key.decode(u.key, text); err != nil {
		panic(err)
	}
	key := reflect.NewAt(u.kind.key.typ, u.key).Elem().Interface()
	return key != key
}

// everything does all that the way of opening allows, while garbage is made and
// collected. It returns what it did.
func (u *use) everything() ([]string, error) {
	stop := make(chan struct{})
	defer close(stop)
	go litter(stop)
	steps := []struct {
		name  string
		needs bool
		do    func() error
	}{
		{"len", true, func() error { return nil }}, // check compares it
		{"lookups", true, u.lookups},
		{"misses", true, u.misses},
		{"iteration", u.iterates, u.iterate},
		{"overwrite", u.writes, u.overwrite},
		{"delete", u.writes, u.deleteSome},
		{"growth", u.writes, u.grow},
		{"clear", u.writes, u.clear},
		{"refill", u.writes, u.refill},
	}
	for _, step := range steps {
		if !step.needs {
			continue
		}
		runtime.GC()
		err := step.do()
		if err == nil {
			err = u.check()
		}
		if err != nil {
			return u.did, fmt.Errorf("%s: %v", step.name, err)
		}
		u.did = append(u.did, step.name)
	}
	return u.did, nil
}

// litter keeps the collector at work, and what it frees in use.
func litter(stop chan struct{}) {
	var kept [64][]byte
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		default:
			kept[i%len(kept)] = make([]byte, 16<<(i%10))
			if i%512 == 0 {
				runtime.GC()
			}
		}
	}
}

// check compares all of the map with what must be in it.
func (u *use) check() error {
	want := len(u.want)
	for _, n := range u.nans {
		want += n
	}
	if u.h.count != want {
		return fmt.Errorf("len is %d, not %d", u.h.count, want)
	}
	if err := u.lookups(); err != nil {
		return err
	}
	if u.iterates {
		return u.iterate()
	}
	return nil
}

func (u *use) lookups() error {
	for key, want := range u.want {
		got, found := u.get(key)
		if !found || got != want {
			return fmt.Errorf("the element of %s is %q (%v), not %q", key, got, found, want)
		}
	}
	for p := range u.nans {
		if _, found := u.get(p.key); found {
			return fmt.Errorf("the NaN %s was found", p.key)
		}
	}
	return nil
}

func (u *use) misses() error {
	for i := 0; i < 100; i++ {
		key := u.newKey()
		if _, there := u.want[key]; there {
			continue
		}
		if got, found := u.get(key); found {
			return fmt.Errorf("%s, which is not there, has the element %q", key, got)
		}
	}
	return nil
}

// iterate goes over the map twice, and collects in between.
func (u *use) iterate() error {
	for i := 0; i < 2; i++ {
		if err := u.iterateOnce(); err != nil {
			return err
		}
		runtime.GC()
	}
	return nil
}

func (u *use) iterateOnce() error {
	var met []pair
	u.lendKey(func() {
		it := new(hiter)
		for mapiterinit(u.kind.typ, u.h, it); it.key != nil; mapiternext(it) {
			met = append(met, pair{string(u.kind.key.append(nil, it.key)), string(u.kind.elem.append(nil, it.elem))})
		}
	})
	seen := map[string]bool{}
	nans := map[pair]int{}
	for _, p := range met {
		if u.isNaN(p.key) {
			nans[p]++
			continue
		}
		want, there := u.want[p.key]
		if !there || seen[p.key] || want != p.elem {
			return fmt.Errorf("iteration gives %s with %s: wanted %q, met before: %v", p.key, p.elem, want, seen[p.key])
		}
		seen[p.key] = true
	}
	if len(seen) != len(u.want) {
		return fmt.Errorf("iteration gives %d of %d entries", len(seen), len(u.want))
	}
	if !reflect.DeepEqual(nans, u.nans) {
		return fmt.Errorf("iteration gives the NaNs %v, not %v", nans, u.nans)
	}
	return nil
}

func (u *use) overwrite() error {
	for key := range u.want {
		u.set(key, u.newElem())
	}
	return nil
}

func (u *use) deleteSome() error {
	i := 0
	for key := range u.want {
		if i++; i%2 == 0 {
			continue
		}
		u.del(key)
	}
	return nil
}

// grow enters keys until the map has doubled twice, and looks at it on the way: also
// in the middle of growth.
func (u *use) grow() error {
	B := u.h.B
	for i := 1; u.h.B < B+2 || u.h.oldbuckets == nil; i++ {
		u.set(u.newKey(), u.newElem())
		if i&(i-1) == 0 {
			runtime.GC()
			if err := u.check(); err != nil {
				return fmt.Errorf("after %d new keys: %v", i, err)
			}
		}
	}
	return nil
}

func (u *use) clear() error {
	u.lendKey(func() { mapclear(u.kind.typ, u.h) })
	u.want, u.nans = map[string]string{}, map[pair]int{}
	return nil
}

func (u *use) refill() error {
	for i := 0; i < 500; i++ {
		u.set(u.newKey(), u.newElem())
	}
	return nil
}

func (u *use) get(key string) (elem string, found bool) {
	u.decode(u.kind.key, u.key, key)
	u.lendKey(func() { found = u.kind.get(u.h, u.key, u.elem) })
	return string(u.kind.elem.append(nil, u.elem)), found
}

func (u *use) set(key, elem string) {
	u.decode(u.kind.key, u.key, key)
	u.decode(u.kind.elem, u.elem, elem)
	u.lendKey(func() { u.kind.set(u.h, u.key, u.elem) })
	u.want[key] = elem
}

func (u *use) del(key string) {
	u.decode(u.kind.key, u.key, key)
	u.lendKey(func() { u.kind.del(u.h, u.key) })
	delete(u.want, key)
}

func (u *use) decode(c *codec, p unsafe.Pointer, text string) {
	if err := c.decode(p, text); err != nil {
		panic(err)
	}
}

func (u *use) newKey() string  { return u.newText(u.kind.key) }
func (u *use) newElem() string { return u.newText(u.kind.elem) }

// newText is the text of a value that was not made before.
func (u *use) newText(c *codec) string {
	u.made++
	value := reflect.New(c.typ)
	switch c.typ.Kind() {
	case reflect.String:
		value.Elem().SetString(fmt.Sprint("made here: ", u.made))
	case reflect.Float32, reflect.Float64:
		value.Elem().SetFloat(math.Pi * float64(u.made))
	default:
		number := binary.LittleEndian.AppendUint64(nil, uint64(u.made)*0x9e3779b97f4a7c15)
		copy(memory(value.UnsafePointer(), c.size), number)
	}
	return string(c.append(nil, value.UnsafePointer()))
}
