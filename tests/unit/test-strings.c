#include "web/strings.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/support.h"
#include "util/gettext.h"
#include "util/json.h"
#include "util/process.h"

static const char catalogue[] = "msgid \"\"\n"
				"msgstr \"Content-Type: text/plain; charset=ISO-8859-1\\n\"\n"
				"msgid \"en\"\nmsgstr \"de\"\n"
				"msgid \"Commits\"\nmsgstr \"\xc4nderungen </script>\"\n"
				"msgid \"Runs\"\nmsgstr \"Runs\"\n";

/* A catalogue for the language `de`, in a charset that is not the page's. */
static int make_catalogue(void **state)
{
	cleanup_free char *po = NULL, *mo = NULL, *here = NULL;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	make_folder(state);
	write_below("de.po", catalogue);
	write_below("de/LC_MESSAGES/" PACKAGE ".mo", "");
	po = below("de.po");
	mo = below("de/LC_MESSAGES/" PACKAGE ".mo");
	here = below("");
	assert_int_equal(setenv("LANGUAGE", "de", 1), 0);
	assert_non_null(setlocale(LC_ALL, "C.UTF-8"));
#ifdef ENABLE_NLS
	bindtextdomain(PACKAGE, here);
	textdomain(PACKAGE);
#endif
	return process_run(
		&(const struct process){.argv = (const char *const[]){"msgfmt", "-o", mo, po, NULL},
					.out = -1},
		&err);
}

static void gives_what_is_translated_in_utf8(void **state)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_json cJSON *json = NULL;

	(void)state;
	web_strings_add(&text);
	assert_int_equal(json_parse(&json, text.buf, text.len, &err), 0);
	assert_string_equal(json_string(json, "Commits"), "\xc3\x84nderungen </script>");
	assert_int_equal(cJSON_GetArraySize(json), 1); /* the same, or missing: left out */
	assert_string_equal(web_strings_language(), "de");
}

static void can_stand_in_a_script_element(void **state)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	(void)state;
	web_strings_add(&text);
	assert_null(strchr(text.buf, '<'));
}

static void leaves_the_charset_of_the_terminal(void **state)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	(void)state;
	bind_textdomain_codeset(PACKAGE, "ISO-8859-1");
	web_strings_add(&text);
	assert_string_equal(_("Commits"), "\xc4nderungen </script>");
}

int main(void)
{
#ifdef ENABLE_NLS
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_what_is_translated_in_utf8),
		cmocka_unit_test(can_stand_in_a_script_element),
		cmocka_unit_test(leaves_the_charset_of_the_terminal),
	};

	return cmocka_run_group_tests(tests, make_catalogue, remove_folder);
#else
	puts("1..0 # SKIP there are no translations in this build");
	return 0;
#endif
}
