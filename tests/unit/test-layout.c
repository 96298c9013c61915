#include "tui/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct layout layout_of(int cols, int lines, int focus, int third, bool zoom)
{
	struct layout_in in = {lines, cols, focus, third, zoom};
	struct layout l;

	layout_compute(&l, &in);
	return l;
}

static struct layout plain(int cols, int lines)
{
	return layout_of(cols, lines, PANE_COMMITS, PANE_FILES, false);
}

static void assert_rect(const struct rect *r, int y, int x, int h, int w)
{
	assert_int_equal(r->y, y);
	assert_int_equal(r->x, x);
	assert_int_equal(r->h, h);
	assert_int_equal(r->w, w);
}

static void test_modes(void **state)
{
	(void)state;
	assert_int_equal(plain(29, 24).mode, LAYOUT_TOO_SMALL);
	assert_int_equal(plain(80, 5).mode, LAYOUT_TOO_SMALL);
	assert_int_equal(plain(1, 1).mode, LAYOUT_TOO_SMALL);
	assert_int_equal(plain(30, 6).mode, LAYOUT_ONE);
	assert_int_equal(plain(40, 10).mode, LAYOUT_ONE);
	assert_int_equal(plain(59, 24).mode, LAYOUT_ONE);
	assert_int_equal(plain(80, 14).mode, LAYOUT_ONE);
	assert_int_equal(plain(60, 15).mode, LAYOUT_STACKED);
	assert_int_equal(plain(99, 50).mode, LAYOUT_STACKED);
	assert_int_equal(plain(100, 24).mode, LAYOUT_WIDE);
	assert_int_equal(plain(100, 6).mode, LAYOUT_WIDE);
	assert_int_equal(layout_of(200, 50, PANE_RUNS, PANE_FILES, true).mode, LAYOUT_ONE);
}

static void test_one(void **state)
{
	struct layout l = layout_of(40, 10, PANE_RUNS, PANE_FILES, false);

	(void)state;
	assert_rect(&l.title[PANE_RUNS], 0, 0, 1, 40);
	assert_rect(&l.body[PANE_RUNS], 1, 0, 8, 40);
	assert_rect(&l.status, 9, 0, 1, 40);
	assert_int_equal(l.body[PANE_COMMITS].h, 0);
	assert_int_equal(l.body[PANE_FILES].h, 0);
}

static void test_stacked(void **state)
{
	struct layout l = plain(80, 24);

	(void)state;
	assert_rect(&l.title[PANE_COMMITS], 0, 0, 1, 80);
	assert_rect(&l.body[PANE_COMMITS], 1, 0, 8, 80);
	assert_rect(&l.title[PANE_RUNS], 9, 0, 1, 80);
	assert_rect(&l.body[PANE_RUNS], 10, 0, 4, 80);
	assert_rect(&l.title[PANE_FILES], 14, 0, 1, 80);
	assert_rect(&l.body[PANE_FILES], 15, 0, 8, 80);
	assert_rect(&l.status, 23, 0, 1, 80);
	assert_int_equal(l.body[PANE_VIEWER].h, 0);
	assert_int_equal(l.n_rules, 0);
	l = plain(80, 101);
	assert_int_equal(l.body[PANE_COMMITS].h, 41);
	assert_int_equal(l.body[PANE_RUNS].h, 23);
	assert_int_equal(l.body[PANE_FILES].h, 33);
}

static void test_wide(void **state)
{
	struct layout l = plain(120, 40);

	(void)state;
	assert_rect(&l.body[PANE_COMMITS], 1, 0, 38, 48);
	assert_rect(&l.body[PANE_RUNS], 1, 49, 38, 37);
	assert_rect(&l.body[PANE_FILES], 1, 87, 38, 33);
	assert_int_equal(l.n_rules, 2);
	assert_int_equal(l.rules[0], 48);
	assert_int_equal(l.rules[1], 86);
}

