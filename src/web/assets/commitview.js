/* A commit: its message, and all of its runs. */
import {archiveUrl} from './api.js';
import {refs} from './commits.js';
import {button, h, table} from './dom.js';
import {t} from './i18n.js';
import {describe, startOf} from './runs.js';
import {isRunning, mark, outcome} from './status.js';
import {absolute, duration, when} from './time.js';

export function commitView(app, commit) {
	const listed = app.commits.find(commit.hash);
	const [subject, ...rest] = (commit.message ?? commit.subject ?? '').split('\n');
	const body = rest.join('\n').trim();

	return {el: h('article', {class: 'commit-view'},
		h('h1', null, subject || commit.hash.slice(0, 10)),
		h('p', {class: 'dim'}, listed ? refs(listed, 20) : null, commit.author, ' ',
			typeof commit.time === 'number' ? absolute(commit.time) : commit.date),
		h('p', {class: 'hash'}, h('code', null, commit.hash), ' ',
			button(t('Copy'), t('Copy the hash'), () => app.copy(commit.hash))),
		body ? h('pre', {class: 'message'}, body) : null,
		(commit.parents || []).length > 0 ? h('p', {class: 'dim'}, t('Parents:'), ' ',
			commit.parents.map((hash) => [h('a', {class: 'go', href: app.url({commit: hash})},
				h('code', null, hash.slice(0, 10))), ' ']).flat()) : null,
		h('h2', null, t('Runs')), runs(app, commit))};
}

function runs(app, commit) {
	if (commit.runs.length === 0)
		return h('div', null, h('p', null, t('CI did not run on this commit. To run it:')),
			h('p', {class: 'hash'}, h('code', null, 'git jci run ' + commit.hash.slice(0, 10)), ' ',
				button(t('Copy'), t('Copy the command'),
					() => app.copy('git jci run ' + commit.hash.slice(0, 10)))));
	return h('div', {class: 'table'}, table(
		[t('Result'), t('Run'), t('Started'), t('Duration'), t('About'), t('Artifacts')],
		[...commit.runs].reverse().map((run) => [
			h('span', {class: 'outcome'}, mark(run.status), outcome(run)),
			h('a', {class: 'go', href: app.url({commit: commit.hash, run: run.runId})},
				h('code', null, run.runId)),
			when(startOf(run)), duration(run.duration), describe(run), archives(commit, run),
		])));
}

function archives(commit, run) {
	return isRunning(run) ? '' : [
		h('a', {href: archiveUrl(commit.hash, run.runId, 'tar.gz')}, '.tar.gz'), ' ',
		h('a', {href: archiveUrl(commit.hash, run.runId, 'zip')}, '.zip'),
	];
}
