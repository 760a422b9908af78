package main

import (
	"encoding/binary"
	"strings"
	"testing"
)

// The draws that the runtime makes are those of the formula.

func TestDrawsFollowTheFormula(t *testing.T) {
	r := ints(t, 40)
	state := r.random.state
	draw := func() uint32 {
		state += wyIncrement
		return uint32(wyrand(state))
	}

	r.must(t, "clear")
	expect(t, "hash0 after clear", r.h.hash0, draw())

	r.must(t, "set", int64Hex(1), int64Hex(1))
	expect(t, "draws of del", r.must(t, "del", int64Hex(1)).draws, 1)
	expect(t, "hash0 after the last del", r.h.hash0, draw())

	for n := 1; n <= 5; n++ {
		r.must(t, "set", int64Hex(n), int64Hex(n))
	}
	expect(t, "draws of iter", r.must(t, "iter").draws, 1)
	random, B := draw(), r.h.B
	expect(t, "startBucket", binary.LittleEndian.Uint64(r.it.position[:]), random&(1<<B-1))
	expect(t, "offset", r.it.position[8], random>>B&7)
	expect(t, "state", r.random.state, state)

	r = start(t, "map[float64]int")
	expect(t, "draws of set NaN", r.must(t, "set", "010000000000f87f", int64Hex(1)).draws, 1)
	expect(t, "draws of get NaN", r.must(t, "get", "010000000000f87f").draws, 1)
}

// A panic ends an operation, not the stream, and only what hashing drew counts.

func TestPanics(t *testing.T) {
	r := start(t, "map[[2]interface{}]Shape")
	bad := "(float64:010000000000f87f)([]int:" + strings.Repeat("00", 24) + ")"
	state := r.random.state
	for _, op := range [][]string{{"set", bad, "()"}, {"set", "()()", "(Units:01000000)"}, {"get", bad}, {"del", bad}} {
		out := r.must(t, op...)
		if op[1] != bad {
			expect(t, "panic", out.panicked, nil)
			continue
		}
		text := out.panicked.(error).Error()
		expect(t, "panic", text, "runtime error: hash of unhashable type []int")
		expect(t, "draws", out.draws, 1)
		expect(t, "hashed", out.hashed, false)
		state += wyIncrement
		expect(t, "state", r.random.state, state)
		expect(t, "flags", r.h.flags, 0)
	}
	expect(t, "count", r.h.count, 1)
}

// Texts come back as they were given, but for padding and blank fields.

func TestTexts(t *testing.T) {
	for _, c := range []struct{ kind, key, elem, want string }{
		{"map[interface{}]string", "(struct{a int; s string}:0100000000000000'6162')", "'00ff'", ""},
		{"map[interface{}]string", "([2]interface{}:(bool:01)(*int:0807060504030201))", "''", ""},
		{"map[[2]interface{}]Shape", "(chan int:1000000000000000)(struct{}:)", "(Couple:(Unit:)(Label:'61'))", ""},
		{
			"map[struct{a int8; _ int16; b int32; s string}]interface{}",
			"01eeeeee02000000'61'", "([2]string:'''62')", "0100000002000000'61'",
		},
	} {
		r := start(t, c.kind)
		r.must(t, "set", c.key, c.elem)
		out := r.must(t, "iter")
		want := c.want
		if want == "" {
			want = c.key
		}
		expect(t, "key", string(r.kind.key.append(nil, out.entry[0])), want)
		expect(t, "elem", string(r.kind.elem.append(nil, out.entry[1])), c.elem)
		contents := r.dump(0).Contents["b0"]
		for i, text := range contents.Keys {
			expect(t, "key there", text != nil, i == 0)
		}
		expect(t, "key in dump", *contents.Keys[0], want)
		expect(t, "elem in dump", *contents.Elems[0], c.elem)
	}
	r := start(t, "map[interface{}]string")
	for _, text := range []string{"", "(", "(int:00)", "(nothing:00)", "()()", "(string:'6')", "(string:'61'", "(uint8:0g)"} {
		if _, err := r.step([]string{"get", text}); err == nil {
			t.Errorf("%s is taken for a value", text)
		}
	}
}

// An answer is one line whatever comes in.

func TestLines(t *testing.T) {
	random, err := findRandomness()
	if err != nil {
		t.Fatal(err)
	}
	const head = `{"hashkey":["0x1","0x1","0x1","0x1"],"seed":"0x1",`
	for line, want := range map[string]string{
		"nonsense": `"error":`,
		head + `"type":"map[int]nothing","ops":[]}`:              `"error":"unknown type`,
		head + `"type":"map[int]int","ops":[["iter"]]}`:          `"r":null`,
		head + `"type":"map[int]int","ops":[["iter",""]]}`:       `"error":"op 0: bad operation`,
		head + `"type":"map[int]int","ops":[["set","00","00"]]}`: `"error":"op 0: int: `,
	} {
		got := string(answerLine(nil, []byte(line), random))
		if !strings.Contains(got, want) || strings.Count(got, "\n") != 1 {
			t.Errorf("%s: %s", line, got)
		}
	}
}
