// Package greeting finds words for everyone.
package greeting

// For returns a greeting for a name, or for the world if there is none.
func For(name string) string {
	if name == "" {
		name = "world"
	}
	return "Hello, " + name + "!"
}
