// Greet prints a greeting.
package main

import (
	"flag"
	"fmt"

	"example.com/greeting"
)

var version = "unknown"

func main() {
	showVersion := flag.Bool("version", false, "print the version")
	flag.Parse()
	if *showVersion {
		fmt.Println(version)
		return
	}
	fmt.Println(greeting.For(flag.Arg(0)))
}
