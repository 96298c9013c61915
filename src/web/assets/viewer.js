/*
 * The viewer: a commit, a run's log, one of its files, or two runs compared; whatever the address
 * says. Each is a view: {el, focus(), act(action), close(), choose(lines), refresh(detail)}, of
 * which all but `el` may be missing. Kinds of views are loaded when they are needed.
 */
import {archiveUrl, decodeName, encodeName, rawUrl} from './api.js';
import {button, h, say, visible} from './dom.js';
import {LOG} from './files.js';
import {t} from './i18n.js';
import {isRunning, mark, outcome, size} from './status.js';
import {describe} from './runs.js';
import {duration, when} from './time.js';

export class Viewer {
	constructor(app, pane) {
		this.app = app;
		this.pane = pane;
		this.head = h('header', {class: 'view-head'});
		this.body = h('div', {class: 'view-body'});
		pane.setAttribute('aria-label', t('View'));
		pane.append(this.head, this.body);
	}

	/* `detail`: the answer of /api/commit, or null and the reason why there is none. */
	async show(route, detail, problem) {
		const key = JSON.stringify([detail?.hash, route.run && detail?.runId, route.name,
			route.compare, problem, route.stats && this.branch(route)]);

		this.route = route;
		this.detail = detail;
		if (key === this.key) {
			if (route.lines)
				this.view?.choose?.(route.lines);
			return;
		}
		this.key = key;
		this.view?.close?.();
		this.view = null;
		const view = await this.make(route, detail, problem).catch((error) => message(error.message));

		if (this.key !== key) {
			view.close?.();
			return;
		}
		this.view = view;
		this.drawHead();
		this.body.replaceChildren(view.el);
		view.open?.();
	}

	/* The branch that is shown. */
	branch({branch}) {
		return branch || this.app.head() || 'HEAD';
	}

	async make(route, detail, problem) {
		if (route.stats) {
			const {statsView} = await import('./stats.js');

			return statsView(this.app, this.branch(route));
		}
		if (!detail)
			return message(problem || t('Choose a commit.'));
		if (route.compare) {
			const {compareView} = await import('./compare.js');

			return compareView(this.app, detail, route.compare);
		}
		if (!route.run) {
			const {commitView} = await import('./commitview.js');

			return commitView(this.app, detail);
		}
		return this.isLog() ? this.log() : this.artifact();
	}

	isLog() {
		return this.route.run && !this.route.compare && ['', LOG].includes(this.route.name);
	}

	async log() {
		const [{LogPane}, {LogSource}] = await Promise.all([import('./logpane.js'),
			import('./source.js')]);
		const {detail, route} = this;

		return new LogPane(this.app, new LogSource(detail.hash, detail.runId), {
			label: t('Log'), isLog: true, lines: route.lines, start: this.start(),
			atEnd: detail.status !== 'success',
			onlines: (lines) => this.app.setLines(lines),
			onend: (how) => this.ended(how),
		});
	}

	start() {
		return detailRun(this.detail).start ?? Number(this.detail.runId.split('-')[0]);
	}

	/* The run that is followed has ended; the record follows by itself (refresh). */
	ended(how) {
		Object.assign(this.detail, {status: how.status, ended: how});
		this.drawHead();
		say(t('The run has ended: {how}', {how: outcome(how)}));
	}

	async artifact() {
		const {detail, route} = this, file = this.file();

		if (!file)
			return message(t('This run has no file "{name}".', {name: visible(decodeName(route.name))}));
		const {artifactView} = await import('./artifact.js');

		return artifactView(this.app, detail, file, route);
	}

	file() {
		return (this.detail?.artifacts || []).find((file) => encodeName(file) === this.route.name);
	}

	/* The same place with news. */
	refresh(detail, problem) {
		const what = (commit) => JSON.stringify({...commit, date: '', view: ''});

		if (!this.route.run && detail && this.detail && what(detail) !== what(this.detail))
			this.key = '';
		this.detail = detail;
		if (detail && this.route.run)
			this.drawHead();
		this.view?.source?.follow();
		this.view?.refresh?.();
		return this.show(this.route, detail, problem);
	}

	/* ---- what is said above it ---- */

