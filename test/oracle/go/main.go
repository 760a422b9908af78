// Command oracle runs operations on maps of the Go release that built it and writes
// down what the runtime leaves, as a judge for an emulator: streams come in on
// stdin, a line each, and recordings go out. See the README one level up.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"runtime"
	"strings"
	"unsafe"
)

func init() { runtime.MemProfileRate = 0 } // sampling draws from the same generator

func main() {
	about := flag.Bool("about", false, "print what this build is, and its map types")
	one := flag.Bool("hostile", false, "run one stream whose bytes are hostile, a line for each operation")
	images := flag.Bool("open", false, "open the map images in the files that are named, in each way, and use the maps")
	export := flag.String("export", "", "run one stream and write its map as an image to this file")
	base := flag.Uint64("base", 0x7e0000000000, "where that image is to be mapped")
	flag.Parse()
	environment := quiet
	if *images {
		environment = collecting
	}
	restartIn(environment)
	var err error
	switch {
	case *about:
		err = describe(os.Stdout)
	case *one:
		err = hostile(os.Stdin, os.Stdout)
	case *images:
		err = openImages(flag.Args(), os.Stdout)
	case *export != "":
		err = exportImage(os.Stdin, *export, *base)
	default:
		err = judge(os.Stdin, os.Stdout)
	}
	if err != nil {
		fatal(err)
	}
}

func describe(out io.Writer) error {
	release, experiment, _ := strings.Cut(runtime.Version(), " X:")
	return json.NewEncoder(out).Encode(struct {
		Go           string   `json:"go"`
		Goarch       string   `json:"goarch"`
		Goexperiment string   `json:"goexperiment"`
		Hmap         uintptr  `json:"hmap"`
		Types        []string `json:"types"`
	}{release, runtime.GOARCH, experiment, unsafe.Sizeof(hmap{}), kindNames()})
}

// judge answers streams until there are no more.
func judge(in io.Reader, out io.Writer) error {
	random, err := findRandomness()
	if err != nil {
		return err
	}
	lines := bufio.NewReaderSize(in, 1<<20)
	var answer []byte
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) == 0 && errors.Is(err, io.EOF) {
			return nil
		} else if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		answer = answerLine(answer[:0], line, random)
		if _, err := out.Write(answer); err != nil {
			return err
		}
		runtime.GC() // none runs by itself, so that no operation is disturbed
	}
}

func answerLine(dst, line []byte, random randomness) []byte {
	req, err := parseRequest(line)
	if err == nil {
		dst, err = appendRecording(dst, req, random)
	}
	if err != nil {
		dst = appendFailure(dst[:0], err)
	}
	return dst
}
