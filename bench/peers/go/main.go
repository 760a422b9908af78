// The benchmark's peer in Go: reads a command a line, does one repetition of the work, answers with a line.
// bench/peers/protocol.ts says what the commands are.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// What one repetition came to.
type result struct {
	ns    int64
	count int
	hits  int
	sum   uint64
}

// A map type with its keys; table.go has one of these for each type that is asked for.
type work interface {
	prepare(n int) checksum
	run(op string, percent int) (result, bool)
}

var works = map[string]func() work{}

// Small maps are worked on several times in a turn, each pass in another order.
func passes(n int) int {
	least := 100_000
	if text := os.Getenv("BENCH_LEAST"); text != "" {
		least = number(text)
	}
	return (least + n - 1) / n
}

// The garbage of earlier repetitions is not this one's.
func settle(n int) {
	if n >= 100_000 {
		runtime.GC()
	}
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	var current work
	for in.Scan() {
		words := strings.Fields(in.Text())
		if len(words) == 0 {
			continue
		}
		fmt.Fprintln(out, answer(&current, words[0], words[1:]))
		out.Flush()
	}
}

func answer(current *work, command string, args []string) (text string) {
	defer func() {
		if failure := recover(); failure != nil {
			text = fmt.Sprint("error ", failure)
		}
	}()
	switch command {
	case "prepare":
		make, known := works[args[0]+" "+args[1]]
		if !known {
			return "none"
		}
		*current = make()
		return fmt.Sprint("ok ", uint32((*current).prepare(number(args[2]))))
	case "run":
		var r result
		for turn := 0; turn < number(args[3]); turn++ {
			one, known := (*current).run(args[0], number(args[1]))
			if !known {
				return "none"
			}
			r = result{r.ns + one.ns, r.count + one.count, r.hits + one.hits, r.sum + one.sum}
		}
		return fmt.Sprint("ok ", r.ns, " ", r.count, " ", r.hits, " ", r.sum)
	case "hash":
		return hashing(number(args[0]), number(args[1]), args[2:])
	case "latency":
		return latency(number(args[0]))
	case "memory":
		return memory(number(args[0]))
	}
	return "none"
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return n
}

func stopwatch() func() int64 {
	start := time.Now()
	return func() int64 { return int64(time.Since(start)) }
}
