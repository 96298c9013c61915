/* What web/logs.c and web/follow.c share: a log that is open. */
#ifndef JCI_WEB_LOGSPRIV_H
#define JCI_WEB_LOGSPRIV_H

#include <pthread.h>

#include "web/logs.h"

/* Some bytes of a log as they are sent to all followers (web/follow.c). */
struct web_frame {
	int refs;
	uint64_t begin, end; /* of the bytes, in the log */
	size_t len;
	char text[];
};

/* The newest frames, one behind the other. */
struct web_frames {
	struct web_frame **items;
	size_t n, cap;
	uint64_t bytes; /* of the log, in all of them */
	uint64_t end;   /* the next one begins here */
};

enum web_log_state { WEB_LOG_OPENING, WEB_LOG_FAILED, WEB_LOG_GROWS, WEB_LOG_ENDED, WEB_LOG_LOST };

struct web_log {
	struct web_logs *logs;
	struct web_log *next; /* the one used before; under the lock of logs */
	unsigned users;       /* under that lock too */
	bool retired;         /* and this: whoever asks now gets another */
	struct jci_ref key;
	bool stored; /* when it was opened */

	pthread_mutex_t lock; /* held for moments: for all below but what has its own */
	pthread_cond_t changed;
	enum web_log_state state;
	struct jci_error error;
	struct jci_record run; /* from WEB_LOG_ENDED on as it was stored */
	int fd;                /* doesn't change from WEB_LOG_GROWS on */
	uint64_t size, full_size;
	bool complete; /* all bytes are there */
	bool indexed;  /* marks are worth waiting for no longer */
	struct web_marks *marks;
	struct web_times *times;

	struct web_frames frames;
	struct follower *followers;
	unsigned beats; /* how often a sign of life was due */

	pthread_mutex_t update; /* held while files are read; taken before `lock` */
	struct jci_log_count count;
	uint64_t marks_size, times_size; /* of the log, when they were made */
	int64_t marks_us, times_us;
	bool marks_final, times_final;

	struct web_log_watch watch;
};

/* One more; web_log_release() when he is gone. */
void web_log_add_user(struct web_log *log);
/* (Under log->lock.) There are more bytes, or it ended. */
void web_followers_tell(struct web_log *log);
void web_frames_release(struct web_frames *frames);

#endif
