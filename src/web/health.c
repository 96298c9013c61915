/* /healthz: for whoever watches over the server. */
#include "core/repo.h"
#include "web/respond.h"
#include "web/routes.h"

static int respond_plain(struct web_request *rq, unsigned status, const char *text)
{
	const struct web_answer answer = {.status = status, .type = "text/plain; charset=utf-8"};

	return respond_text(rq, &answer, text, strlen(text));
}

/* Opened anew: the handles that are there may outlive the repository. */
int serve_health(struct web_request *rq)
{
	cleanup_repo struct jci_repo repo = JCI_REPO_INIT;
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_strbuf struct strbuf why = STRBUF_INIT;
	git_odb *odb;

	if (jci_repo_open(&repo, &err) == 0) {
		if (git_repository_odb(&odb, repo.git) == 0) {
			git_odb_free(odb);
			return respond_plain(rq, 200, "ok\n");
		}
		jci_error_git(&err, JCI_EFAIL, "%s", repo.git_dir);
	}
	strbuf_addf(&why, "%s\n", err.message);
	return respond_plain(rq, 503, why.buf);
}
