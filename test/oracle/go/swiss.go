//go:build goexperiment.swissmap || go1.26

package main

// The classic maps are gone in these builds. Stop here rather than read other
// structs as if they were theirs.
var _ = build_with_GOEXPERIMENT_noswissmap_and_Go_before_1_26
