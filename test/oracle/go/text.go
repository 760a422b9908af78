package main

import (
	"fmt"
	"reflect"
	"strings"
	"unsafe"
)

// Values as text. Texts hold no character that JSON would have to escape.

const hexDigits = "0123456789abcdef"

func appendHex(dst, b []byte) []byte {
	for _, x := range b {
		dst = append(dst, hexDigits[x>>4], hexDigits[x&15])
	}
	return dst
}

// hexValues has 0xff for what is no digit.
var hexValues = func() (v [256]byte) {
	for i := range v {
		v[i] = 0xff
	}
	for i := range hexDigits {
		v[hexDigits[i]] = byte(i)
		v[strings.ToUpper(hexDigits)[i]] = byte(i)
	}
	return v
}()

// parseHex fills b from the head of text and returns the rest.
func parseHex(b []byte, text string) (rest string, err error) {
	if len(text) < 2*len(b) {
		return text, fmt.Errorf("%d bytes wanted, got %q", len(b), text)
	}
	for i := range b {
		hi, lo := hexValues[text[2*i]], hexValues[text[2*i+1]]
		if hi|lo > 15 {
			return text, fmt.Errorf("no hex: %q", text[2*i:2*i+2])
		}
		b[i] = hi<<4 | lo
	}
	return text[2*len(b):], nil
}

// decode makes the value of a text at p.
func (c *codec) decode(p unsafe.Pointer, text string) error {
	rest, err := c.parse(p, text)
	if err == nil && rest != "" {
		err = fmt.Errorf("%q left over", rest)
	}
	if err != nil {
		return fmt.Errorf("%v: %v", c.typ, err)
	}
	return nil
}

// parse makes a value at p from the head of text.
func (c *codec) parse(p unsafe.Pointer, text string) (rest string, err error) {
	for i := range c.parts {
		part := &c.parts[i]
		at := unsafe.Add(p, part.offset)
		switch part.kind {
		case rawPart, gapPart:
			text, err = parseHex(memory(at, part.size), text)
		case stringPart:
			*(*string)(at), text, err = parseString(text)
		case interfacePart:
			text, err = part.boxes.parse((*[2]unsafe.Pointer)(at), text)
		}
		if err != nil {
			return text, err
		}
		if part.kind == gapPart || part.blank {
			reset(part, at)
		}
	}
	return text, nil
}

// reset zeroes a part.
func reset(part *part, at unsafe.Pointer) {
	if part.kind == gapPart {
		b := memory(at, part.size)
		for i := range b {
			b[i] = 0
		}
		return
	}
	*(*[2]unsafe.Pointer)(at) = [2]unsafe.Pointer{}
}

// parseString gives an empty string a nil data pointer.
func parseString(text string) (s, rest string, err error) {
	end := -1
	if strings.HasPrefix(text, "'") {
		end = strings.IndexByte(text[1:], '\'')
	}
	if end < 0 || end%2 != 0 {
		return "", text, fmt.Errorf("no string: %q", text)
	}
	if end > 0 {
		b := make([]byte, end/2)
		if _, err = parseHex(b, text[1:]); err != nil {
			return "", text, err
		}
		s = *(*string)(unsafe.Pointer(&b))
	}
	return s, text[end+2:], nil
}

func (all *boxings) parse(words *[2]unsafe.Pointer, text string) (rest string, err error) {
	if strings.HasPrefix(text, "()") {
		*words = [2]unsafe.Pointer{}
		return text[2:], nil
	}
	colon := strings.IndexByte(text, ':')
	if colon < 0 || text[0] != '(' {
		return text, fmt.Errorf("no interface: %q", text)
	}
	box := all.byName[text[1:colon]]
	if box == nil {
		return text, fmt.Errorf("no dynamic type here: %q", text[1:colon])
	}
	value := reflect.New(box.typ).UnsafePointer()
	rest, err = box.valueCodec().parse(value, text[colon+1:])
	if err != nil {
		return rest, err
	}
	if !strings.HasPrefix(rest, ")") {
		return rest, fmt.Errorf("interface not closed: %q", rest)
	}
	words[0], words[1] = box.word, value
	if box.direct {
		words[1] = *(*unsafe.Pointer)(value)
	}
	return rest[1:], nil
}

// append writes the text of the value at p.
func (c *codec) append(dst []byte, p unsafe.Pointer) []byte {
	for i := range c.parts {
		part := &c.parts[i]
		at := unsafe.Add(p, part.offset)
		switch part.kind {
		case rawPart:
			dst = appendHex(dst, memory(at, part.size))
		case gapPart:
			for i := 0; i < part.size; i++ {
				dst = append(dst, '0', '0')
			}
		case stringPart:
			dst = append(dst, '\'')
			if !part.blank {
				s := *(*string)(at)
				for i := 0; i < len(s); i++ {
					dst = append(dst, hexDigits[s[i]>>4], hexDigits[s[i]&15])
				}
			}
			dst = append(dst, '\'')
		case interfacePart:
			dst = part.boxes.append(dst, (*[2]unsafe.Pointer)(at), part.blank)
		}
	}
	return dst
}

func (all *boxings) append(dst []byte, words *[2]unsafe.Pointer, blank bool) []byte {
	dst = append(dst, '(')
	if words[0] != nil && !blank {
		box := all.byWord[words[0]]
		dst = append(dst, box.name...)
		dst = append(dst, ':')
		dst = box.valueCodec().append(dst, box.value(unsafe.Pointer(&words[1])))
	}
	return append(dst, ')')
}
