/* Two runs compared, and the chooser of the other one. */
import {get} from './api.js';
import {dialog, h, table, visible} from './dom.js';
import {t} from './i18n.js';
import {List} from './list.js';
import {startOf} from './runs.js';
import {mark, outcome, size} from './status.js';
import {textOf} from './ansi.js';
import {coverageText, testsText} from './tested.js';
import {absolute, duration, when} from './time.js';

/* ---- choosing ---- */

/* Runs of this commit, then those of the commits in the list. */
function candidates(app, detail) {
	const own = [...detail.runs].reverse().map((run) => ({run, hash: detail.hash, own: true}));
	const others = app.commits.all.filter(({hash}) => hash !== detail.hash).flatMap((commit) =>
		[...(commit.runs || [])].reverse().map((run) => ({run, hash: commit.hash,
			message: commit.message})));

	return [...own, ...others].filter(({run}) => run.runId !== detail.runId && run.ref !== null);
}

export function chooseRun(app, detail) {
	const list = new List(t('Runs'));
	const found = candidates(app, detail);
	const box = dialog(t('Compare with'), {class: 'chooser'}, h('div', {class: 'scroll'}, list.el,
		found.length === 0 ? h('p', {class: 'note'}, t('There is no other run in the list.')) : null));

	list.set(found, ({run}) => run.runId, ({run, hash, own, message}) => h('button', {
		type: 'button', class: 'row',
		onclick: () => {
			box.close();
			app.go({commit: detail.hash, run: detail.runId, compare: {commit: hash, run: run.runId}});
		},
	}, mark(run.status), h('code', null, hash.slice(0, 7)),
	h('span', {class: 'grow'}, own ? t('this commit') : message), when(startOf(run))));
	list.el.addEventListener('keydown', (event) => {
		const by = {ArrowDown: 1, ArrowUp: -1, j: 1, k: -1}[event.key];

		if (by) {
			event.preventDefault();
			list.move(by);
		}
	});
	list.focus();
}

/* ---- comparing ---- */

/* A run record (git-jci-format(5)) in the words of the lists of the API. */
function recordOf(record, side) {
	const status = {ok: 'success', err: 'failed'}[record.status] || record.status;

	return {...record, ...side, status, start: record.start, duration: record.duration};
}

function facts(app, a, b) {
	const link = (run) => h('a', {class: 'go', href: app.url({commit: run.commit, run: run.run})},
		h('code', null, run.commit.slice(0, 7)), ' ', run.run);
	const rows = [
		[t('Run'), link(a), link(b)],
		[t('Result'), ...[a, b].map((run) => h('span', {class: 'outcome'}, mark(run.status),
			outcome(run)))],
		[t('Started'), ...[a, b].map((run) => absolute(startOf({runId: run.run, start: run.start})))],
		[t('Duration'), ...[a, b].map((run) => duration(run.duration))],
		[t('Branch'), a.branch ?? '', b.branch ?? ''],
		[t('Host'), a.host ?? '', b.host ?? ''],
	];

	if (a.tests || b.tests)
		rows.push([t('Tests'), testsText(a.tests), testsText(b.tests)]);
	if (a.coverage || b.coverage)
		rows.push([t('Coverage'), coverageText(a.coverage), coverageText(b.coverage)]);

	return table([' ', t('Before'), t('After')], rows.map(([name, ...cells]) =>
		[h('strong', null, name), ...cells]), {class: 'two'});
}

function changeName(change) {
	return {added: t('added'), removed: t('removed'), changed: t('changed'),
		same: t('same')}[change] || change;
}

function files(all) {
	const changed = all.filter(({change}) => change !== 'same');

	if (changed.length === 0)
		return h('p', {class: 'dim'}, t('All files are the same.'));
	return table([t('Change'), t('File'), t('Before'), t('After')],
		changed.map(({path, change, sizeA, sizeB}) => [
			h('span', {class: 'change ' + change}, changeName(change)), h('code', null, visible(path)),
			size(sizeA), size(sizeB)]));
}

function logDiff(lines, cut) {
	const signs = {add: '+', remove: '-', same: ' '};

	if (!lines.some(({op}) => op !== 'same'))
		return h('p', {class: 'dim'}, t('The logs are the same.'));
	return h('div', {class: 'diff', tabindex: 0, role: 'region', 'aria-label': t('Log')},
		lines.map(({op, text}) => h('div', {class: 'diff-' + (op in signs ? op : 'gap')},
			(signs[op] ?? '') + textOf(text ?? '…'))),
		cut ? h('p', {class: 'note'}, t('The rest is not shown.')) : null);
}

function tests(changes, cut) {
	if (!Array.isArray(changes) || changes.length === 0)
		return [];
	return [h('h2', null, t('Tests')), table([t('Test'), t('Before'), t('After')],
		changes.map(({name, a, b}) => [h('code', null, visible(name)), result(a), result(b)])),
	cut ? h('p', {class: 'note'}, t('The rest is not shown.')) : null];
}

function result(kind) {
	return h('span', {class: 'result ' + (kind ?? '')}, {passed: t('passed'), failed: t('failed'),
		error: t('error'), skipped: t('skipped')}[kind] || '');
}

/* `other` is the run before, this one the run after. */
export async function compareView(app, detail, other) {
	const answer = await get(
		`/api/compare/${other.commit}/${other.run}/${detail.hash}/${detail.runId}`);
	const a = recordOf(answer.a, other), b = recordOf(answer.b, {commit: detail.hash, run: detail.runId});

	return {el: h('article', {class: 'compare-view'}, h('h1', null, t('Two runs compared')),
		facts(app, a, b), ...tests(answer.tests, answer.testsCut), h('h2', null, t('Files')), files(answer.files),
		h('h2', null, t('Log')), logDiff(answer.log, answer.logCut))};
}
