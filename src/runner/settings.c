#include "runner/settings.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/docker.h"
#include "runner/image.h"
#include "util/alloc.h"
#include "util/duration.h"
#include "util/gettext.h"

enum { MAX_SLOTS = 1000, MAX_KEEP = 1000000, MAX_CPUS = 100000 };

static const int64_t second = 1000 * 1000, day = INT64_C(24) * 60 * 60 * 1000 * 1000;

static const char * or (const char *value, const char *fallback)
{
	return value ? value : fallback;
}

/* The URL of a server; polls go to a path below it. */
static const char *read_server(struct env *env)
{
	static char *url; /* less its last slashes; the program has one */
	const char *value = env_need(env, "JCI_SERVER");
	size_t len;

	if (!value)
		return "";
	if (strncmp(value, "http://", 7) != 0 && strncmp(value, "https://", 8) != 0) {
		env_problem(env, "JCI_SERVER", _("'%s' is no URL such as http://ci.example:8700"),
			    value);
		return "";
	}
	for (len = strlen(value); value[len - 1] == '/'; len--)
		;
	free(url);
	url = xstrndup(value, len);
	return url;
}

/* "1.5" in billionths, without the rounding of a double. */
static int64_t read_cpus(struct env *env)
{
	const char *value = env_text(env, "JCI_CPUS"), *p = value;
	int64_t n = 0, unit = INT64_C(1000) * 1000 * 1000;

	if (!value)
		return 0;
	for (; *p >= '0' && *p <= '9' && n <= MAX_CPUS; p++)
		n = n * 10 + (*p - '0');
	n *= unit;
	if (*p == '.' && p > value)
		for (p++; *p >= '0' && *p <= '9' && unit > 1; p++)
			n += (*p - '0') * (unit /= 10);
	if (!*p && n > 0)
		return n;
	env_problem(env, "JCI_CPUS", _("'%s' is no number of CPUs such as 1.5"), value);
	return 0;
}

/* Docker refuses a container with less. */
static int64_t read_memory(struct env *env)
{
	int64_t n = env_size(env, "JCI_MEMORY", 0);

	if (n && n < INT64_C(6) * 1024 * 1024)
		env_problem(env, "JCI_MEMORY", _("a container has to have at least %s"), "6m");
	return n;
}

static const char *read_name(struct env *env)
{
	static char host[256];
	const char *value = env_text(env, "JCI_RUNNER_NAME");

	if (value && strlen(value) > 100)
		env_problem(env, "JCI_RUNNER_NAME", _("is longer than %d bytes"), 100);
	if (value)
		return value;
	if (gethostname(host, sizeof(host) - 1) < 0 || !*host)
		return "runner";
	return host;
}

static void read_images(struct runner_settings *s, struct env *env)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_free char *name = NULL;

	s->image = or (env_text(env, "JCI_IMAGE"), "debian:stable-slim");
	s->images = env_text(env, "JCI_IMAGES");
	if (image_parse(&name, s->image, &err) < 0 || !name)
		env_problem(env, "JCI_IMAGE", "%s", err.message ? err.message : _("is empty"));
}

static void read_docker_host(struct runner_settings *s, struct env *env)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_docker_host struct docker_host host = DOCKER_HOST_INIT;

	s->docker_host = or (env_text(env, "DOCKER_HOST"), "unix:///var/run/docker.sock");
	if (docker_host_parse(&host, s->docker_host, &err) < 0)
		env_problem(env, "DOCKER_HOST", "%s", err.message);
}

static void read_keep_age(struct runner_settings *s, struct env *env)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	const char *value = env_text(env, "JCI_KEEP_AGE");

	s->keep_us = 7 * day;
	if (value && duration_parse_age(value, &s->keep_us, &err) < 0)
		env_problem(env, "JCI_KEEP_AGE", "%s", err.message);
}

void runner_settings_read(struct runner_settings *s, struct env *env)
{
	static const char *const formats[] = {"text", "json", NULL};

	s->server = read_server(env);
	s->secret = or (env_need_secret(env, "JCI_RUNNER_SECRET"), "");
	if (s->secret[strcspn(s->secret, "\r\n")])
		env_problem(env, "JCI_RUNNER_SECRET", _("has more than one line"));
	s->ca_file = env_text(env, "JCI_CA");
	if (s->ca_file && access(s->ca_file, R_OK) < 0)
		env_problem(env, "JCI_CA", _("cannot read '%s'"), s->ca_file);
	s->db = or (env_state_file(env, "JCI_RUNNER_DB", "runner.db"), "");
	s->name = read_name(env);
	s->labels = env_text(env, "JCI_RUNNER_LABELS");
	read_images(s, env);
	s->network = env_text(env, "JCI_NETWORK");
	s->bundle = env_text(env, "JCI_BUNDLE");
	read_docker_host(s, env);
	s->memory = read_memory(env);
	s->nano_cpus = read_cpus(env);
	s->pids = env_int(env, "JCI_PIDS", 4096, 1, INT32_MAX);
	s->slots = (int)env_int(env, "JCI_SLOTS", 0, 1, MAX_SLOTS);
	s->poll_us = env_duration(env, "JCI_POLL_INTERVAL", 5 * second);
	s->grace_us = env_duration(env, "JCI_GRACE", 30 * second);
	s->reap_us = env_duration(env, "JCI_REAP_INTERVAL", 60 * second);
	s->keep = (int)env_int(env, "JCI_KEEP", 20, 0, MAX_KEEP);
	read_keep_age(s, env);
	s->log.fd = 2;
	s->log.json = env_word(env, "JCI_LOG_FORMAT", formats) == 1;
}
