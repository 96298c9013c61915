-- The server's database (queue.h), made by queue_open(). Times are microseconds since 1970, for
-- display alone: a clock that jumps does no harm. Names of states and reasons are those of job.c.

CREATE TABLE repositories (
	name TEXT PRIMARY KEY,
	looked_at INTEGER NOT NULL DEFAULT 0 -- by the catch-up
) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (
	id INTEGER PRIMARY KEY,
	attempt INTEGER NOT NULL DEFAULT 1,
	state TEXT NOT NULL DEFAULT 'pending'
		CHECK (state IN ('pending', 'assigned', 'exited', 'done')),
	reason TEXT, -- of one that is done, or that it shall end with (cancelled)
	prepared INTEGER NOT NULL DEFAULT 0,
	cancelled INTEGER NOT NULL DEFAULT 0, -- the runner shall stop it
	repository TEXT NOT NULL,
	ref TEXT NOT NULL,
	commit_id TEXT NOT NULL,
	cause TEXT NOT NULL, -- the job's trigger
	pull INTEGER NOT NULL DEFAULT 0,
	run_id TEXT NOT NULL UNIQUE, -- of this attempt
	labels TEXT,
	image TEXT,
	key_id INTEGER, -- of table keys
	runner TEXT,
	runner_name TEXT,
	exit_reason TEXT,
	exit_status INTEGER NOT NULL DEFAULT 0,
	detail TEXT,
	created_us INTEGER NOT NULL,
	assigned_us INTEGER NOT NULL DEFAULT 0,
	ended_us INTEGER NOT NULL DEFAULT 0,
	CHECK (state IN ('pending', 'done') OR runner IS NOT NULL),
	CHECK (state <> 'done' OR reason IS NOT NULL)
) STRICT;
CREATE INDEX jobs_ref ON jobs (repository, ref);
CREATE INDEX jobs_commit ON jobs (commit_id);
CREATE INDEX jobs_live ON jobs (repository, ref) WHERE state <> 'done';

-- Where each branch was when last heard of. A newer push has a larger number.
CREATE TABLE heads (
	repository TEXT NOT NULL,
	ref TEXT NOT NULL,
	commit_id TEXT NOT NULL,
	before TEXT NOT NULL, -- the commit before; '': none that is known
	source TEXT NOT NULL CHECK (source IN ('push', 'pull_request', 'catch-up')),
	number INTEGER NOT NULL,
	PRIMARY KEY (repository, ref)
) STRICT, WITHOUT ROWID;

-- Commits whose message asked for no CI.
CREATE TABLE skipped (
	repository TEXT NOT NULL,
	commit_id TEXT NOT NULL,
	PRIMARY KEY (repository, commit_id)
) STRICT, WITHOUT ROWID;

-- Webhooks of the last 30 days, by their body's SHA-256 and by the id in their header.
CREATE TABLE deliveries (
	id INTEGER PRIMARY KEY,
	digest BLOB NOT NULL UNIQUE,
	delivery TEXT,
	kind INTEGER NOT NULL,
	received_us INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX deliveries_delivery ON deliveries (delivery, kind)
	WHERE delivery IS NOT NULL;

-- Commit statuses. Those that were sent are removed, but for the final ones: of these a job has
-- exactly one.
CREATE TABLE outbox (
	id INTEGER PRIMARY KEY AUTOINCREMENT, -- what was tried is remembered by it
	job INTEGER NOT NULL REFERENCES jobs (id),
	kind TEXT NOT NULL CHECK (kind IN ('queued', 'running', 'final')),
	state TEXT NOT NULL CHECK (state IN ('pending', 'success', 'failure', 'error')),
	description TEXT NOT NULL,
	phase TEXT NOT NULL DEFAULT 'waiting'
		CHECK (phase IN ('waiting', 'sending', 'sent', 'refused')),
	uncertain INTEGER NOT NULL DEFAULT 0,
	tries INTEGER NOT NULL DEFAULT 0,
	due_us INTEGER NOT NULL,
	why TEXT -- it failed the last time
) STRICT;
CREATE UNIQUE INDEX outbox_final ON outbox (job) WHERE kind = 'final';
CREATE INDEX outbox_open ON outbox (job) WHERE phase IN ('waiting', 'sending');
CREATE INDEX outbox_due ON outbox (due_us) WHERE phase = 'waiting';

-- Deploy keys at Gitea. One without its secret is done with, and to be deleted there.
CREATE TABLE keys (
	repository TEXT NOT NULL,
	id INTEGER NOT NULL,
	job INTEGER NOT NULL REFERENCES jobs (id),
	secret TEXT,
	url TEXT, -- to clone from by SSH
	PRIMARY KEY (repository, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX keys_job ON keys (job);
CREATE INDEX keys_unused ON keys (id) WHERE secret IS NULL;

CREATE TABLE runners (
	id TEXT PRIMARY KEY,
	name TEXT NOT NULL,
	version TEXT NOT NULL,
	labels TEXT NOT NULL, -- separated by blanks
	first_seen_us INTEGER NOT NULL,
	last_seen_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
