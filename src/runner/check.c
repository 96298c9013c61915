/* git jci runner --check. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "runner/bundle.h"
#include "runner/image.h"
#include "runner/runnerpriv.h"
#include "util/alloc.h"
#include "util/gettext.h"

struct checker {
	const struct runner_settings *set;
	void (*told)(void *ctx, bool right, const char *line);
	void *ctx;
	int wrong;
};

static void tell(struct checker *c, bool right, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static void tell(struct checker *c, bool right, const char *fmt, ...)
{
	cleanup_strbuf struct strbuf line = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&line, fmt, ap);
	va_end(ap);
	c->wrong += !right;
	c->told(c->ctx, right, line.buf);
}

/* ---- this host ---- */

static void check_image(struct checker *c, struct docker *docker)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_free char *image = NULL;
	int code;

	if (image_parse(&image, c->set->image, &err) < 0 || !image)
		return; /* which is told already */
	code = docker_image_find(docker, image, &err);
	if (code == 0)
		tell(c, true, _("the image '%s' is there"), image);
	else if (code == JCI_ENOTFOUND)
		tell(c, true, _("the image '%s' is not there yet; the first job will pull it"),
		     image);
	else
		tell(c, false, "%s", err.message);
}

static void check_docker(struct checker *c)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_docker_host struct docker_host host = DOCKER_HOST_INIT;
	cleanup_docker struct docker *docker = NULL;
	cleanup_env struct env env = ENV_INIT;

	if (docker_host_parse(&host, c->set->docker_host, &err) < 0)
		return; /* which is told already */
	runner_open_docker(&docker, c->set, &host, &env);
	if (env_end(&env, &err) < 0)
		tell(c, false, "%s", err.message);
	if (!docker)
		return;
	tell(c, true, _("Docker %s is at '%s'"), docker_version(docker), c->set->docker_host);
	check_image(c, docker);
}

static void check_bundle(struct checker *c)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_free char *folder = NULL;

	if (bundle_find(&folder, c->set->bundle, &err) < 0)
		tell(c, false, "JCI_BUNDLE: %s", err.message);
	else
		tell(c, true, _("the bundle is '%s'"), folder);
}

/* A runner that has it open is one that works with it. Nothing is made: this may be another user.
 */
static void check_store(struct checker *c)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_runner_store struct runner_store *store = NULL;
	int code;

	if (!*c->set->db)
		return;
	if (access(c->set->db, F_OK) < 0 && errno == ENOENT) {
		tell(c, true, _("this runner is '%s', and new: its first start makes '%s'"),
		     c->set->name, c->set->db);
		return;
	}
	code = runner_store_open(&store, c->set->db, &err);
	if (code == 0)
		tell(c, true, _("this runner is '%s' (%s)"), c->set->name,
		     runner_store_uuid(store));
	else if (code == JCI_EBUSY)
		tell(c, true, _("a runner works with '%s' now"), c->set->db);
	else
		tell(c, false, "JCI_RUNNER_DB: %s", err.message);
}

/* ---- the server ---- */

/*
 * A poll with nothing in it is wrong, and says so (400), but only to who has the secret: nobody is
 * registered by it, and no job is given out.
 */
static void check_server(struct checker *c)
{
	cleanup_http_client struct http_client *client = NULL;
	cleanup_http_answer struct http_answer answer = HTTP_ANSWER_INIT;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_free char *url = xasprintf("%s/poll", c->set->server);
	cleanup_free char *bearer = xasprintf("Authorization: Bearer %s", c->set->secret);
	const char *headers[] = {bearer, "Content-Type: application/json", NULL};
	const struct http_call call = {.method = "POST",
				       .url = url,
				       .ca_file = c->set->ca_file,
				       .headers = headers,
				       .body = "{}",
				       .body_len = 2,
				       .timeout_us = INT64_C(30) * 1000 * 1000};

	if (!*c->set->server || !*c->set->secret)
		return;
	if (http_client_new(&client, &err) < 0 || http_call(client, &call, &answer, &err) < 0)
		tell(c, false, "JCI_SERVER: %s", err.message);
	else if (answer.status == 400)
		tell(c, true, _("the server at '%s' takes the secret"), c->set->server);
	else if (answer.status == 401 || answer.status == 403)
		tell(c, false,
		     _("JCI_RUNNER_SECRET: '%s' refuses it; it has to be the same here and there"),
		     c->set->server);
	else
		tell(c, false,
		     _("JCI_SERVER: '%s' is no git-jci server: it answers a poll with status %u"),
		     c->set->server, answer.status);
}

int runner_check(const struct runner_settings *s,
		 void (*told)(void *ctx, bool right, const char *line), void *ctx)
{
	struct checker c = {s, told, ctx, 0};

	check_docker(&c);
	check_bundle(&c);
	check_store(&c);
	check_server(&c);
	return c.wrong;
}
