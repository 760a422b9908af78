package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"
	"runtime"
	"unsafe"
)

// exportImage runs a stream, and writes the map that it leaves as an image to a file,
// and its entries to another beside it.
func exportImage(in io.Reader, file string, base uint64) error {
	random, err := findRandomness()
	if err != nil {
		return err
	}
	line, err := bufio.NewReaderSize(in, 1<<20).ReadBytes('\n')
	if err != nil && err != io.EOF {
		return err
	}
	req, err := parseRequest(line)
	if err != nil {
		return err
	}
	r, _, err := newRun(req, random)
	for i := 0; i < len(req.Ops) && err == nil; i++ {
		_, err = r.step(req.Ops[i])
	}
	if err != nil {
		return err
	}
	entries := r.entries()
	image, err := r.image(req, base)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file+".entries", entries, 0o666); err != nil {
		return err
	}
	return os.WriteFile(file, image, 0o666)
}

// entries are those of the map as canonical bytes, a line each.
func (r *run) entries() []byte {
	var lines bytes.Buffer
	err := r.perform(&outcome{}, func() {
		it := new(hiter)
		for mapiterinit(r.kind.typ, r.h, it); it.key != nil; mapiternext(it) {
			fmt.Fprintln(&lines, canonicalOf(r.kind.key, it.key), canonicalOf(r.kind.elem, it.elem))
		}
	})
	if err != nil {
		panic(err)
	}
	return lines.Bytes()
}

func (r *run) image(req *request, base uint64) ([]byte, error) {
	t := r.kind.typ
	to := &sheet{bytes: make([]byte, r.roomNeeded()), next: imagePage, base: base}
	copied := transfer{kind: r.kind, to: to}
	h := copied.copy(r.h)
	size := (to.next + imagePage - 1) / imagePage * imagePage
	about := imageLine{
		Magic: imageMagic, Version: imageVersion, Go: runtime.Version(), Arch: runtime.GOARCH, Type: r.kind.name,
		Base: word64(base), Size: size, Hmap: word64(to.address(unsafe.Pointer(h))), Hashkey: req.Hashkey,
		Hash0: r.h.hash0, Count: r.h.count,
		Keysize: t.keysize, Elemsize: t.elemsize, Bucketsize: t.bucketsize, Flags: t.flags,
		Check: []imageCheck{},
	}
	key := reflect.New(r.kind.key.typ).UnsafePointer()
	for _, seed := range []uint64{0, uint64(r.h.hash0)} {
		var hash uintptr
		if _, _, err := r.random.during(func() { hash = t.hasher(key, uintptr(seed)) }); err != nil {
			return nil, err
		}
		about.Check = append(about.Check, imageCheck{canonicalOf(r.kind.key, key), word64(seed), word64(hash)})
	}
	line, err := json.Marshal(about)
	if err != nil {
		return nil, err
	}
	if len(line) >= imagePage {
		return nil, fmt.Errorf("%s: the line takes %d bytes", r.kind.name, len(line))
	}
	copy(to.bytes, append(line, '\n'))
	return to.bytes[:size], nil
}

// roomNeeded is at least what the map takes in an image.
func (r *run) roomNeeded() int {
	t := r.kind.typ
	room := imagePage + 1024
	bucket := int(t.bucketsize) + bucketCount*2*wordSize
	if r.h.buckets != nil {
		a := arrayOf(t, "b", r.h.buckets, r.h.B)
		room += 2 * (a.normal + a.spares) * bucket
	}
	entry := r.kind.key.size + r.kind.elem.size + 4*wordSize
	// As many overflow buckets as entries, at most.
	room += r.h.count * (bucket + entry)
	r.eachText(func(s string) { room += len(s) + wordSize })
	return room/imagePage*imagePage + 2*imagePage
}

// eachText calls f with the strings of all entries.
func (r *run) eachText(f func(string)) {
	key, elem := r.kind.key.typ.Kind() == reflect.String, r.kind.elem.typ.Kind() == reflect.String
	err := r.perform(&outcome{}, func() {
		it := new(hiter)
		for mapiterinit(r.kind.typ, r.h, it); it.key != nil; mapiternext(it) {
			if key {
				f(*(*string)(it.key))
			}
			if elem {
				f(*(*string)(it.elem))
			}
		}
	})
	if err != nil {
		panic(err)
	}
}

// sheet is the memory of an image. Nothing in it is a pointer of this process.
type sheet struct {
	bytes []byte
	next  int
	base  uint64
}

func (s *sheet) allocate(size int) unsafe.Pointer {
	at := (s.next + wordSize - 1) &^ (wordSize - 1)
	s.next = at + size
	return unsafe.Pointer(&s.bytes[at : at+size+1][0])
}

func (s *sheet) header() *hmap    { return (*hmap)(s.allocate(int(unsafe.Sizeof(hmap{})))) }
func (s *sheet) extra() *mapextra { return (*mapextra)(s.allocate(int(unsafe.Sizeof(mapextra{})))) }

func (s *sheet) buckets(t *maptype, n int) unsafe.Pointer { return s.allocate(n * int(t.bucketsize)) }
func (s *sheet) value(t reflect.Type) unsafe.Pointer      { return s.allocate(int(t.Size())) }

func (s *sheet) text(text string) unsafe.Pointer {
	if text == "" {
		return nil
	}
	at := s.allocate(len(text))
	copy(memory(at, len(text)), text)
	return at
}

func (s *sheet) point(word, target unsafe.Pointer) { *(*uint64)(word) = s.address(target) }

func (s *sheet) address(target unsafe.Pointer) uint64 {
	if target == nil {
		return 0
	}
	return s.base + uint64(uintptr(target)-uintptr(unsafe.Pointer(&s.bytes[0])))
}
