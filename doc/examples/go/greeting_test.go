package greeting

import "testing"

func TestFor(t *testing.T) {
	for name, want := range map[string]string{
		"Ada": "Hello, Ada!",
		"":    "Hello, world!",
	} {
		t.Run(name, func(t *testing.T) {
			if got := For(name); got != want {
				t.Errorf("For(%q) is %q, not %q", name, got, want)
			}
		})
	}
}
