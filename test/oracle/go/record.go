package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"unsafe"
)

// Recordings are written by hand: there are millions of operations.

// appendRecording runs a stream and writes its recording, a line.
func appendRecording(dst []byte, req *request, random randomness) ([]byte, error) {
	r, out, err := newRun(req, random)
	if r == nil {
		return dst, err
	}
	dst = append(dst, `{"make":`...)
	dst = r.appendOp(dst, &out)
	dst = append(dst, `,"ops":[`...)
	var dumps []dump
	for i := 0; i < len(req.Ops) && err == nil; i++ {
		out, err = r.step(req.Ops[i])
		if err != nil {
			err = fmt.Errorf("op %d: %v", i, err)
			break
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = r.appendOp(dst, &out)
		if req.Dump > 0 && (i+1)%req.Dump == 0 && i+1 < len(req.Ops) {
			dumps = append(dumps, r.dump(i))
		}
	}
	if req.Dump >= 0 && err == nil {
		dumps = append(dumps, r.dump(len(req.Ops)-1))
	}
	dst = append(dst, `],"dumps":`...)
	if dumps == nil {
		dumps = []dump{}
	}
	dst = appendJSON(dst, dumps)
	if err != nil {
		dst = append(dst, `,"error":`...)
		dst = appendJSON(dst, err.Error())
	}
	return append(dst, "}\n"...), nil
}

// appendFailure answers a line that no run could be made of.
func appendFailure(dst []byte, err error) []byte {
	dst = append(dst, `{"ops":[],"dumps":[],"error":`...)
	return append(appendJSON(dst, err.Error()), "}\n"...)
}

func appendJSON(dst []byte, v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts and numbers only
	}
	return append(dst, b...)
}

func (r *run) appendOp(dst []byte, out *outcome) []byte {
	dst = append(dst, `{"h":"`...)
	dst = r.appendHeader(dst)
	dst = append(dst, `","draws":`...)
	dst = strconv.AppendUint(dst, out.draws, 10)
	switch {
	case out.shown == showNothing:
	case !out.found:
		dst = append(dst, `,"r":null`...)
	case out.shown == showElem:
		dst = append(dst, `,"r":"`...)
		dst = r.kind.elem.append(dst, out.entry[0])
		dst = append(dst, '"')
	case out.shown == showEntry:
		dst = append(dst, `,"r":["`...)
		dst = r.kind.key.append(dst, out.entry[0])
		dst = append(dst, `","`...)
		dst = r.kind.elem.append(dst, out.entry[1])
		dst = append(dst, `"]`...)
	}
	if out.position != nil {
		dst = append(dst, `,"it":"`...)
		dst = append(appendHex(dst, out.position[:]), '"')
	}
	if out.panicked != nil {
		dst = append(dst, `,"p":`...)
		dst = appendJSON(dst, fmt.Sprint(out.panicked))
	}
	if r.victim == nil { // what extra leads to may be anything
		dst = append(dst, `,"e":"`...)
		dst = append(r.appendExtra(dst), '"')
	}
	if out.hashed {
		dst = append(dst, `,"k":"`...)
		dst = append(appendWord(dst, uint64(out.hash), 16), '"')
	}
	if out.summed {
		dst = append(dst, `,"x":"`...)
		dst = append(appendWord(dst, uint64(out.sum), 8), '"')
	}
	return append(dst, '}')
}

// appendWord writes the low digits of a number, the most significant first.
func appendWord(dst []byte, x uint64, digits int) []byte {
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		dst = append(dst, hexDigits[x>>shift&15])
	}
	return dst
}

// appendHeader writes the bytes of hmap, its three pointers as 0 or 1.
func (r *run) appendHeader(dst []byte) []byte {
	copied := *r.h
	b := memory(unsafe.Pointer(&copied), int(unsafe.Sizeof(copied)))
	symbolic(b[unsafe.Offsetof(copied.buckets):])
	symbolic(b[unsafe.Offsetof(copied.oldbuckets):])
	symbolic(b[unsafe.Offsetof(copied.extra):])
	return appendHex(dst, b)
}

// appendExtra writes mapextra in short.
func (r *run) appendExtra(dst []byte) []byte {
	e := r.h.extra
	if e == nil {
		return append(dst, '-')
	}
	dst = append(appendList(dst, e.overflow), ';')
	dst = append(appendList(dst, e.oldoverflow), ';')
	if e.nextOverflow == nil {
		return append(dst, '-')
	}
	return strconv.AppendUint(dst, uint64(r.nextIndex()), 10)
}

func appendList(dst []byte, list *[]unsafe.Pointer) []byte {
	if list == nil {
		return append(dst, '-')
	}
	dst = strconv.AppendInt(dst, int64(len(*list)), 10)
	return strconv.AppendInt(append(dst, '/'), int64(cap(*list)), 10)
}

// nextIndex is the index of extra.nextOverflow in the bucket array.
func (r *run) nextIndex() uintptr {
	return (uintptr(r.h.extra.nextOverflow) - uintptr(r.h.buckets)) / uintptr(r.kind.typ.bucketsize)
}
