#include "core/gitname.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "util/alloc.h"

static void test_refused(void **state)
{
	static const char *const names[] = {
		".git",
		".GIT",
		".gIt",
		".git.",
		".git ",
		".git. . ",
		"git~1",
		"GIT~1",
		"git~1.",
		".git::$INDEX_ALLOCATION",
		".git:stream",
		"git~1:x",
		".git\\hooks",
		"sub\\.git",
		"sub\\.git\\config",
		"\\.GIT",
		"a\\git~1",
		".g\xe2\x80\x8cit", /* U+200C */
		"\xe2\x80\x8f.git", /* U+200F */
		".git\xe2\x80\xaa", /* U+202A */
		".gi\xe2\x80\xaet", /* U+202E */
		".\xe2\x81\xaagit", /* U+206A */
		".g\xe2\x81\xafit", /* U+206F */
		"\xef\xbb\xbf.GiT", /* U+FEFF */
		"\xef\xbb\xbf.\xe2\x80\x8dg\xe2\x80\x8eit\xe2\x81\xac",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!jci_name_is_dotgit(names[i]))
			fail_msg("'%s' is not taken for .git", names[i]);
}

static void test_allowed(void **state)
{
	static const char *const names[] = {
		"",
		"git",
		".gi",
		".gitt",
		".gitignore",
		".gitattributes",
		".gitmodules",
		"..git",
		" .git",
		"x.git",
		".git.x",
		".git x",
		"git~2",
		"git~10",
		"git~",
		"project.git",
		".g\xe2\x80\x8bit", /* U+200B is not ignored */
		".g\xe2\x80\x90it", /* U+2010 */
		".git\xe2\x80",     /* cut off */
		".git\xef",
		(".g\xc3\xac"
		 "t"),
		"sub\\git",
		"sub\\.gitx",
		"\\",
		"\xff",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (jci_name_is_dotgit(names[i]))
			fail_msg("'%s' is taken for .git", names[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
