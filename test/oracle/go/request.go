package main

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// request is a line of input.
type request struct {
	Type    string     `json:"type"`
	Hint    int        `json:"hint"` // negative: none
	Hash0   *uint32    `json:"hash0"`
	Hashkey [4]word64  `json:"hashkey"`
	Seed    word64     `json:"seed"`
	Dump    int        `json:"dump"`
	Ops     [][]string `json:"ops"`
}

// word64 is "0x…" in JSON: a JSON number would lose bits in JavaScript.
type word64 uint64

func (w *word64) UnmarshalText(text []byte) error {
	v, err := strconv.ParseUint(string(text), 0, 64)
	*w = word64(v)
	return err
}

func parseRequest(line []byte) (*request, error) {
	req := &request{Hint: -1}
	if err := json.Unmarshal(line, req); err != nil {
		return nil, err
	}
	if kinds[req.Type] == nil {
		return nil, fmt.Errorf("unknown type %q", req.Type)
	}
	return req, nil
}
