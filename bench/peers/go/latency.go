package main

import (
	"encoding/json"
	"runtime"
	"sort"
	"time"
)

// Where the classic map grows: with 8 entries a bucket on average full to 13/2.
func growsAt(count int) bool {
	if count == 9 {
		return true
	}
	for b := uint(1); 13<<b/2 < count; b++ {
		if 13<<b/2 == count-1 {
			return true
		}
	}
	return false
}

// Every insert of n into an empty map, timed one by one; the time of an insert is from one stamp to the next.
func latency(n int) string {
	keys := make([]uint64, n)
	for i := range keys {
		keys[i] = keyUint64(i + 1)
	}
	times := make([]int64, n)
	runtime.GC()
	m := map[uint64]uint64{}
	start := time.Now()
	before := time.Since(start)
	for i, k := range keys {
		m[k] = uint64(i + 1)
		after := time.Since(start)
		times[i] = int64(after - before)
		before = after
	}
	growths := [][2]int64{}
	for i, t := range times {
		if growsAt(i + 1) {
			growths = append(growths, [2]int64{int64(i + 1), t})
		}
	}
	sort.Slice(times, func(a, b int) bool { return times[a] < times[b] })
	at := func(share float64) int64 { return times[int(float64(n-1)*share)] }
	shares := []float64{0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 1}
	percentiles := make([][2]float64, len(shares))
	for i, share := range shares {
		percentiles[i] = [2]float64{share, float64(at(share))}
	}
	text, _ := json.Marshal(map[string]any{"count": len(m), "percentiles": percentiles, "growths": growths})
	return "ok " + string(text)
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// Bytes of the heap that a map of n entries takes: made for n, and grown to n.
func memory(n int) string {
	keys := make([]uint64, n)
	for i := range keys {
		keys[i] = keyUint64(i + 1)
	}
	build := func(m map[uint64]uint64) map[uint64]uint64 {
		for i, k := range keys {
			m[k] = uint64(i + 1)
		}
		return m
	}
	start := heap()
	presized := build(make(map[uint64]uint64, n))
	afterPresized := heap()
	grown := build(map[uint64]uint64{})
	afterGrown := heap()
	text, _ := json.Marshal(map[string]any{
		"count": len(presized), "presized": afterPresized - start, "grown": afterGrown - afterPresized,
	})
	runtime.KeepAlive(grown)
	runtime.KeepAlive(keys)
	return "ok " + string(text)
}
