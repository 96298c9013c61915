#include "tui/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_list(const struct list *l, size_t cursor, size_t top)
{
	assert_int_equal(l->cursor, cursor);
	assert_int_equal(l->top, top);
}

static void act(struct list *l, enum action_id id)
{
	assert_true(list_act(l, id));
}

static void test_lines(void **state)
{
	struct list l = {.n = 5, .height = 3};

	(void)state;
	act(&l, ACT_UP);
	assert_list(&l, 0, 0);
	act(&l, ACT_DOWN);
	act(&l, ACT_DOWN);
	assert_list(&l, 2, 0);
	act(&l, ACT_DOWN);
	assert_list(&l, 3, 1);
	act(&l, ACT_DOWN);
	act(&l, ACT_DOWN);
	assert_list(&l, 4, 2);
	act(&l, ACT_UP);
	act(&l, ACT_UP);
	assert_list(&l, 2, 2);
	act(&l, ACT_UP);
	assert_list(&l, 1, 1);
}

static void test_pages(void **state)
{
	struct list l = {.n = 100, .height = 10};

	(void)state;
	l.cursor = 3;
	act(&l, ACT_PAGE_DOWN);
	assert_list(&l, 13, 10); /* at the same height of the screen */
	act(&l, ACT_HALF_DOWN);
	assert_list(&l, 18, 15);
	act(&l, ACT_HALF_UP);
	act(&l, ACT_PAGE_UP);
	assert_list(&l, 3, 0);
	act(&l, ACT_PAGE_UP);
	assert_list(&l, 0, 0);
	act(&l, ACT_LAST);
	assert_list(&l, 99, 90);
	act(&l, ACT_PAGE_DOWN);
	assert_list(&l, 99, 90);
	l.cursor = 92;
	act(&l, ACT_PAGE_DOWN);
	assert_list(&l, 99, 90);
	act(&l, ACT_FIRST);
	assert_list(&l, 0, 0);
}

static void test_other_actions(void **state)
{
	struct list l = {.n = 5, .height = 3, .cursor = 1};

	(void)state;
	assert_false(list_act(&l, ACT_OPEN));
	assert_false(list_act(&l, ACT_LEFT));
	assert_false(list_act(&l, ACT_NONE));
	assert_list(&l, 1, 0);
}

static void test_empty(void **state)
{
	static const enum action_id ids[] = {ACT_UP,      ACT_DOWN,      ACT_PAGE_UP, ACT_PAGE_DOWN,
					     ACT_HALF_UP, ACT_HALF_DOWN, ACT_FIRST,   ACT_LAST};

	(void)state;
	for (int height = 0; height < 3; height++)
		for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
			struct list l = {.n = 0, .height = height};

			act(&l, ids[i]);
			assert_list(&l, 0, 0);
			list_scroll(&l, 3);
			list_scroll(&l, -3);
			assert_list(&l, 0, 0);
		}
}

static void test_goto(void **state)
{
	struct list l = {.n = 100, .height = 10};

	(void)state;
	list_goto(&l, 5);
	assert_list(&l, 5, 0);
	list_goto(&l, 50);
	assert_list(&l, 50, 41);
	list_goto(&l, 45);
	assert_list(&l, 45, 41);
	list_goto(&l, 40);
	assert_list(&l, 40, 40);
	list_goto(&l, 1000);
	assert_list(&l, 99, 90);
}

static void test_adjust(void **state)
{
	struct list l = {.n = 100, .height = 10, .cursor = 95, .top = 90};

	(void)state;
	l.n = 20; /* fewer rows */
	list_adjust(&l);
	assert_list(&l, 19, 10);
	l.height = 4; /* a smaller window */
	list_adjust(&l);
	assert_list(&l, 19, 16);
	l.height = 30; /* a window larger than the list: nothing is left blank above */
	list_adjust(&l);
	assert_list(&l, 19, 0);
	l.height = 0;
	list_adjust(&l);
	assert_list(&l, 19, 19);
}

static void test_scroll(void **state)
{
	struct list l = {.n = 100, .height = 10, .cursor = 5};

	(void)state;
	list_scroll(&l, 3);
	assert_list(&l, 5, 3);
	list_scroll(&l, 3);
	assert_list(&l, 6, 6);
	list_scroll(&l, -4);
	assert_list(&l, 6, 2);
	list_scroll(&l, -100);
	assert_list(&l, 6, 0);
	list_scroll(&l, 1000);
	assert_list(&l, 90, 90);
	list_scroll(&l, -50);
	assert_list(&l, 49, 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),         cmocka_unit_test(test_pages),
		cmocka_unit_test(test_other_actions), cmocka_unit_test(test_empty),
		cmocka_unit_test(test_goto),          cmocka_unit_test(test_adjust),
		cmocka_unit_test(test_scroll),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
