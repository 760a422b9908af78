package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"strings"
	"syscall"
	"unsafe"
)

// A map image: a page with one line of JSON, then the bytes to be mapped at its base,
// which hold one map for another process. Its entries stand in a file beside it.

const (
	imageMagic   = "GOMAPIMG"
	imageVersion = 1
	imagePage    = 4096
)

// imageLine is what the first page says.
type imageLine struct {
	Magic      string       `json:"magic"`
	Version    int          `json:"version"`
	Go         string       `json:"go"`
	Arch       string       `json:"arch"`
	Type       string       `json:"type"`
	Base       word64       `json:"base"`
	Size       int          `json:"size"`
	Hmap       word64       `json:"hmap"`
	Hashkey    [4]word64    `json:"hashkey"`
	Hash0      uint32       `json:"hash0"`
	Count      int          `json:"count"`
	Keysize    uint8        `json:"keysize"`
	Elemsize   uint8        `json:"elemsize"`
	Bucketsize uint16       `json:"bucketsize"`
	Flags      uint32       `json:"flags"`
	Check      []imageCheck `json:"check"`
}

// imageCheck is a hash that the map's own process has computed.
type imageCheck struct {
	Key  string `json:"key"`
	Seed word64 `json:"seed"`
	Hash word64 `json:"hash"`
}

func (w word64) MarshalText() ([]byte, error) { return []byte(fmt.Sprintf("0x%016x", uint64(w))), nil }

// pair is an entry as texts of its key and element.
type pair struct{ key, elem string }

// mapped is an image that was mapped where its pointers lead.
type mapped struct {
	imageLine
	kind  *mapKind
	h     *hmap
	pairs []pair
}

// mapImage maps the image in a file, after it has checked all that it can without.
func mapImage(file string) (*mapped, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	m := &mapped{}
	line, _, _ := bytes.Cut(content, []byte("\n"))
	if err := json.Unmarshal(line, &m.imageLine); err != nil {
		return nil, err
	}
	if err := m.checkLine(len(content)); err != nil {
		return nil, err
	}
	if err := m.readPairs(file + ".entries"); err != nil {
		return nil, err
	}
	if err := m.checkHashes(); err != nil {
		return nil, err
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	const fixedNoreplace = 0x100000
	at, _, errno := syscall.Syscall6(syscall.SYS_MMAP, uintptr(m.Base), uintptr(m.Size),
		syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|fixedNoreplace, f.Fd(), 0)
	if errno != 0 {
		return nil, fmt.Errorf("mmap: %v", errno)
	}
	if at != uintptr(m.Base) {
		return nil, fmt.Errorf("mapped at %#x, not at %#x", at, uint64(m.Base))
	}
	m.h = *(**hmap)(unsafe.Pointer(&m.Hmap))
	return m, nil
}

// unmap takes the image away. Nothing of the map may be used any more.
func (m *mapped) unmap() {
	syscall.Syscall(syscall.SYS_MUNMAP, uintptr(m.Base), uintptr(m.Size), 0)
}

func (m *mapped) checkLine(size int) error {
	own, _, _ := strings.Cut(runtime.Version(), " ")
	theirs, _, _ := strings.Cut(m.Go, " ")
	switch {
	case m.Magic != imageMagic || m.Version != imageVersion:
		return errors.New("no image of this version")
	case minor(own) != minor(theirs) || m.Arch != runtime.GOARCH:
		return fmt.Errorf("an image for %s %s, this is %s %s", m.Go, m.Arch, own, runtime.GOARCH)
	case m.Size != size || size%imagePage != 0:
		return fmt.Errorf("size %d of %d bytes", m.Size, size)
	}
	m.kind = kinds[m.Type]
	if m.kind == nil {
		return fmt.Errorf("unknown type %q", m.Type)
	}
	if err := m.kind.layoutError(); err != nil {
		return err
	}
	t := m.kind.typ
	if m.Keysize != t.keysize || m.Elemsize != t.elemsize || m.Bucketsize != t.bucketsize || m.Flags != t.flags {
		return fmt.Errorf("%s: the image says %d %d %d %d, maptype %d %d %d %d", m.Type,
			m.Keysize, m.Elemsize, m.Bucketsize, m.Flags, t.keysize, t.elemsize, t.bucketsize, t.flags)
	}
	return nil
}

// minor is a release without its patch number.
func minor(version string) string {
	return strings.Join(strings.SplitN(version, ".", 3)[:2], ".")
}

func (m *mapped) checkHashes() error {
	for _, check := range m.Check {
		p := reflect.New(m.kind.key.typ).UnsafePointer()
		if err := m.kind.key.decode(p, textOf(m.kind.key, check.Key)); err != nil {
			return err
		}
		var hash uintptr
		m.lendKey(func() { hash = m.kind.typ.hasher(p, uintptr(check.Seed)) })
		if hash != uintptr(check.Hash) {
			return fmt.Errorf("the hash of %s is %#x here, %#x in the image", check.Key, hash, uint64(check.Hash))
		}
	}
	return nil
}

// lendKey runs f under the image's hash key. f must not touch other maps.
func (m *mapped) lendKey(f func()) {
	own := hashkey
	for i, word := range m.Hashkey {
		hashkey[i] = uintptr(word)
	}
	f()
	hashkey = own
}

func (m *mapped) readPairs(file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for _, line := range strings.SplitAfter(string(content), "\n") {
		if line == "" {
			continue
		}
		key, elem, found := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if !found {
			return fmt.Errorf("%s: no entry: %q", file, line)
		}
		m.pairs = append(m.pairs, pair{textOf(m.kind.key, key), textOf(m.kind.elem, elem)})
	}
	if len(m.pairs) != m.Count {
		return fmt.Errorf("%s lists %d entries of %d", file, len(m.pairs), m.Count)
	}
	return nil
}

// textOf is the text of a value whose canonical bytes these are: the raw bytes of a
// fixed-size value, the content of a string.
func textOf(c *codec, canonical string) string {
	if c.typ.Kind() == reflect.String {
		return "'" + canonical + "'"
	}
	return canonical
}

// canonicalOf is the reverse.
func canonicalOf(c *codec, p unsafe.Pointer) string {
	if c.typ.Kind() == reflect.String {
		return hex.EncodeToString([]byte(*(*string)(p)))
	}
	return hex.EncodeToString(memory(p, c.size))
}
