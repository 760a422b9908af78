package main

import (
	"bufio"
	"fmt"
	"hash/crc32"
	"io"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

// limits bound what a corrupt map can make the runtime do: bytes that it may ask
// for, and seconds that it may compute. A stream that ends takes a hundredth of one,
// and unlike the time of day they don't depend on what else the machine does.
var limits = map[int]uint64{syscall.RLIMIT_AS: 6 << 30, syscall.RLIMIT_CPU: 1}

// hostile runs one stream that writes bytes from outside the runtime, and writes
// each record as soon as it is known: what comes next may end the process, or
// never end. Nothing is collected, and nothing is done after the last operation:
// the collector never meets the map.
func hostile(in io.Reader, out io.Writer) error {
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
	for resource, most := range limits {
		if err := syscall.Setrlimit(resource, &syscall.Rlimit{Cur: most, Max: most}); err != nil {
			return err
		}
	}
	debug.SetPanicOnFault(true)
	r, done, err := newRun(req, random)
	if err != nil {
		return err
	}
	r.victim = &victim{seed: uint64(req.Seed)}
	for i := 0; ; i++ {
		if _, err := out.Write(append(r.appendOp(nil, &done), '\n')); err != nil {
			return err
		}
		if i == len(req.Ops) || done.fault {
			return nil
		}
		if done, err = r.hostileStep(req.Ops[i]); err != nil {
			return fmt.Errorf("op %d: %v", i, err)
		}
	}
}

// victim is a map that is written to from outside.
type victim struct {
	seed uint64
	// The buckets that there were before the first such write, by name and in the
	// order of the names. They stay where they are, whatever the map forgets.
	places map[string]unsafe.Pointer
	known  []unsafe.Pointer
	raw    []byte
}

// hostileStep runs an operation on bytes that may be anything.
func (r *run) hostileStep(op []string) (out outcome, err error) {
	if len(op) > 0 && op[0] == "poke" {
		err = r.poke(op)
	} else {
		out, err = r.step(op)
	}
	if out.panicked != nil {
		// How much was drawn before a panic can't be told from what unwinding drew.
		out.draws, r.random.state = 0, r.victim.seed
		if _, ok := out.panicked.(interface{ Addr() uintptr }); ok {
			out.panicked, out.fault = "fault", true
		}
	}
	if err == nil && r.victim.places != nil {
		out.sum, out.summed = r.knownSum(), true
	}
	return out, err
}

// name gives the places of the map their names. It is in order still.
func (r *run) name() {
	v, h, t := r.victim, r.h, r.kind.typ
	v.places = map[string]unsafe.Pointer{"h": unsafe.Pointer(h), "x": unsafe.Pointer(h.extra)}
	array := func(letter string, base unsafe.Pointer, n uintptr) {
		for i := uintptr(0); base != nil && i < n; i++ {
			name := letter + strconv.Itoa(int(i))
			for b, deep := t.at(base, i), 1; b != nil; b, deep = t.overflow(b), deep+1 {
				v.places[name] = b
				v.known = append(v.known, b)
				name = fmt.Sprint(letter, i, ".", deep)
			}
		}
	}
	array("b", h.buckets, 1<<h.B)
	if h.oldbuckets != nil {
		array("o", h.oldbuckets, 1<<h.oldB())
	}
}

// poke writes bytes, or a word that is an address, at an offset of a place.
func (r *run) poke(op []string) error {
	if len(op) != 4 {
		return fmt.Errorf("bad operation %q", op)
	}
	if r.victim.places == nil {
		r.name()
	}
	at := r.victim.places[op[1]]
	offset, err := strconv.Atoi(op[2])
	if at == nil || err != nil {
		return fmt.Errorf("no such place: %q", op)
	}
	at = unsafe.Add(at, offset)
	if strings.HasPrefix(op[3], "@") {
		word, err := r.address(op[3][1:])
		*(*uint64)(at) = word
		return err
	}
	_, err = parseHex(memory(at, len(op[3])/2), op[3])
	return err
}

// nowhere are addresses at which nothing is mapped: nil, one that a nil pointer
// with an offset leads to, the first that is no such, one in the middle, one that no
// processor takes, and one right below the end.
var nowhere = map[string]uint64{
	"nil": 0, "low": 0x18, "unmapped": 0x1000, "far": 0x5ead00000000, "wild": 0xdead000000000000, "top": 0xffffffffffffff00,
}

func (r *run) address(name string) (uint64, error) {
	if word, ok := nowhere[name]; ok {
		return word, nil
	}
	switch name {
	case "buckets":
		return uint64(uintptr(r.h.buckets)), nil
	case "oldbuckets":
		return uint64(uintptr(r.h.oldbuckets)), nil
	case "extra":
		return uint64(uintptr(unsafe.Pointer(r.h.extra))), nil
	}
	if at := r.victim.places[name]; at != nil {
		return uint64(uintptr(at)), nil
	}
	return 0, fmt.Errorf("no such address: %q", name)
}

// knownSum is the checksum of the known buckets, pointer words as 0 or 1.
func (r *run) knownSum() uint32 {
	v, k := r.victim, r.kind
	t := k.typ
	v.raw = v.raw[:0]
	for _, b := range v.known {
		from := len(v.raw)
		v.raw = append(v.raw, memory(b, int(t.bucketsize))...)
		raw := v.raw[from:]
		maskColumn(k.key, int(t.keysize), t.flags&indirectKey != 0, raw[bucketCount:])
		maskColumn(k.elem, int(t.elemsize), t.flags&indirectElem != 0, raw[bucketCount*(1+int(t.keysize)):])
		symbolic(raw[len(raw)-wordSize:])
	}
	return crc32.ChecksumIEEE(v.raw)
}

func maskColumn(c *codec, slot int, indirect bool, raw []byte) {
	for i := 0; i < bucketCount; i++ {
		if indirect {
			symbolic(raw[i*slot:])
		} else {
			c.mask(raw[i*slot : (i+1)*slot])
		}
	}
}
