#include "tui/theme.h"
#include "tui/palette.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "util/alloc.h"

static void test_parse(void **state)
{
	static const struct {
		const char *value;
		attr_t attrs;
		int foreground, background;
	} cases[] = {
		{"", 0, -1, -1},
		{"  ", 0, -1, -1},
		{"normal", 0, -1, -1},
		{"default", 0, -1, -1},
		{"-1", 0, -1, -1},
		{"red", 0, 1, -1},
		{"Bold RED", A_BOLD, 1, -1},
		{"red bold", A_BOLD, 1, -1},
		{"normal red", 0, -1, 1},
		{"default default", 0, -1, -1},
		{"white blue ul", A_UNDERLINE, 7, 4},
		{"brightblue black", 0, 12, 0},
		{"brightwhite", 0, 15, -1},
		{"214", 0, 214, -1},
		{"0 255", 0, 0, 255},
		{"#ff8000", 0, THEME_RGB | 0xff8000, -1},
		{"#F80 #001", 0, THEME_RGB | 0xff8800, THEME_RGB | 0x000011},
		{"dim underline reverse italic blink",
		 A_DIM | A_UNDERLINE | A_REVERSE | A_ITALIC | A_BLINK, -1, -1},
		{"standout", A_STANDOUT, -1, -1},
		{"strike", 0, -1, -1},
		{"bold ul nobold no-ul", 0, -1, -1},
		{"noreverse", 0, -1, -1},
		{"bold red reset", 0, -1, -1},
		{"reset green", 0, 2, -1},
		{"\tcyan\n", 0, 6, -1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct theme_color color;

		if (!theme_color_parse(&color, cases[i].value))
			fail_msg("'%s' is refused", cases[i].value);
		assert_int_equal(color.attrs, cases[i].attrs);
		assert_int_equal(color.foreground, cases[i].foreground);
		assert_int_equal(color.background, cases[i].background);
	}
}

static void test_parse_wrong(void **state)
{
	static const char *const cases[] = {
		"purple",
		"256",
		"-2",
		"#12",
		"#ggg000",
		"#1234567",
		"red green blue",
		"bright",
		"boldx",
		"brightbold",
		"no",
		"no-",
		"nored",
		"1.5",
		"brightdefault",
		"0001",
		"#",
	};
	struct theme_color color;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (theme_color_parse(&color, cases[i]))
			fail_msg("'%s' is taken", cases[i]);
	}
}

/* Every default of the table is a colour, and every name has only what a git config key may. */
static void test_defaults(void **state)
{
	static const char *const values[] = {
#define THEME_VALUE(id, name, value, help) value,
		THEME_STYLES(THEME_VALUE)
#undef THEME_VALUE
	};
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	struct theme_color color;
	int n = 0;

	(void)state;
	for (; theme_style_name((enum style)n); n++) {
		const char *name = theme_style_name((enum style)n);

		assert_true(theme_color_parse(&color, values[n]));
		assert_int_equal(strspn(name, letters), strlen(name));
	}
	assert_int_equal(n, STYLE_MAX);
}

/* What is in the palette stays what it is. */
static void test_palette(void **state)
{
	(void)state;
	for (int i = 16; i < 256; i++)
		assert_int_equal(palette_rgb(palette_nearest(palette_rgb(i), 256)), palette_rgb(i));
	for (int n = 8; n <= 16; n += 8) {
		for (int i = 0; i < n; i++)
			assert_int_equal(palette_nearest(palette_rgb(i), n), i);
	}
	assert_int_equal(palette_rgb(16), 0x000000);
	assert_int_equal(palette_rgb(214), 0xffaf00);
	assert_int_equal(palette_rgb(231), 0xffffff);
	assert_int_equal(palette_rgb(232), 0x080808);
	assert_int_equal(palette_rgb(255), 0xeeeeee);
}

/* The quick way of the 256 finds what looking at all of them would, in distance. */
static int distance(int a, int b)
{
	int sum = 0;

	for (int shift = 0; shift <= 16; shift += 8) {
		int d = (a >> shift & 0xff) - (b >> shift & 0xff);

		sum += d * d;
	}
	return sum;
}

static void test_palette_nearest(void **state)
{
	(void)state;
	for (int i = 0; i < 17 * 17 * 17; i++) {
		int r = i / 289 * 16 % 256, g = i / 17 % 17 * 15, b = i % 17 * 13;
		int rgb = r << 16 | g << 8 | b, best = 16;

		for (int c = 17; c < 256; c++) {
			if (distance(rgb, palette_rgb(c)) < distance(rgb, palette_rgb(best)))
				best = c;
		}
		assert_int_equal(distance(rgb, palette_rgb(palette_nearest(rgb, 256))),
				 distance(rgb, palette_rgb(best)));
	}
	assert_int_equal(palette_nearest(0xff0000, 8), 1);
	assert_int_equal(palette_nearest(0xff0000, 16), 9);
	assert_int_equal(palette_nearest(0x808080, 16), 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),           cmocka_unit_test(test_parse_wrong),
		cmocka_unit_test(test_defaults),        cmocka_unit_test(test_palette),
		cmocka_unit_test(test_palette_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
