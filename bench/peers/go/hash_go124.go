//go:build go1.24

package main

// From Go 1.24 on the default map hashes elsewhere, and only the classic one is compared.
func hashing(int, int, []string) string { return "none" }
