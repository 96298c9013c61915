#include "core/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/repo.h"
#include "util/alloc.h"
#include "util/duration.h"
#include "util/gettext.h"

/* A setting from the command line or the environment; later ones win. */
struct setting {
	char *key, *value;
};

struct jci_config {
	git_config *files;
	struct setting *settings;
	size_t n, cap;
};

void jci_config_free(struct jci_config *config)
{
	if (!config)
		return;
	for (size_t i = 0; i < config->n; i++) {
		free(config->settings[i].key);
		free(config->settings[i].value);
	}
	free(config->settings);
	git_config_free(config->files);
	free(config);
}

/* A key without a value is true, as in a file. */
static void add_setting(struct jci_config *config, const char *key, const char *value)
{
	ARRAY_GROW(config->settings, config->n + 1, config->cap);
	config->settings[config->n].key = xstrdup(key);
	config->settings[config->n++].value = xstrdup(value ? value : "true");
}

/* ---- from the environment ---- */

/*
 * One word as git quotes it for a shell, '...' with '\'' and '\!' in it; *s is set behind it. False
 * where there is none.
 */
static bool unquote(const char **s, struct strbuf *out)
{
	const char *at = *s;

	if (*at != '\'')
		return false;
	for (;;) {
		size_t len = strcspn(++at, "'");

		strbuf_add(out, at, len);
		at += len;
		if (!*at)
			return false;
		at++;
		if (at[0] != '\\' || (at[1] != '\'' && at[1] != '!') || at[2] != '\'')
			break;
		strbuf_addch(out, at[1]);
		at += 2;
	}
	*s = at;
	return true;
}

/* 'KEY'='VALUE', and of older versions 'KEY=VALUE', separated by blanks. */
static int add_parameters(struct jci_config *config, const char *s, struct jci_error *err)
{
	while (*s) {
		cleanup_strbuf struct strbuf key = STRBUF_INIT, value = STRBUF_INIT;
		char *equals = NULL;
		bool separate;

		s += strspn(s, " ");
		if (!*s)
			break;
		if (!unquote(&s, &key))
			return jci_error_set(err, JCI_EINVALID, _("bogus GIT_CONFIG_PARAMETERS"));
		separate = *s == '=';
		if (separate && (s++, *s == '\'') && !unquote(&s, &value))
			return jci_error_set(err, JCI_EINVALID, _("bogus GIT_CONFIG_PARAMETERS"));
		if (!separate && (equals = strchr(key.buf, '=')))
			*equals = '\0';
		add_setting(config, key.buf, separate ? value.buf : equals ? equals + 1 : NULL);
	}
	return 0;
}

static int add_counted(struct jci_config *config, const char *count, struct jci_error *err)
{
	int n = atoi(count);

	for (int i = 0; i < n; i++) {
		cleanup_free char *key_name = xasprintf("GIT_CONFIG_KEY_%d", i);
		cleanup_free char *value_name = xasprintf("GIT_CONFIG_VALUE_%d", i);
		const char *key = getenv(key_name), *value = getenv(value_name);

		if (!key || !value)
			return jci_error_set(err, JCI_EINVALID, _("missing '%s' or '%s'"), key_name,
					     value_name);
		add_setting(config, key, value);
	}
	return 0;
}

static bool is_true(const char *name)
{
	const char *value = getenv(name);
	int on = 0;

	return value && (git_config_parse_bool(&on, value) < 0 || on);
}

void jci_config_init(void)
{
	if (is_true("GIT_CONFIG_NOSYSTEM") || getenv("GIT_CONFIG_SYSTEM"))
		git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_SYSTEM, "");
	if (getenv("GIT_CONFIG_GLOBAL")) {
		git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_GLOBAL, "");
		git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_XDG, "");
	}
}

static int add_file(git_repository *git, const char *path, git_config_level_t level,
		    struct jci_error *err)
{
	git_config *config;
	int code;

	if (!path || !*path)
		return 0;
	if (git_repository_config(&config, git) < 0)
		return jci_error_git(err, JCI_EFAIL, _("cannot read the configuration"));
	code = git_config_add_file_ondisk(config, path, level, git, 0);
	git_config_free(config);
	if (code < 0 && code != GIT_ENOTFOUND)
		return jci_error_git(err, JCI_EFAIL, _("cannot read '%s'"), path);
	return 0;
}

