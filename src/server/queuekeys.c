/* Deploy keys at Gitea. */
#include <stdlib.h>

#include "server/queuepriv.h"
#include "util/alloc.h"

static int key_to_delete(struct queue *queue, struct key_ref *key, struct jci_error *err)
{
	struct db_row *row = queue_ask(queue,
				       "SELECT repository, id FROM keys INDEXED BY keys_unused "
				       "WHERE secret IS NULL AND id > ? ORDER BY id LIMIT 1",
				       DB_VALUES(DB_INT(queue->key_cursor)), err);
	int code = db_next(row, err);

	queue->key_cursor = code > 0 ? db_int(row, 1) : 0;
	if (code > 0)
		*key = (struct key_ref){xstrdup(db_text(row, 0)), db_int(row, 1)};
	db_end(row);
	return code;
}

int queue_key_to_delete(struct queue *queue, struct key_ref *key, struct jci_error *err)
{
	*key = (struct key_ref){0};
	if (queue_begin(queue, err) < 0)
		return err->code;
	return queue_end(queue, key_to_delete(queue, key, err), err);
}

int queue_key_gone(struct queue *queue, const struct key_ref *key, struct jci_error *err)
{
	if (queue_begin(queue, err) < 0)
		return err->code;
	return queue_end(queue,
			 queue_tell(queue, "DELETE FROM keys WHERE repository = ? AND id = ?",
				    DB_VALUES(DB_TEXT(key->repository), DB_INT(key->id)), err),
			 err);
}

int queue_key_is_used(struct queue *queue, const struct key_ref *key, bool *used,
		      struct jci_error *err)
{
	int code;

	if (queue_begin(queue, err) < 0)
		return err->code;
	code = queue_ask_exists(queue,
				"SELECT 1 FROM keys WHERE repository = ? AND id = ? "
				"AND secret IS NOT NULL",
				DB_VALUES(DB_TEXT(key->repository), DB_INT(key->id)), err);
	*used = code > 0;
	return queue_end(queue, code < 0 ? code : 0, err);
}
