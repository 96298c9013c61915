#include "web/strings.h"

#ifdef ENABLE_NLS
#include <langinfo.h>
#endif
#include <string.h>

#include "util/alloc.h"
#include "util/gettext.h"
#include "util/json.h"

/* Each t('...') of assets/, sorted; tests/t6400-web-page.sh tells what was forgotten. */
static const char *const texts[] = {
	N_("\"{name}\" is no text: {size} bytes."),
	N_("1 error"),
	N_("A symbolic link to \"{target}\"."),
	N_("About"),
	N_("Acting"),
	N_("After"),
	N_("All artifacts of the run"),
	N_("All commits"),
	N_("All files are the same."),
	N_("Artifacts"),
	N_("Before"),
	N_("Branch"),
	N_("Branch or tag"),
	N_("Branches and tags"),
	N_("CI did not run on this commit. To run it:"),
	N_("Change"),
	N_("Choose a branch or tag (b)"),
	N_("Choose a commit."),
	N_("Colours: as the system"),
	N_("Colours: dark"),
	N_("Colours: light"),
	N_("Commits"),
	N_("Compare"),
	N_("Compare with"),
	N_("Compare with another run"),
	N_("Copy"),
	N_("Copy link"),
	N_("Copy the address of this page"),
	N_("Copy the command"),
	N_("Copy the hash"),
	N_("Coverage"),
	N_("Duration"),
	N_("Failed"),
	N_("File"),
	N_("Files"),
	N_("Finding"),
	N_("Flaky"),
	N_("Fold"),
	N_("Fold or unfold all groups (C)"),
	N_("Follow"),
	N_("Host"),
	N_("In a log"),
	N_("It is empty."),
	N_("Keys"),
	N_("Keys (?)"),
	N_("Log"),
	N_("Match case"),
	N_("Moving"),
	N_("Name"),
	N_("Newest commits"),
	N_("No commit has that in its hash, message or author."),
	N_("No commit of this branch is like that."),
	N_("No commits yet."),
	N_("No runs of this commit. Run CI with \"git jci run {hash}\"."),
	N_("Nothing was printed yet."),
	N_("Only its beginning is shown; save it for all of it."),
	N_("Other"),
	N_("Panes"),
	N_("Parents:"),
	N_("Passed"),
	N_("Raw"),
	N_("Regular expression"),
	N_("Result"),
	N_("Results"),
	N_("Results of tests, or their text (M)"),
	N_("Run"),
	N_("Runs"),
	N_("Save"),
	N_("Search commits"),
	N_("Search commits by hash, message or author"),
	N_("Search in it"),
	N_("Started"),
	N_("Statistics"),
	N_("Statistics (S)"),
	N_("Statistics of {branch}"),
	N_("Stay at the end as the log grows (F)"),
	N_("Test"),
	N_("Tests"),
	N_("Tests that fail now and did not before: {count}"),
	N_("Tests that fail: {count}"),
	N_("Text"),
	N_("The browser can not show this picture."),
	N_("The highest bar is {top}; a cross is below those that failed."),
	N_("The logs are the same."),
	N_("The rest is not shown."),
	N_("The run has ended: {how}"),
	N_("There is more; search for something longer."),
	N_("There is no other run in the list."),
	N_("This run has no file \"{name}\"."),
	N_("Time stamps: none, clock, start, delta (T)"),
	N_("Times"),
	N_("To the last line (G)"),
	N_("To the match before (N)"),
	N_("To the next error (e)"),
	N_("To the next match (n)"),
	N_("Trend"),
	N_("Try again"),
	N_("Two runs compared"),
	N_("View"),
	N_("Which commits are shown"),
	N_("Which commits are shown (f)"),
	N_("With runs"),
	N_("Wrap"),
	N_("Wrap long lines (w)"),
	N_("added"),
	N_("by {trigger}"),
	N_("cancelled"),
	N_("changed"),
	N_("choose a branch or tag"),
	N_("choose which commits are shown"),
	N_("compare with the last green run before"),
	N_("compared with"),
	N_("copied: {text}"),
	N_("copy the hash, the run id, the path, or lines"),
	N_("copy the name of the run for \"git jci\""),
	N_("coverage {percent}"),
	N_("current"),
	N_("dirty work tree"),
	N_("error"),
	N_("error in line {line}"),
	N_("failed"),
	N_("files with results that were not read: {count}"),
	N_("fill the window with this pane, and back"),
	N_("fold or unfold all groups"),
	N_("fold or unfold the group at the cursor"),
	N_("from {older} to {newer}"),
	N_("go back"),
	N_("group \"{title}\""),
	N_("killed"),
	N_("line numbers on and off"),
	N_("line {line}"),
	N_("list test results (JUnit XML, TAP), and back"),
	N_("loading..."),
	N_("lost"),
	N_("no errors were found in the log"),
	N_("no green run before this one is in the list"),
	N_("no runs"),
	N_("none"),
	N_("not found"),
	N_("now"),
	N_("on {host}"),
	N_("one line down"),
	N_("one line up"),
	N_("one page down"),
	N_("one page up"),
	N_("open the artifact in a tab of its own"),
	N_("open the log of the run"),
	N_("open what is at the cursor"),
	N_("passed"),
	N_("remote"),
	N_("removed"),
	N_("results are not pushed yet"),
	N_("running"),
	N_("same"),
	N_("save the artifact"),
	N_("search in the log, or for commits"),
	N_("since the line before"),
	N_("since the start"),
	N_("skipped"),
	N_("statistics of the branch"),
	N_("stay at the end as the log grows"),
	N_("tag"),
	N_("text"),
	N_("the browser lets nothing be copied here"),
	N_("the newest {count} runs"),
	N_("the server answers with status {status}"),
	N_("the server does not answer; is it still running?"),
	N_("there is no run here"),
	N_("this commit"),
	N_("this help"),
	N_("time of day"),
	N_("time stamps: none, clock, start, delta"),
	N_("time stamps: {kind}"),
	N_("timed out"),
	N_("to the error before"),
	N_("to the first line"),
	N_("to the last line"),
	N_("to the match before"),
	N_("to the next error"),
	N_("to the next match"),
	N_("to the pane on the left, or scroll left"),
	N_("to the pane on the right, or scroll right"),
	N_("wrap long lines, or not"),
	N_("{at} of {total}"),
	N_("{count} errors"),
	N_("{count} more are in the text."),
	N_("{count} more are not listed."),
	N_("{count} of {total} commits"),
	N_("{count} runs"),
	N_("{covered} of {lines} lines"),
	N_("{median} in the median, {p95} at the 95th percentile"),
};

/* The catalogue's own marker of its language: a translator gives the tag, such as "pt-BR". */
#define ENGLISH N_("en")

const char *web_strings_language(void)
{
	return _(ENGLISH);
}

static void add_object(struct strbuf *sb)
{
	cleanup_json cJSON *object = cJSON_CreateObject();
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (strcmp(_(texts[i]), texts[i]) != 0)
			json_set_string(object, texts[i], _(texts[i]));
	json_print(&text, object, false);
	json_add_for_html(sb, text.buf, text.len);
}

void web_strings_add(struct strbuf *sb)
{
#ifdef ENABLE_NLS
	const char *now = bind_textdomain_codeset(PACKAGE, NULL);
	cleanup_free char *terminal = xstrdup(now ? now : nl_langinfo(CODESET));

	bind_textdomain_codeset(PACKAGE, "UTF-8");
	add_object(sb);
	bind_textdomain_codeset(PACKAGE, terminal);
#else
	add_object(sb);
#endif
}