int jci_config_open(struct jci_config **out, git_repository *git, struct jci_error *err)
{
	struct jci_config *config = *out = xcalloc(1, sizeof(*config));
	const char *count = getenv("GIT_CONFIG_COUNT"),
		   *parameters = getenv("GIT_CONFIG_PARAMETERS");

	if (add_file(git, getenv("GIT_CONFIG_GLOBAL"), GIT_CONFIG_LEVEL_GLOBAL, err) < 0)
		return err->code;
	if (!is_true("GIT_CONFIG_NOSYSTEM") &&
	    add_file(git, getenv("GIT_CONFIG_SYSTEM"), GIT_CONFIG_LEVEL_SYSTEM, err) < 0)
		return err->code;
	if (git_repository_config_snapshot(&config->files, git) < 0)
		return jci_error_git(err, JCI_EFAIL, _("cannot read the configuration"));
	if (count && add_counted(config, count, err) < 0)
		return err->code;
	if (parameters && add_parameters(config, parameters, err) < 0)
		return err->code;
	return 0;
}

/* ---- values ---- */

/* Sections and names in any case; a subsection between them as it is written. */
static bool same_key(const char *a, const char *b)
{
	size_t first = strcspn(a, "."), last = (size_t)(strrchr(a, '.') - a);

	if (strlen(a) != strlen(b) || strncasecmp(a, b, first) != 0)
		return false;
	return strncmp(a + first, b + first, last - first) == 0 &&
	       strcasecmp(a + last, b + last) == 0;
}

/* Borrowed; NULL where it is not set. */
static const char *find(const struct jci_repo *repo, const char *key)
{
	const struct jci_config *config = repo->config;
	const char *value;

	for (size_t i = config->n; i > 0; i--)
		if (same_key(key, config->settings[i - 1].key))
			return config->settings[i - 1].value;
	return git_config_get_string(&value, config->files, key) == 0 ? value : NULL;
}

int jci_config_int(const struct jci_repo *repo, const char *key, int64_t fallback, int64_t *value,
		   struct jci_error *err)
{
	const char *text = find(repo, key);

	*value = fallback;
	if (!text || git_config_parse_int64(value, text) == 0)
		return 0;
	return jci_error_set(err, JCI_EINVALID, _("configuration '%s': '%s' is not a number"), key,
			     text);
}

int jci_config_bool(const struct jci_repo *repo, const char *key, bool fallback, bool *value,
		    struct jci_error *err)
{
	const char *text = find(repo, key);
	int on = fallback;

	if (text && git_config_parse_bool(&on, text) < 0)
		return jci_error_set(err, JCI_EINVALID,
				     _("configuration '%s': '%s' is neither true nor false"), key,
				     text);
	*value = on != 0;
	return 0;
}

int jci_config_duration(const struct jci_repo *repo, const char *key, int64_t fallback_us,
			int64_t *value_us, struct jci_error *err)
{
	const char *text = find(repo, key);

	*value_us = fallback_us;
	if (!text)
		return 0;
	if (duration_parse_limit(text, value_us, err) < 0)
		return jci_error_prefix(err, _("configuration '%s'"), key);
	return 0;
}

char *jci_config_string(const struct jci_repo *repo, const char *key)
{
	const char *value = find(repo, key);

	return value ? xstrdup(value) : NULL;
}

int jci_config_each(const struct jci_repo *repo, const char *key,
		    int (*each)(void *ctx, const char *value, struct jci_error *err), void *ctx,
		    struct jci_error *err)
{
	const struct jci_config *config = repo->config;
	git_config_iterator *values;
	git_config_entry *entry;
	int status = 0;

	if (git_config_multivar_iterator_new(&values, config->files, key, NULL) < 0)
		return jci_error_git(err, JCI_EFAIL, _("cannot read the configuration"));
	while (status >= 0 && git_config_next(&entry, values) == 0)
		status = each(ctx, entry->value ? entry->value : "", err);
	git_config_iterator_free(values);
	for (size_t i = 0; status >= 0 && i < config->n; i++)
		if (same_key(key, config->settings[i].key))
			status = each(ctx, config->settings[i].value, err);
	return status < 0 ? status : 0;
}
