/*
 * What is known of a run: `.jci/run.json` of its tree and, for lists, the trailers of its commit's
 * message (git-jci-format(5)).
 */
#ifndef JCI_CORE_RECORD_H
#define JCI_CORE_RECORD_H

#include "core/refs.h"
#include "util/json.h"

enum jci_status {
	JCI_STATUS_NONE, /* not known, or no run */
	JCI_STATUS_OK,
	JCI_STATUS_ERR,
	JCI_STATUS_RUNNING,
	JCI_STATUS_LOST, /* was running, its process is gone; never stored */
};

enum jci_reason {
	JCI_REASON_NONE,
	JCI_REASON_PASSED,
	JCI_REASON_FAILED,
	JCI_REASON_TIMEOUT,
	JCI_REASON_CANCELLED,
	JCI_REASON_KILLED,
	JCI_REASON_LOST,
};

/* The words of the format: "ok", "err", ...; "passed", ...: not translated. "" for NONE. */
const char *jci_status_name(enum jci_status status);
const char *jci_reason_name(enum jci_reason reason);
/* One character for lists, of ASCII or, if the terminal has it, of UTF-8; "" for NONE. */
const char *jci_status_mark(enum jci_status status, bool utf8);
enum jci_status jci_status_parse(const char *s, size_t len);
enum jci_reason jci_reason_parse(const char *s);

/* Something in the output folder that is not among the artifacts as the script left it. */
struct jci_left_out {
	char *path; /* bytes, relative to the output folder */
	char *why;  /* one of the format's words: "socket", "fifo", "device", "git", "unreadable",
		       "changed", "depth", "replaced" (a file of ours has that name) */
};

struct jci_record {
	struct jci_ref ref; /* target: zero until it is stored */
	git_oid tree;       /* of the tested commit; zero where it is not known */
	enum jci_status status;
	enum jci_reason reason;
	int64_t start_us, end_us;       /* UTC; end_us 0 while it runs */
	int64_t duration_us;            /* by the monotonic clock; -1: not known */
	int exit_status;                /* -1: none (a signal, or not known) */
	int signal;                     /* that ended the script; 0: none */
	bool dirty;                     /* the work tree was not what the commit holds */
	int64_t timeout_us;             /* 0: none */
	char *branch;                   /* NULL: none */
	char *trigger, *host, *program; /* NULL: not known */
	uint64_t log_bytes, log_lines;
	struct jci_left_out *left_out;
	size_t n_left_out, cap_left_out;
	bool full;    /* made here or read from run.json, not from trailers alone */
	bool foreign; /* stored by the Go program: no .jci/ in its tree */
	/* While it is live only: */
	char *output_dir; /* where the script leaves its artifacts */
	char *worktree;   /* temporary work tree, NULL: the user's own */
};

/* The word for people: its reason if there is one, else its status; translated. */
const char *jci_record_word(const struct jci_record *r);

void jci_record_init(struct jci_record *r);
void jci_record_release(struct jci_record *r);
#define cleanup_record cleanup(jci_record_release)
/* `to`, initialised, becomes equal to `from`. */
void jci_record_copy(struct jci_record *to, const struct jci_record *from);

/* Whether it has a ref: a live run has none yet. */
static inline bool jci_record_is_stored(const struct jci_record *r)
{
	return !git_oid_is_zero(&r->ref.target);
}

void jci_record_left_out(struct jci_record *r, const char *path, const char *why);

/*
 * run.json, of a record that is not full without the members that are not known; `live` adds those
 * that only the live registry has.
 */
cJSON *jci_record_to_json(const struct jci_record *r, bool live);
/* Untrusted: wrong types are taken as absent, a wrong format is JCI_EINVALID. */
int jci_record_from_json(struct jci_record *r, const char *text, size_t len, struct jci_error *err);

/* Message of the run's commit, with its trailers. */
void jci_record_message(struct strbuf *sb, const struct jci_record *r);

/*
 * Fill r for the ref. The first reads one object (the run's commit); of the Go program's runs,
 * which have no trailers, status.txt too. The second reads run.json as well.
 */
int jci_record_read(const struct jci_repo *repo, const struct jci_ref *ref, struct jci_record *r,
		    struct jci_error *err);
int jci_record_read_full(const struct jci_repo *repo, const struct jci_ref *ref,
			 struct jci_record *r, struct jci_error *err);

/*
 * Whether what the ref points to is a run, and the one of its name: JCI_EINVALID says what is
 * wrong. For what came from others, before it is shown: all that the record has is in small files
 * of the right form, says the same in each place, and is about this commit and run id.
 */
int jci_record_check(const struct jci_repo *repo, const struct jci_ref *ref, struct jci_error *err);

#endif
