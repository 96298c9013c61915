#include "web/kind.h"

#include <fnmatch.h>
#include <string.h>

#include <git2.h>

#include "util/alloc.h"

#define TEXT "text/plain; charset=utf-8"

static const struct web_kind link_kind = {"link", TEXT, true};
static const struct web_kind text_kind = {"text", TEXT, true};
static const struct web_kind binary_kind = {"binary", "application/octet-stream", false};

/* Patterns of fnmatch(3) for the last part of the path, in any case; the first that fits counts. */
static const struct {
	const char *pattern;
	struct web_kind kind;
} kinds[] = {
	{"run.output.txt", {"log", TEXT, true}},
	{"*.log", {"log", TEXT, true}},
	{"*.tap", {"tap", TEXT, true}},
	{"*junit*.xml", {"junit", TEXT, true}},
	{"test-*.xml", {"junit", TEXT, true}},
	{"*.md", {"markdown", TEXT, true}},
	{"*.markdown", {"markdown", TEXT, true}},
	{"*.html", {"html", "text/html; charset=utf-8", true}},
	{"*.htm", {"html", "text/html; charset=utf-8", true}},
	{"*.svg", {"image", "image/svg+xml", true}},
	{"*.png", {"image", "image/png", true}},
	{"*.jpg", {"image", "image/jpeg", true}},
	{"*.jpeg", {"image", "image/jpeg", true}},
	{"*.gif", {"image", "image/gif", true}},
	{"*.webp", {"image", "image/webp", true}},
	{"*.avif", {"image", "image/avif", true}},
	{"*.bmp", {"image", "image/bmp", true}},
	{"*.ico", {"image", "image/x-icon", true}},
	/* what an HTML report is made of */
	{"*.css", {"text", "text/css; charset=utf-8", true}},
	{"*.js", {"text", "text/javascript; charset=utf-8", true}},
	{"*.mjs", {"text", "text/javascript; charset=utf-8", true}},
	{"*.json", {"text", "application/json", true}},
};

/* Of all other names, those that end so are text. */
static const char *const text_ends[] = {
	"txt",    "text",  "xml",  "csv",   "tsv",  "yml",  "yaml",       "toml",  "ini",
	"cfg",    "conf",  "diff", "patch", "sh",   "bash", "py",         "rb",    "pl",
	"c",      "h",     "cc",   "cpp",   "hpp",  "rs",   "go",         "java",  "kt",
	"ts",     "tsx",   "jsx",  "lua",   "sql",  "out",  "err",        "rst",   "tex",
	"info",   "gcov",  "mk",   "am",    "ac",   "m4",   "in",         "trs",   "list",
	"timing", "index", "awk",  "env",   "lock", "sum",  "properties", "jsonl", "ndjson",
};

const struct web_kind *web_kind_of(const char *path, unsigned mode)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const char *dot = strrchr(name, '.');

	if (mode == GIT_FILEMODE_LINK)
		return &link_kind;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (fnmatch(kinds[i].pattern, name, FNM_CASEFOLD) == 0)
			return &kinds[i].kind;
	if (!dot || dot == name) /* README, .profile */
		return &text_kind;
	for (size_t i = 0; i < ARRAY_SIZE(text_ends); i++)
		if (strcasecmp(dot + 1, text_ends[i]) == 0)
			return &text_kind;
	return &binary_kind;
}