	drawHead() {
		const {detail, route} = this;

		this.head.hidden = !detail || !route.run || Boolean(route.compare || route.stats);
		if (this.head.hidden) {
			document.title = detail ? `${detail.subject ?? ''} · git-jci` : 'git-jci';
			return;
		}
		const run = detailRun(detail), name = decodeName(route.name) || LOG;

		document.title = `${outcome(run)} · ${detail.subject ?? ''} · git-jci`;
		this.head.replaceChildren(
			h('div', {class: 'summary'}, mark(run.status), h('strong', null, outcome(run)),
				h('a', {class: 'go subject', href: this.app.url({commit: detail.hash})},
					detail.subject || detail.hash.slice(0, 10)),
				h('span', {class: 'dim'}, when(this.start())),
				h('span', {class: 'dim'}, duration(run.duration)),
				h('span', {class: 'dim'}, describe(run))),
			h('div', {class: 'facts'}, h('code', {class: 'name'}, visible(name)),
				h('span', {class: 'grow'}), ...this.links(detail, run)));
		if (detail.ref && !isRunning(run))
			this.addTested(detail);
	}

	/* Its tests and its coverage, where it tells of them. */
	async addTested(detail) {
		const path = detail.hash + '/' + detail.runId, before = this.head.firstChild;
		const {testedLine} = await import('./tested.js');
		const line = await testedLine(this.app, path).catch(() => null);

		if (line && this.head.firstChild === before)
			this.head.append(line);
	}

	links(detail, run) {
		const {app} = this, name = this.route.name || LOG, file = this.file();
		const whole = isRunning(run) ? [] : [
			h('a', {class: 'button', href: archiveUrl(detail.hash, detail.runId, 'tar.gz'),
				title: t('All artifacts of the run')}, '.tar.gz'),
			h('a', {class: 'button', href: archiveUrl(detail.hash, detail.runId, 'zip'),
				title: t('All artifacts of the run')}, '.zip'),
		];

		return [
			h('a', {class: 'button', target: '_blank', rel: 'noopener',
				href: rawUrl(detail.hash, detail.runId, name)}, t('Raw')),
			h('a', {class: 'button save', href: rawUrl(detail.hash, detail.runId, name, true)},
				t('Save'), file?.size !== undefined ? ' ' + size(file.size) : ''),
			button(t('Copy link'), t('Copy the address of this page'), () => app.copy(location.href),
				{class: 'roomy'}),
			...(isRunning(run) ? [] : [button(t('Compare'), t('Compare with another run'),
				() => this.chooseCompare())]),
			...whole,
		];
	}

	async chooseCompare() {
		const {chooseRun} = await import('./compare.js');

		chooseRun(this.app, this.detail);
	}

	/* ---- keys ---- */

	focus() {
		if (this.view?.focus)
			this.view.focus();
		else
			this.pane.focus({preventScroll: true});
	}

	act(action) {
		if (this.view?.act?.(action))
			return true;
		const scroll = {up: -40, down: 40, first: -Infinity, last: Infinity,
			'page-up': -this.body.clientHeight * 0.9, 'page-down': this.body.clientHeight * 0.9};

		if (this.app.pane() === 'viewer' && action in scroll) {
			const to = this.body.scrollTop + scroll[action];

			this.body.scrollTop = Math.max(0, Math.min(this.body.scrollHeight, to));
			return true;
		}
		if (action === 'save' || action === 'raw') {
			this.head.querySelector(action === 'save' ? '.save' : 'a[target]')?.click();
			return true;
		}
		if (action === 'copy' && this.app.pane() === 'viewer' && this.route.name) {
			this.app.copy(decodeName(this.route.name));
			return true;
		}
		return false;
	}
}

/* What is known of the run that the detail is of. */
export function detailRun(detail) {
	const listed = detail.runs.find(({runId}) => runId === detail.runId) || {};
	const {ended} = detail;

	return {...listed, ...detail.record, runId: detail.runId,
		start: listed.start, duration: ended?.duration ?? listed.duration,
		reason: ended?.reason || listed.reason || detail.record?.reason,
		status: detail.status || listed.status};
}

export function message(text) {
	return {el: h('p', {class: 'empty'}, text)};
}
