"""Catalogues, for tests/t0200-translations.sh.

check.py texts PO...   each translation keeps what a program or a user types: options, commands,
                           variables, placeholders of the page, and the blanks around the text.
                           What doesn't is printed; then the status is 1.
check.py columns FILE      each row of the screen has its separators at the same columns as the others,
                           counted as the C library does; prints the columns.
"""

import ctypes
import locale
import re
import sys

import polib

KEPT = [
    r'--[a-z][a-z-]+',                      # options
    r'(?<![\w-])-[A-Za-z](?![\w-])',
    r'git jci [a-z]+',
    r'git-jci(?:-[a-z]+)?\(\d\)',           # manual pages
    r'\b(?:JCI|GITEA|GIT|DOCKER)_[A-Z_]+',  # variables
    r'\$[A-Z_]+',
    r'\{[a-z]+\}',                          # placeholders of the page
    r'\bjci\.[a-zA-Z]+',                    # configuration
    r'\.jci/[a-z.]*[a-z]',                       # files
    r'refs/[a-z/*-]+',
]

# Columns of lists have room for so much (src/core/record.c).
NARROW = {word: 9 for word in 'ok err running passed failed timeout cancelled killed lost'.split()}


def wcswidth(text):
    """As the C library counts columns, and so curses."""
    function = ctypes.CDLL(None).wcswidth
    function.argtypes = [ctypes.c_wchar_p, ctypes.c_size_t]
    return function(text, len(text))


def edges(text):
    return re.match(r'\s*', text).group(), re.search(r'\s*$', text).group()


def faults(original, translation):
    for pattern in KEPT:
        wanted = sorted(re.findall(pattern, original))
        got = sorted(re.findall(pattern, translation))
        if set(wanted) != set(got):
            yield f'{wanted} became {got}'
    if edges(original)[0].count('\n') != edges(translation)[0].count('\n') or \
            edges(original)[1].count('\n') != edges(translation)[1].count('\n'):
        yield 'other newlines around it'
    if any(was and not now for was, now in zip(edges(original), edges(translation))):
        yield 'no blanks around it'
    if wcswidth(translation) > NARROW.get(original, sys.maxsize):
        yield f'more than {NARROW[original]} columns'
    if any(ord(c) < 32 and c not in '\n\t' or 127 <= ord(c) < 160 for c in translation):
        yield 'a control character'


def check_texts(names):
    wrong = 0
    for name in names:
        for entry in polib.pofile(name):
            forms = entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]
            for form in forms:
                for fault in faults(entry.msgid_plural or entry.msgid, form):
                    print(f'{name}: {entry.msgid!r}: {form!r}: {fault}')
                    wrong += 1
    return wrong != 0


def check_columns(name):
    with open(name, encoding='utf-8') as lines:
        rows = [line.rstrip('\n') for line in lines if '│' in line]
    places = {tuple(wcswidth(row[:m.start()]) for m in re.finditer('│', row))
              for row in rows}
    for row in rows if len(places) != 1 else []:
        print(row)
    print(len(rows), sorted(places))
    return len(places) != 1


if __name__ == '__main__':
    locale.setlocale(locale.LC_ALL, '')
    command, *arguments = sys.argv[1:]
    sys.exit({'texts': check_texts, 'columns': lambda a: check_columns(a[0])}[command](arguments))
