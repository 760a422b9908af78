package main

import (
	"errors"
	"os"
	"syscall"
)

const (
	oracleEnv = "MAP_ORACLE"
	// cpu.aes: the fallback hash. invalidptr: pointers among keys and elements
	// hold arbitrary bits. asyncpreemptoff: no signal in the middle of an
	// operation. gcshrinkstackoff: the stack stays as growStack leaves it.
	godebug = "cpu.aes=off,invalidptr=0,asyncpreemptoff=1,gcshrinkstackoff=1"
)

// quiet are the settings, of which the environment may have others already. The
// runtime takes the first of two.
var quiet = []string{oracleEnv + "=1", "GODEBUG=" + godebug, "GOGC=off", "GOMAXPROCS=1", "GOMEMLIMIT=off", "GOTRACEBACK=single"}

// collecting are those for images: the collector runs as often as it can, and what it
// frees is overwritten.
var collecting = []string{oracleEnv + "=1", "GODEBUG=cpu.aes=off,clobberfree=1", "GOGC=10", "GOTRACEBACK=single"}

func environment(settings, env []string) []string {
	return append(append([]string{}, settings...), env...)
}

// restartIn replaces the process by itself under other settings, unless it has been
// started with settings already.
func restartIn(settings []string) {
	if os.Getenv(oracleEnv) != "1" {
		self, err := os.Executable() // not /proc/self/exe: that is the emulator where one runs us
		if err != nil {
			fatal(err)
		}
		fatal(syscall.Exec(self, os.Args, environment(settings, os.Environ())))
	}
	if useAeshash {
		fatal(errors.New("the runtime still hashes with AES"))
	}
}

func fatal(err error) {
	os.Stderr.WriteString("oracle: " + err.Error() + "\n")
	os.Exit(1)
}
