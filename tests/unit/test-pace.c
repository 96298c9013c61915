#include "tui/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { LINES = 40, MS = 1000, SECOND = 1000 * MS };

static struct pace answering(void)
{
	struct pace pace = {.asks = true};

	assert_true(pace_drawn(&pace, 40, LINES, SECOND));
	pace_answered(&pace);
	return pace;
}

static void the_first_frame_asks_once(void **state)
{
	struct pace pace = {.asks = true};

	(void)state;
	assert_true(pace_drawn(&pace, 40, LINES, SECOND));
	for (int i = 1; i < 100; i++) {
		assert_true(pace_allows(&pace, LINES, SECOND + i * MS));
		assert_false(pace_drawn(&pace, 40, LINES, SECOND + i * MS));
	}
}

static void some_terminals_are_never_asked(void **state)
{
	struct pace pace = {.asks = false};

	(void)state;
	assert_false(pace_drawn(&pace, 40, LINES, SECOND));
	assert_false(pace_drawn(&pace, 40, LINES, SECOND + MS));
	assert_true(pace_allows(&pace, LINES, SECOND + MS));
}

static void half_a_screen_is_on_its_way_at_most(void **state)
{
	struct pace pace = answering();
	int rows = 0;

	(void)state;
	for (int i = 1; i < 100 && pace_allows(&pace, LINES, SECOND + i * MS); i++) {
		pace_drawn(&pace, 4, LINES, SECOND + i * MS);
		rows += 4;
	}
	assert_in_range(rows, LINES / 2, LINES / 2 + 4);
	pace_answered(&pace);
	assert_true(pace_allows(&pace, LINES, SECOND + 100 * MS));
}

static void frames_far_apart_ask_nothing(void **state)
{
	struct pace pace = answering();

	(void)state;
	for (int i = 2; i < 100; i++) {
		assert_false(pace_drawn(&pace, 40, LINES, i * SECOND));
		assert_true(pace_allows(&pace, LINES, i * SECOND));
	}
}

static void a_frame_without_changes_is_none(void **state)
{
	struct pace pace = {.asks = true};

	(void)state;
	assert_false(pace_drawn(&pace, 0, LINES, SECOND));
	assert_true(pace_drawn(&pace, 1, LINES, SECOND));
}

static void a_lost_answer_is_given_up(void **state)
{
	struct pace pace = answering();

	(void)state;
	assert_true(pace_drawn(&pace, 40, LINES, SECOND + MS));
	assert_false(pace_allows(&pace, LINES, SECOND + 2 * MS));
	assert_int_equal(pace_expects(&pace, SECOND + 2 * MS), SECOND - MS);
	assert_int_equal(pace_expects(&pace, 3 * SECOND), 0);
	assert_true(pace_allows(&pace, LINES, 3 * SECOND));
	pace_answered(&pace); /* late */
	assert_int_equal(pace.behind, 0);
}

static void the_smallest_screen_is_drawn(void **state)
{
	struct pace pace = answering();

	(void)state;
	assert_true(pace_allows(&pace, 1, SECOND + MS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_frame_asks_once),
		cmocka_unit_test(some_terminals_are_never_asked),
		cmocka_unit_test(half_a_screen_is_on_its_way_at_most),
		cmocka_unit_test(frames_far_apart_ask_nothing),
		cmocka_unit_test(a_frame_without_changes_is_none),
		cmocka_unit_test(a_lost_answer_is_given_up),
		cmocka_unit_test(the_smallest_screen_is_drawn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
