/* git jci version */
#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <expat.h>
#include <openssl/crypto.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <zlib.h>

#include "cmd/print.h"
#include "http/client.h"
#include "http/listen.h"
#include "tui/termtype.h"
#include "util/db.h"
#include "util/gettext.h"
#include "util/libarchive.h"
#include "util/process.h"

#define TEXT_OF(x)      #x
#define NUMBER(x)       TEXT_OF(x)
#define DOTTED(a, b, c) NUMBER(a) "." NUMBER(b) "." NUMBER(c)

/* ---- libraries ---- */

static void look_up_libgit2(struct library_version *v)
{
	char used[sizeof(v->used)];
	int major, minor, revision;

	git_libgit2_version(&major, &minor, &revision);
	snprintf(used, sizeof(used), "%d.%d.%d", major, minor, revision);
	library_version_set(v, "libgit2", LIBGIT2_VERSION, used);
}

static void look_up_cjson(struct library_version *v)
{
	library_version_set(v, "cJSON",
			    DOTTED(CJSON_VERSION_MAJOR, CJSON_VERSION_MINOR, CJSON_VERSION_PATCH),
			    cJSON_Version());
}

static void look_up_zlib(struct library_version *v)
{
	library_version_set(v, "zlib", ZLIB_VERSION, zlibVersion());
}

static void look_up_openssl(struct library_version *v)
{
	library_version_set(v, "OpenSSL", OPENSSL_VERSION_STR,
			    OpenSSL_version(OPENSSL_VERSION_STRING));
}

static void look_up_pcre2(struct library_version *v)
{
	char used[64];

	pcre2_config(PCRE2_CONFIG_VERSION, used);
	library_version_set(v, "PCRE2", NUMBER(PCRE2_MAJOR) "." NUMBER(PCRE2_MINOR), used);
}

static void look_up_expat(struct library_version *v)
{
	library_version_set(v, "expat",
			    DOTTED(XML_MAJOR_VERSION, XML_MINOR_VERSION, XML_MICRO_VERSION),
			    XML_ExpatVersion() + strlen("expat_"));
}

enum { LIBCURL = 7, LIBMICROHTTPD, SQLITE, LIBARCHIVE, LIBRARIES };

static void (*const look_ups[LIBRARIES])(struct library_version *v) = {
	look_up_libgit2,
	look_up_cjson,
	look_up_zlib,
	look_up_openssl,
	termtype_library_version,
	look_up_pcre2,
	look_up_expat,
	[LIBCURL] = http_client_library_version,
	[LIBMICROHTTPD] = http_listen_library_version,
	[SQLITE] = db_library_version,
	[LIBARCHIVE] = libarchive_library_version,
};

/* ---- features ---- */

struct feature {
	const char *name;
	bool there;
};

/* Of what it can do: how it was compiled, and whether the libraries that a part needs are there. */
static void find_features(struct feature *f, const struct library_version *v)
{
	bool curl = *v[LIBCURL].used, mhd = *v[LIBMICROHTTPD].used, sqlite = *v[SQLITE].used;
	bool nls = false, asan = false, ubsan = false, fuzzers = false, faults = false;

#ifdef ENABLE_NLS
	nls = true;
#endif
#ifdef JCI_ASAN
	asan = true;
#endif
#ifdef JCI_UBSAN
	ubsan = true;
#endif
#ifdef JCI_FUZZERS
	fuzzers = true;
#endif
#ifdef JCI_FAULT_INJECTION
	faults = true;
#endif
	*f++ = (struct feature){"nls", nls};
	*f++ = (struct feature){"web", mhd};
	*f++ = (struct feature){"archives", *v[LIBARCHIVE].used};
	*f++ = (struct feature){"server", mhd && curl && sqlite};
	*f++ = (struct feature){"runner", curl && sqlite && *v[LIBARCHIVE].used};
	*f++ = (struct feature){"asan", asan};
	*f++ = (struct feature){"ubsan", ubsan};
	*f++ = (struct feature){"fuzzers", fuzzers};
	*f++ = (struct feature){"fault-injection", faults};
	*f = (struct feature){NULL, false};
}

/* ---- what is printed ---- */

struct versions {
	char git[32]; /* "": there is none */
	struct library_version libraries[LIBRARIES];
	struct feature features[10];
};

static void find_versions(struct versions *v)
{
	static const char prefix[] = "git version ";
	const char *const argv[] = {"git", "--version", NULL};
	const struct process git = {.argv = argv, .out = -1};
	cleanup_error struct jci_error ignored = JCI_ERROR_INIT;
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	*v->git = '\0';
	if (process_capture(&git, &text, &ignored) == 0 &&
	    strncmp(text.buf, prefix, strlen(prefix)) == 0)
		snprintf(v->git, sizeof(v->git), "%.*s",
			 (int)strcspn(text.buf + strlen(prefix), " \n"), text.buf + strlen(prefix));
	for (int i = 0; i < LIBRARIES; i++)
		look_ups[i](&v->libraries[i]);
	find_features(v->features, v->libraries);
}

static void print_library(const struct library_version *v)
{
	if (!*v->used)
		printf(_("%s is not installed (built with %s)\n"), v->name, v->built);
	else if (strcmp(v->used, v->built) != 0)
		printf(_("%s %s (built with %s)\n"), v->name, v->used, v->built);
	else
		printf("%s %s\n", v->name, v->used);
}

static void print_verbose(const struct versions *v)
{
	printf(_("features:"));
	for (const struct feature *f = v->features; f->name; f++)
		if (f->there)
			printf(" %s", f->name);
	putchar('\n');
	if (*v->git)
		printf("git %s\n", v->git);
	else
		printf(_("git is not installed\n"));
	for (int i = 0; i < LIBRARIES; i++)
		print_library(&v->libraries[i]);
}

static void print_json(const struct versions *v)
{
	cleanup_json cJSON *json = cJSON_CreateObject();
	cJSON *features, *libraries;

	json_set_string(json, "version", VERSION);
	json_set_string(json, "git", *v->git ? v->git : NULL);
	features = cJSON_AddArrayToObject(json, "features");
	for (const struct feature *f = v->features; f->name; f++)
		if (f->there)
			cJSON_AddItemToArray(features, cJSON_CreateString(f->name));
	libraries = cJSON_AddArrayToObject(json, "libraries");
	for (int i = 0; i < LIBRARIES; i++) {
		const struct library_version *library = &v->libraries[i];
		cJSON *item = cJSON_CreateObject();

		json_set_string(item, "name", library->name);
		json_set_string(item, "version", *library->used ? library->used : NULL);
		json_set_string(item, "builtWith", library->built);
		cJSON_AddItemToArray(libraries, item);
	}
	print_json_line(json);
}

static int run_version(const struct jci_command *self, int argc, char **argv)
{
	bool verbose = false, json = false;
	const struct option_spec options[] = {
		{'v', "verbose", OPT_FLAG, &verbose, NULL, N_("name features and libraries too")},
		{0, "json", OPT_FLAG, &json, NULL, N_("print all of it as one JSON object")},
		OPTIONS_END};
	struct versions versions;
	int status;

	if (!cmd_options(self, options, &argc, argv, 0, 0, &status))
		return status;
	if (verbose || json)
		find_versions(&versions);
	if (json)
		print_json(&versions);
	else
		printf("git-jci %s\n", VERSION);
	if (verbose && !json)
		print_verbose(&versions);
	return print_end(STATUS_OK);
}

const struct jci_command cmd_version = {
	.name = "version",
	.synopsis = "[--verbose | --json]",
	.summary = N_("print the version"),
	.run = run_version,
};
