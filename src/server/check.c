/* Whether the configuration works with this Gitea; each fact is a line for `server check`. */
#include "server/server.h"

#include <string.h>

#include "server/allow.h"
#include "server/request.h"
#include "util/alloc.h"
#include "util/gettext.h"

struct check {
	const struct server_options *options;
	struct gitea *gitea;
	void (*told)(void *ctx, bool right, const char *line);
	void *ctx;
	int wrong;
	bool any; /* repository was looked at */
	struct jci_error *err;
};

static void tell(struct check *c, bool right, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static void tell(struct check *c, bool right, const char *fmt, ...)
{
	cleanup_strbuf struct strbuf line = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&line, fmt, ap);
	va_end(ap);
	c->wrong += !right;
	c->told(c->ctx, right, line.buf);
}

/* ---- Gitea ---- */

/* False: nothing further can be asked. */
static bool check_gitea(struct check *c)
{
	const struct gitea_options *o = &c->options->gitea;
	cleanup_free char *version = NULL;

	if (gitea_version(c->gitea, &version, c->err) < 0) {
		tell(c, false, _("Gitea at %s: %s; look at GITEA_HOST"), o->url, c->err->message);
		return false;
	}
	tell(c, true, _("Gitea at %s: version %s"), o->url, version);
	if (server_verify_user(c->gitea, o, c->err) < 0) {
		tell(c, false,
		     _("%s; make a token as '%s' at %s/user/settings/applications and set "
		       "GITEA_TOKEN"),
		     c->err->message, o->user, o->url);
		return false;
	}
	tell(c, true, _("the token is that of '%s'"), o->user);
	return true;
}

/* ---- repositories ---- */

static void check_rights(struct check *c, const char *name, const struct gitea_repository *r)
{
	const bool right = c->options->deploy_keys ? r->admin : r->push;

	if (right)
		tell(c, true, _("%s: '%s' may do what it has to"), name, c->options->gitea.user);
	else
		tell(c, false,
		     c->options->deploy_keys
			     ? _("%s: '%s' may not make deploy keys; give it administrator access "
				 "at %s/%s/settings/collaboration")
			     : _("%s: '%s' may not push; give it write access at "
				 "%s/%s/settings/collaboration"),
		     name, c->options->gitea.user, c->options->gitea.url, name);
}

/* Only an administrator of the repository may list its webhooks. */
static void check_webhook(struct check *c, const char *name, bool admin)
{
	bool has = false;

	if (!admin) {
		tell(c, true,
		     _("%s: its webhooks are not shown to '%s'; look yourself at "
		       "%s/%s/settings/hooks"),
		     name, c->options->gitea.user, c->options->gitea.url, name);
		return;
	}
	if (gitea_has_webhook(c->gitea, name, "/webhook", &has, c->err) < 0) {
		tell(c, false, _("%s: cannot look at its webhooks: %s"), name, c->err->message);
		jci_error_clear(c->err);
	} else if (has) {
		tell(c, true, _("%s: has a webhook"), name);
	} else {
		tell(c, false,
		     _("%s: has no active webhook whose URL ends with /webhook; add one at "
		       "%s/%s/settings/hooks"),
		     name, c->options->gitea.url, name);
	}
}

static void tell_unseen(struct check *c, const char *name)
{
	const struct gitea_options *o = &c->options->gitea;

	if (c->err->code == JCI_ENOTFOUND)
		tell(c, false,
		     _("%s: '%s' cannot see it; make it a collaborator at "
		       "%s/%s/settings/collaboration"),
		     name, o->user, o->url, name);
	else
		tell(c, false, "%s: %s", name, c->err->message);
	jci_error_clear(c->err);
}

static int check_repository(void *ctx, const char *name)
{
	struct check *c = ctx;
	struct gitea_repository r = {0};

	c->any = true;
	if (gitea_repository(c->gitea, name, &r, c->err) < 0) {
		tell_unseen(c, name);
		return 0;
	}
	check_rights(c, name, &r);
	check_webhook(c, name, r.admin);
	if (c->options->deploy_keys && !r.ssh_url)
		tell(c, false, _("%s: Gitea offers no SSH; set JCI_JOB_CREDENTIALS=token"), name);
	gitea_repository_release(&r);
	return 0;
}

/* ---- the database ---- */

/* Those that it knows, and were not named already. */
static void check_known(struct check *c, struct queue *queue)
{
	cleanup_name_list struct name_list list = {0};

	if (queue_repositories(queue, &list, c->err) < 0) {
		tell(c, false, "%s", c->err->message);
		jci_error_clear(c->err);
		return;
	}
	for (size_t i = 0; c->gitea && i < list.n; i++)
		if (allow_has(c->options->repositories, list.names[i]) &&
		    !allow_is_name(c->options->repositories, list.names[i]))
			check_repository(c, list.names[i]);
}

static void check_database(struct check *c, bool gitea)
{
	const char *path = c->options->queue.path;
	struct queue *queue = NULL;

	if (queue_open(&queue, &c->options->queue, c->err) < 0) {
		const bool busy = c->err->code == JCI_EBUSY;

		if (busy)
			tell(c, true, _("the database '%s' is in use by a server that runs"), path);
		else
			tell(c, false, _("the database: %s; look at JCI_DB"), c->err->message);
		jci_error_clear(c->err);
		return;
	}
	if (queue_check(queue, c->err) < 0) {
		tell(c, false, _("the database cannot be written: %s"), c->err->message);
		jci_error_clear(c->err);
	} else {
		tell(c, true, _("the database '%s' can be written"), path);
	}
	if (gitea)
		check_known(c, queue);
	queue_close(queue);
}

int server_check(const struct server_options *options,
		 void (*told)(void *ctx, bool right, const char *line), void *ctx,
		 struct jci_error *err)
{
	cleanup_gitea struct gitea *gitea = NULL;
	struct check c = {.options = options, .told = told, .ctx = ctx, .err = err};
	bool reached;

	if (gitea_new(&gitea, &options->gitea, err) < 0)
		return err->code;
	c.gitea = gitea;
	reached = check_gitea(&c);
	jci_error_clear(err);
	if (reached)
		allow_names(options->repositories, check_repository, &c);
	check_database(&c, reached);
	if (reached && !c.any)
		tell(&c, true,
		     _("no repository is known yet; name some in JCI_REPOSITORIES to have them "
		       "checked"));
	return c.wrong;
}
