/* Whether the database takes what is written. */
#include "server/queuepriv.h"

/* A page that is changed and changed back goes to the disk all the same. */
static int write_and_undo(struct queue *queue, struct jci_error *err)
{
	if (queue_tell(queue, "REPLACE INTO skipped (repository, commit_id) VALUES ('', '')",
		       DB_NONE, err) < 0)
		return err->code;
	return queue_tell(queue, "DELETE FROM skipped WHERE repository = '' AND commit_id = ''",
			  DB_NONE, err);
}

int queue_check(struct queue *queue, struct jci_error *err)
{
	if (queue_begin(queue, err) < 0)
		return err->code;
	return queue_end(queue, write_and_undo(queue, err), err);
}
