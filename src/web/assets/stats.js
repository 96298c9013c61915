/*
 * Statistics of a branch (git-jci-stats(1)): the figures, and a bar for each run, the oldest on the
 * left. Bars are links in a list with a cursor, so that Tab stops at one of them.
 */
import {get} from './api.js';
import {h, table} from './dom.js';
import {t} from './i18n.js';
import {List} from './list.js';
import {outcome} from './status.js';
import {absolute, duration, when} from './time.js';

const CLIP = 4; /* a bar is not longer than so many medians: one that hung would dwarf the others */
const REST_MS = 3000; /* between two questions to the server, which reads every run anew for each */
const steps = {left: -1, right: 1, up: -1, down: 1, first: -Infinity, last: Infinity};

/* ---- figures ---- */

function percent(share) {
	return share.toLocaleString(undefined, {style: 'percent', maximumFractionDigits: 1});
}

function shareOf(count, share) {
	return share === null ? String(count) : `${count} (${percent(share)})`;
}

function flaky(app, {flaky: count, tested, flakeRate, runs}) {
	const commits = [...new Set(runs.filter((run) => run.flaky).map(({commit}) => commit))];

	return [t('{count} of {total} commits', {count: shareOf(count, flakeRate), total: tested}),
		...commits.reverse().flatMap((commit) => [' ', h('a', {class: 'go', href: app.url({commit})},
			h('code', null, commit.slice(0, 7)))])];
}

function trend({olderMedian: older, newerMedian: newer}) {
	const text = t('from {older} to {newer}', {older: duration(older), newer: duration(newer)});
	const change = older > 0 ? (newer - older) / older : 0;

	return older > 0 ? `${change > 0 ? '+' : ''}${percent(change)}, ${text}` : text;
}

function figures(app, stats) {
	const {median, p95, olderMedian} = stats.duration;
	const rows = [
		[t('Passed'), String(stats.passed)],
		[t('Failed'), shareOf(stats.failed, stats.failureRate)],
		stats.other > 0 && [t('Other'), String(stats.other)],
		[t('Flaky'), flaky(app, stats)],
		median !== null && [t('Duration'), t('{median} in the median, {p95} at the 95th percentile',
			{median: duration(median), p95: duration(p95)})],
		olderMedian !== null && [t('Trend'), trend(stats.duration)],
	];

	return table(null, rows.filter(Boolean).map(([name, value]) => [h('strong', null, name), value]));
}

/* ---- bars ---- */

function topOf(runs) {
	const known = runs.map((run) => run.duration ?? -1).filter((s) => s >= 0).sort((a, b) => a - b);
	const longest = known.at(-1) || 0, middle = known[known.length >> 1];

	return known.length >= 8 && middle > 0 ? Math.min(longest, CLIP * middle) : longest;
}

function label(run) {
	return [outcome(run), duration(run.duration), absolute(run.start)].filter(Boolean).join(', ');
}

/* As in git-jci-stats(1): what was cut off says nothing of its commit. */
function kind({status, reason}) {
	if (status === 'success')
		return 'good';
	return status === 'failed' && reason !== 'cancelled' && reason !== 'killed' ? 'bad' : '';
}

function bar(app, run, top) {
	const share = top > 0 ? (run.duration ?? 0) / top : 0;
	const cut = share > 1 ? ' cut' : '';
	const fill = h('span', {class: 'fill'});

	fill.style.height = Math.min(1, share) * 100 + '%';
	return h('a', {class: `go column ${kind(run)}${cut}`, title: label(run), 'aria-label': label(run),
		href: app.url({commit: run.commit, run: run.runId})}, fill);
}

class Chart {
	constructor(app) {
		this.app = app;
		this.list = new List(t('Runs'));
		this.list.el.classList.add('bars');
		this.caption = h('figcaption', {class: 'dim'});
		this.el = h('figure', null, this.list.el, this.caption);
		for (const type of ['focusin', 'mouseover'])
			this.list.el.addEventListener(type, ({target}) => this.tell(target.closest('a')));
		this.list.el.addEventListener('mouseleave', () => this.tell(document.activeElement));
	}

	show(runs) {
		const top = topOf(runs);

		this.text = t('The highest bar is {top}; a cross is below those that failed.',
			{top: duration(top)});
		this.list.set(runs, ({commit, runId}) => commit + runId, (run) => bar(this.app, run, top),
			() => top + this.app.key());
		this.list.select(runs.length > 0 ? runs.at(-1).commit + runs.at(-1).runId : null);
		this.tell(document.activeElement);
	}

	/* About the bar at the pointer or the cursor; of none: what all of them are. */
	tell(link) {
		this.caption.textContent = link?.matches('.column') ? link.title : this.text;
	}

	/* False where there is no bar further that way: the key then leads out of the view. */
	move(by) {
		const links = this.list.links(), at = links.indexOf(document.activeElement);

		if (at < 0 && by < 0 && Number.isFinite(by))
			return false;
		if (at < 0)
			return this.list.focus();
		if (!links[at + Math.sign(by)])
			return !Number.isFinite(by);
		this.list.move(by);
		return true;
	}
}

/* ---- the view ---- */

export async function statsView(app, branch) {
	const url = '/api/stats?branch=' + encodeURIComponent(branch);
	const body = h('div'), chart = new Chart(app);
	let shown = '', later = 0, asked = 0;

	async function load() {
		asked = Date.now();
		const stats = await get(url), text = JSON.stringify(stats);

		if (text === shown)
			return;
		shown = text;
		const {runs} = stats;

		body.replaceChildren(...(runs.length === 0 ? [h('p', {class: 'dim'}, t('no runs'))] : [
			h('p', {class: 'dim'}, stats.more
				? t('the newest {count} runs', {count: runs.length})
				: t('{count} runs', {count: runs.length}), ' · ', when(runs[0].start), ' – ',
			when(runs.at(-1).start)),
			h('div', {class: 'table'}, figures(app, stats)), h('h2', null, t('Duration')), chart.el]));
		chart.show(runs);
	}

	await load();
	return {
		el: h('article', {class: 'stats-view'},
			h('h1', null, t('Statistics of {branch}', {branch})), body),
		/* now that it has its size; a key led here before there was anything to have the focus */
		open() {
			chart.list.el.scrollTo(chart.list.el.scrollWidth, 0);
			if (document.activeElement.id === 'viewer')
				chart.list.focus();
		},
		focus: () => chart.list.focus(),
		act: (action) => action in steps && chart.list.links().length > 0
			&& chart.move(steps[action]),
		refresh() {
			clearTimeout(later);
			later = setTimeout(() => load().catch(() => {}), asked + REST_MS - Date.now());
		},
		close: () => clearTimeout(later),
	};
}
