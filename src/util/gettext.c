#include "util/gettext.h"

#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/program.h"

/* What the environment asks for, as setlocale(3) reads it. */
static const char *wanted(const char *category)
{
	const char *const names[] = {"LC_ALL", category, "LANG"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return value;
	}
	return "C";
}

static bool is_utf8(const char *locale)
{
	return strcasestr(locale, ".UTF-8") || strcasestr(locale, ".utf8");
}

/*
 * C.UTF-8, which is always there: in a bundle its own. With it messages are in the language that
 * $LANGUAGE tells, without the locale of that.
 */
static void use_plain_utf8(void)
{
	cleanup_free char *folder = program_bundle_path("lib/locale");
	cleanup_free char *others = getenv("LOCPATH") ? xstrdup(getenv("LOCPATH")) : NULL;
	const char *language = wanted("LC_MESSAGES");

	if (folder)
		setenv("LOCPATH", folder, 1);
	setlocale(LC_CTYPE, "C.UTF-8");
	setlocale(LC_MESSAGES, "C.UTF-8");
	if (folder && others)
		setenv("LOCPATH", others, 1);
	else if (folder)
		unsetenv("LOCPATH");
	if (!getenv("LANGUAGE") || !*getenv("LANGUAGE"))
		setenv("LANGUAGE", language, 1);
}

#ifdef ENABLE_NLS
static void find_texts(void)
{
	cleanup_free char *bundled = program_bundle_path("share/locale");
	const char *told = getenv("JCI_TEXTDOMAINDIR");

	bindtextdomain(PACKAGE, told && *told ? told : bundled ? bundled : LOCALEDIR);
	textdomain(PACKAGE);
}
#endif

void jci_gettext_init(void)
{
	/* two of the twelve categories are of use here, and each costs a file */
	if (!setlocale(LC_CTYPE, "") && is_utf8(wanted("LC_CTYPE")))
		use_plain_utf8();
	else
		setlocale(LC_MESSAGES, "");
#ifdef ENABLE_NLS
	find_texts();
#endif
}