static void test_viewer(void **state)
{
	struct layout l = layout_of(159, 40, PANE_VIEWER, PANE_VIEWER, false);

	(void)state;
	assert_rect(&l.body[PANE_VIEWER], 1, 0, 38, 159);
	assert_int_equal(l.body[PANE_COMMITS].h, 0);
	l = layout_of(162, 40, PANE_VIEWER, PANE_VIEWER, false);
	assert_int_equal(l.body[PANE_VIEWER].w, 96);
	assert_true(l.body[PANE_COMMITS].w > l.body[PANE_RUNS].w);
	assert_int_equal(l.body[PANE_FILES].h, 0);
	/* a list has the keys: the viewer stays where the artifacts are */
	l = layout_of(120, 40, PANE_RUNS, PANE_VIEWER, false);
	assert_int_equal(l.body[PANE_VIEWER].w, 33);
	assert_int_equal(l.body[PANE_FILES].h, 0);
	/* there is no room for it beside lists that are one above the other */
	l = layout_of(80, 24, PANE_RUNS, PANE_VIEWER, false);
	assert_int_equal(l.body[PANE_VIEWER].h, 0);
	assert_int_equal(l.body[PANE_FILES].h, 8);
}

/* Counts how often each cell is taken; returns the cells that are. */
static int cover(unsigned char *cells, int lines, int cols, const struct rect *r)
{
	for (int y = r->y; y < r->y + r->h; y++)
		for (int x = r->x; x < r->x + r->w; x++) {
			assert_in_range(y, 0, lines - 1);
			assert_in_range(x, 0, cols - 1);
			assert_int_equal(cells[y * cols + x]++, 0);
		}
	return r->h * r->w;
}

static void check_cover(int cols, int lines, int focus, int third, bool zoom)
{
	static unsigned char cells[64 * 200];
	struct layout l = layout_of(cols, lines, focus, third, zoom);
	int covered = 0;

	memset(cells, 0, sizeof(cells));
	for (int i = 0; i < PANE_MAX; i++) {
		covered += cover(cells, lines, cols, &l.title[i]);
		covered += cover(cells, lines, cols, &l.body[i]);
		assert_true(l.body[i].h >= 0 && l.body[i].w >= 0);
	}
	for (int i = 0; i < l.n_rules; i++) {
		struct rect rule = {0, l.rules[i], lines - 1, 1};

		covered += cover(cells, lines, cols, &rule);
	}
	covered += cover(cells, lines, cols, &l.status);
	assert_int_equal(covered, l.mode == LAYOUT_TOO_SMALL ? 0 : lines * cols);
	if (l.mode != LAYOUT_TOO_SMALL)
		assert_true(l.body[focus].h > 0 && l.body[focus].w > 0);
}

/* Whatever the size: nothing outside, nothing twice, nothing left over, and the keys are seen. */
static void test_cover(void **state)
{
	(void)state;
	for (int lines = 1; lines <= 64; lines += 3)
		for (int cols = 1; cols <= 200; cols += 3)
			for (int focus = 0; focus < PANE_MAX; focus++) {
				int third = focus == PANE_VIEWER ? PANE_VIEWER : PANE_FILES;

				check_cover(cols, lines, focus, third, false);
				check_cover(cols, lines, focus, third, true);
			}
}

static void test_equal(void **state)
{
	struct layout a = plain(120, 40), b = plain(120, 40), c = plain(121, 40);
	struct layout commits = plain(80, 24),
		      runs = layout_of(80, 24, PANE_RUNS, PANE_FILES, false);
	struct layout third = layout_of(120, 40, PANE_RUNS, PANE_VIEWER, false);

	(void)state;
	assert_true(layout_equal(&a, &b));
	assert_false(layout_equal(&a, &c));
	assert_false(layout_equal(&a, &third));
	assert_true(layout_equal(&commits, &runs)); /* nothing moves when the keys do */
}

static void test_overlay(void **state)
{
	struct layout_overlay o;

	(void)state;
	layout_overlay(&o, 40, 120, 20, 60);
	assert_true(o.boxed);
	assert_rect(&o.body, 9, 30, 20, 60);
	assert_rect(&o.frame, 8, 28, 22, 64);
	layout_overlay(&o, 40, 120, 0, 0);
	assert_rect(&o.frame, 1, 2, 37, 116);
	layout_overlay(&o, 40, 120, 500, 500);
	assert_rect(&o.frame, 1, 2, 37, 116);
	layout_overlay(&o, 10, 40, 20, 60);
	assert_false(o.boxed);
	assert_rect(&o.frame, 0, 0, 9, 40);
	assert_rect(&o.body, 1, 0, 8, 40);
	layout_overlay(&o, 1, 1, 20, 60);
	assert_int_equal(o.body.h, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modes),   cmocka_unit_test(test_one),
		cmocka_unit_test(test_stacked), cmocka_unit_test(test_wide),
		cmocka_unit_test(test_viewer),  cmocka_unit_test(test_cover),
		cmocka_unit_test(test_equal),   cmocka_unit_test(test_overlay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
