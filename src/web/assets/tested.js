/*
 * A line above a run's files: its tests and its coverage, and what changed since the last green
 * ancestor. It is asked for after the run is shown, once for each run, and never for one that goes
 * on: it has to read artifacts.
 */
import {get} from './api.js';
import {h, visible} from './dom.js';
import {t} from './i18n.js';

const KEPT = 100; /* answers */
const answers = new Map(); /* commit/run -> promise of an answer */

function ask(path) {
	if (!answers.has(path)) {
		if (answers.size >= KEPT)
			answers.delete(answers.keys().next().value);
		answers.set(path, get('/api/summary/' + path).catch((error) => {
			answers.delete(path);
			throw error;
		}));
	}
	return answers.get(path);
}

function signed(number) {
	return (number > 0 ? '+' : '') + number.toLocaleString();
}

const kinds = ['passed', 'failed', 'errors', 'skipped'];

function countText(kind, n) {
	const count = n.toLocaleString();

	if (kind === 'errors')
		return n === 1 ? t('1 error') : t('{count} errors', {count});
	return count + ' ' + {passed: t('passed'), failed: t('failed'), skipped: t('skipped')}[kind];
}

/* Each kind that there is, or was. */
function counts(now, before) {
	return kinds.map((kind) => {
		const change = before ? now[kind] - before[kind] : 0;

		return now[kind] === 0 && change === 0 ? null
			: h('span', {class: now[kind] > 0 && `result ${kind === 'errors' ? 'error' : kind}`},
				countText(kind, now[kind]),
				change ? h('small', null, ` (${signed(change)})`) : null);
	});
}

function percent(number) {
	return number.toLocaleString(undefined, {minimumFractionDigits: 1}) + '%';
}

/* Of coverage: "81.4%", for a place that has little room. */
export function coverageText(coverage) {
	return coverage ? percent(coverage.percent) : '';
}

/* Of tests: "118 passed, 2 failed". */
export function testsText(tests) {
	return tests ? kinds.filter((kind) => tests[kind] > 0)
		.map((kind) => countText(kind, tests[kind])).join(', ') : '';
}

function coverage(now, before) {
	const change = before ? Math.round((now.percent - before.percent) * 10) / 10 : 0;

	return h('span', {title: t('{covered} of {lines} lines', {
		covered: now.linesCovered.toLocaleString(), lines: now.lines.toLocaleString()})},
	t('coverage {percent}', {percent: percent(now.percent)}),
	change ? h('small', {class: change < 0 ? 'less' : 'more'}, ` (${signed(change)})`) : null);
}

function failing(answer) {
	const {base, newlyFailing: names, newlyFailingCount: count} = answer;
	const title = base?.tests ? t('Tests that fail now and did not before: {count}', {count})
		: t('Tests that fail: {count}', {count});

	return h('details', null, h('summary', null, title),
		h('ul', null, names.map((name) => h('li', null, h('code', null, visible(name))))),
		count > names.length ? h('p', {class: 'dim'},
			t('{count} more are not listed.', {count: count - names.length})) : null);
}

function since(app, base) {
	return h('span', {class: 'dim'}, t('compared with'), ' ',
		h('a', {class: 'go', href: app.url({commit: base.commit, run: base.run})},
			h('code', null, base.commit.slice(0, 7))));
}

/* null: the run tells nothing of either. `path`: COMMIT/RUN */
export async function testedLine(app, path) {
	const answer = await ask(path), {tests, coverage: covered, base} = answer;

	if (!tests && !covered && answer.filesNotRead === 0)
		return null;
	return h('div', {class: 'tested'},
		h('div', {class: 'facts'}, tests ? counts(tests, base?.tests) : null,
			covered ? coverage(covered, base?.coverage) : null,
			base && (base.tests || base.coverage) ? since(app, base) : null,
			answer.filesNotRead > 0 ? h('span', {class: 'dim'},
				t('files with results that were not read: {count}', {count: answer.filesNotRead})) : null),
		answer.newlyFailingCount > 0 ? failing(answer) : null);
}
