"""What the stand-in knows, in a SQLite file: all of it is still there after a kill -9.

Writes are flushed to the operating system, not to the disk: a test kills processes, not machines.
"""

import contextlib
import sqlite3
import threading

SCHEMA = '''
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS repo (
    id INTEGER PRIMARY KEY, owner TEXT, name TEXT, private INT, permission TEXT,
    created TEXT, updated TEXT, UNIQUE (owner, name));
CREATE TABLE IF NOT EXISTS status (
    id INTEGER PRIMARY KEY, repo INT, sha TEXT, state TEXT, target_url TEXT, description TEXT,
    context TEXT, creator TEXT, created TEXT, at REAL);
CREATE INDEX IF NOT EXISTS status_of ON status (repo, sha);
CREATE TABLE IF NOT EXISTS deploy_key (
    id INTEGER PRIMARY KEY AUTOINCREMENT, repo INT, title TEXT, key TEXT, fingerprint TEXT,
    read_only INT, created TEXT, UNIQUE (repo, key));
CREATE TABLE IF NOT EXISTS pull (
    id INTEGER PRIMARY KEY, repo INT, number INT, title TEXT, base TEXT, head TEXT, sha TEXT,
    state TEXT, created TEXT, updated TEXT, UNIQUE (repo, number));
-- A push whose webhooks are in `delivery`, by the name of its file (hooks.py).
CREATE TABLE IF NOT EXISTS push (name TEXT PRIMARY KEY);
-- status: of the answer, 0 when there was none; NULL while it waits to be sent.
CREATE TABLE IF NOT EXISTS delivery (
    id INTEGER PRIMARY KEY, uuid TEXT, event TEXT, body TEXT, status INT, detail TEXT);
CREATE TABLE IF NOT EXISTS request (
    id INTEGER PRIMARY KEY, at REAL, method TEXT, path TEXT, user TEXT, status INT);
'''


class Store:
    """One connection for all threads; each statement is on disk when it returns."""

    def __init__(self, path):
        self.lock = threading.RLock()
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.db.row_factory = sqlite3.Row
        self.db.execute('PRAGMA journal_mode = WAL')
        self.db.execute('PRAGMA synchronous = OFF')
        self.db.executescript(SCHEMA)

    def rows(self, sql, *values):
        with self.lock:
            return self.db.execute(sql, values).fetchall()

    def row(self, sql, *values):
        """The first row, or None."""
        return next(iter(self.rows(sql, *values)), None)

    def run(self, sql, *values):
        """Returns the id of the row it inserted."""
        with self.lock:
            return self.db.execute(sql, values).lastrowid

    @contextlib.contextmanager
    def transaction(self):
        """All that is run within it, or nothing."""
        with self.lock:
            self.db.execute('BEGIN IMMEDIATE')
            try:
                yield
            except BaseException:
                self.db.execute('ROLLBACK')
                raise
            self.db.execute('COMMIT')

    def get(self, name, default=None):
        found = self.row('SELECT value FROM setting WHERE name = ?', name)
        return found['value'] if found else default

    def set(self, name, value):
        self.run('INSERT INTO setting VALUES (?, ?)'
                 ' ON CONFLICT (name) DO UPDATE SET value = excluded.value', name, value)
