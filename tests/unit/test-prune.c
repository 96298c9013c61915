#include "core/prune.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/oidset.h"

#define DAY_US (INT64_C(86400) * 1000000)
#define NOW_US (20000 * DAY_US)

static const struct jci_prune_rules plain = {.now_us = NOW_US, .keep = -1};

/* A green run of a commit that is there, so many days old. */
static struct jci_prune_facts aged(int days)
{
	return (struct jci_prune_facts){
		.known = true,
		.status = JCI_STATUS_OK,
		.start_us = NOW_US - days * DAY_US,
	};
}

#define assert_why(why, rules, facts) \
	assert_int_equal(jci_prune_judge(&(rules), &(facts)), JCI_PRUNE_##why)

static void test_commit(void **state)
{
	struct jci_prune_rules missing = plain;
	struct jci_prune_facts f = aged(100);

	(void)state;
	missing.missing = true;
	assert_why(NOTHING, plain, f);
	assert_why(NOTHING, missing, f);
	f.commit = JCI_COMMIT_UNREACHABLE;
	assert_why(GONE, plain, f);
	f.elsewhere = true;
	assert_why(GONE, plain, f);
	f.commit = JCI_COMMIT_ABSENT;
	assert_why(NEVER_HERE, plain, f);
	assert_why(MISSING, missing, f);
	f.elsewhere = false;
	assert_why(GONE, plain, f);
}

static void test_age(void **state)
{
	struct jci_prune_rules rules = plain;
	struct jci_prune_facts f = aged(14);

	(void)state;
	rules.older_us = 14 * DAY_US;
	assert_why(NOTHING, rules, f);
	f.start_us--;
	assert_why(OLD, rules, f);
	f.start_us = INT64_MAX / 2; /* the clock was wrong then, or is now */
	assert_why(NOTHING, rules, f);
	f = aged(15);
	f.commit = JCI_COMMIT_ABSENT;
	f.elsewhere = true;
	assert_why(OLD, rules, f);
}

static void test_number(void **state)
{
	struct jci_prune_rules rules = plain;
	struct jci_prune_facts f = aged(15);

	(void)state;
	rules.keep = 2;
	f.rank = 1;
	assert_why(NOTHING, rules, f);
	f.rank = 2;
	assert_why(MANY, rules, f);
	rules.older_us = 14 * DAY_US;
	assert_why(OLD, rules, f);
	f.rank = 1;
	assert_why(NOTHING, rules, f);
	f = aged(13);
	f.rank = 2;
	assert_why(NOTHING, rules, f);
}

static void test_spared(void **state)
{
	struct jci_prune_rules rules = plain;
	struct jci_prune_facts f = aged(15);

	(void)state;
	rules.older_us = DAY_US;
	f.status = JCI_STATUS_ERR;
	assert_why(OLD, rules, f);
	rules.keep_failed = true;
	assert_why(FAILED, rules, f);
	f.commit = JCI_COMMIT_UNREACHABLE;
	assert_why(GONE, rules, f);
	f.status = JCI_STATUS_RUNNING;
	f.news_us = NOW_US - DAY_US + 1;
	assert_why(RUNNING, rules, f);
	f.news_us = NOW_US - DAY_US;
	assert_why(GONE, rules, f);
	f.status = JCI_STATUS_OK;
	f.live = true;
	assert_why(RUNNING, rules, f);
	f = aged(0);
	f.status = JCI_STATUS_RUNNING;
	assert_why(NOTHING, rules, f);
}

/* On a remote. */
static void test_unknown(void **state)
{
	struct jci_prune_rules rules = plain;
	struct jci_prune_facts f = aged(15);

	(void)state;
	f.known = false;
	f.status = JCI_STATUS_NONE;
	rules.older_us = DAY_US;
	assert_why(OLD, rules, f);
	rules.keep_failed = true;
	assert_why(UNKNOWN, rules, f);
	rules.keep_failed = false;
	rules.keep = 0;
	assert_why(UNKNOWN, rules, f);
	f.commit = JCI_COMMIT_UNREACHABLE;
	assert_why(GONE, rules, f);
	f.start_us = NOW_US - DAY_US + 1;
	assert_why(UNKNOWN, rules, f);
}

static void test_oidset(void **state)
{
	cleanup_oidset struct jci_oidset set = JCI_OIDSET_INIT;
	git_oid oid = {{0}};
	size_t number = 7;

	(void)state;
	assert_false(jci_oidset_find(&set, &oid, &number));
	for (size_t i = 0; i < 5000; i++) { /* ids that all begin alike are no trouble either */
		oid.id[i % 2 ? 0 : 18] = (unsigned char)i;
		oid.id[19] = (unsigned char)(i >> 8);
		oid.id[10] = (unsigned char)i;
		assert_true(jci_oidset_add(&set, &oid, &number));
		assert_int_equal(number, i);
		assert_false(jci_oidset_add(&set, &oid, NULL));
	}
	assert_int_equal(set.n, 5000);
	for (size_t i = 0; i < set.n; i++) {
		assert_true(jci_oidset_find(&set, &set.oids[i], &number));
		assert_int_equal(number, i);
	}
	oid.id[5] = 1;
	assert_false(jci_oidset_find(&set, &oid, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commit),  cmocka_unit_test(test_age),
		cmocka_unit_test(test_number),  cmocka_unit_test(test_spared),
		cmocka_unit_test(test_unknown), cmocka_unit_test(test_oidset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
