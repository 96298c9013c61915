/* The pane of runs: those of the commit, newest first. */
import {h} from './dom.js';
import {t} from './i18n.js';
import {List} from './list.js';
import {mark, outcome} from './status.js';
import {duration, when} from './time.js';

/* What the record and the lists of the API know of a run, by one set of names. */
export function describe(run) {
	return [
		run.branch, run.trigger && t('by {trigger}', {trigger: run.trigger}),
		run.host && t('on {host}', {host: run.host}), run.dirty && t('dirty work tree'),
	].filter(Boolean).join(' · ');
}

/* Run ids begin with the second in which the run began. */
export function startOf(run) {
	return typeof run.start === 'number' ? run.start : Number(run.runId.split('-')[0]);
}

export class Runs {
	constructor(app, pane) {
		this.app = app;
		this.list = new List(t('Runs'), (link) => app.follow(link));
		this.note = h('p', {class: 'note'});
		this.title = h('h2', null, t('Runs'));
		pane.setAttribute('aria-label', t('Runs'));
		pane.append(h('header', {class: 'pane-head'}, this.title),
			h('div', {class: 'scroll'}, this.list.el, this.note));
	}

	/* `commit`: the answer of /api/commit, or null. */
	show(commit, note = '') {
		const runs = commit ? [...commit.runs].reverse() : [];

		this.list.set(runs, ({runId}) => runId, (run) => this.row(commit, run),
			() => this.app.key() + commit.hash);
		this.list.select(this.app.route.run || null, true);
		this.title.textContent = runs.length > 1
			? t('{count} runs', {count: runs.length}) : t('Runs');
		this.note.textContent = note || (commit && runs.length === 0
			? t('No runs of this commit. Run CI with "git jci run {hash}".',
				{hash: commit.hash.slice(0, 10)}) : '');
	}

	row(commit, run) {
		return h('a', {
			class: 'go row run', href: this.app.url({commit: commit.hash, run: run.runId}),
			title: [run.runId, describe(run)].filter(Boolean).join('\n'),
		}, mark(run.status), h('span', {class: 'grow'}, h('span', null, outcome(run)),
			h('small', null, describe(run) || run.runId)),
		h('span', {class: 'right'}, when(startOf(run)), h('small', null, duration(run.duration))));
	}
}
