/* The pane of commits: those of a branch, or those that a search found, with more as one scrolls. */
import {get} from './api.js';
import {button, h} from './dom.js';
import {t} from './i18n.js';
import {List} from './list.js';
import {mark} from './status.js';
import {when} from './time.js';

const AHEAD = 600; /* pixels */

/*
 * The first page, where the server put it into the document (src/web/page.c); it counts once, and
 * not where a browser takes the document itself from its memory.
 */
function brought({branch, filter, q}) {
	const node = document.getElementById('first');
	const [{type} = {}] = performance.getEntriesByType('navigation');

	node?.remove();
	if (!node || q || type === 'back_forward' || node.dataset.filter !== filter ||
		node.dataset.branch !== (branch || 'HEAD'))
		return null;
	return JSON.parse(node.textContent);
}

export class Commits {
	/* `app` as in app.js. */
	constructor(app, pane) {
		this.app = app;
		this.all = [];
		this.head = h('header', {class: 'pane-head'});
		this.list = new List(t('Commits'), (link) => app.follow(link));
		this.end = h('p', {class: 'note'});
		this.body = h('div', {class: 'scroll'}, this.list.el, this.end);
		pane.setAttribute('aria-label', t('Commits'));
		pane.append(this.head, this.body);
		this.body.addEventListener('scroll', () => this.more(), {passive: true});
	}

	/* What the route asks for; does nothing where that is shown already. */
	async show(route) {
		const asked = [route.branch, route.filter, route.q].join('\n');

		if (asked !== this.asked) {
			this.asked = asked;
			this.route = route;
			this.pages = 0;
			this.all = [];
			this.abort?.abort();
			this.list.set([], null, null);
			const first = brought(route);

			if (first) {
				this.take(first, 0);
				return;
			}
			this.tell(t('loading...'));
			await this.load(0);
		}
		this.select();
	}

	select() {
		const commit = this.app.commit();

		this.list.select(commit ? this.find(commit)?.hash : null, this.app.route.commit);
	}

	find(commit) {
		return this.all.find(({hash}) => hash.startsWith(commit));
	}

	path(page) {
		const {branch, filter, q} = this.route;
		const query = new URLSearchParams(q ? {q} : {branch: branch || 'HEAD', page});

		if (q && branch)
			query.set('branch', branch);
		if (!q && filter)
			query.set('filter', filter);
		return (q ? '/api/search?' : '/api/commits?') + query;
	}

	async load(page) {
		const {signal} = this.abort = new AbortController();

		this.loading = true;
		try {
			this.take(await get(this.path(page), signal), page);
		} catch (error) {
			if (error.name !== 'AbortError')
				this.tell(error.message, t('Try again'), () => this.load(page));
		}
		if (!signal.aborted) {
			this.loading = false;
			setTimeout(() => this.more()); /* in a window that has room for more */
		}
	}

	take(answer, page) {
		const known = new Set((page > 0 ? this.all : answer.commits).map(({hash}) => hash));
		const isNew = ({hash}) => !known.has(hash);

		if (page > 0)
			this.all = this.all.concat(answer.commits.filter(isNew));
		else /* again: what was loaded behind it stays */
			this.all = answer.commits.concat(this.pages > 1 ? this.all.filter(isNew) : []);
		if (page > 0 || !(this.pages > 1)) {
			this.pages = page + 1;
			this.hasMore = Boolean(answer.hasMore);
		}
		this.cut = Boolean(answer.more);
		this.draw();
	}

	/* The next page, once the end of the list is near. */
	async more() {
		const {scrollHeight, scrollTop, clientHeight} = this.body;

		if (this.loading || !this.hasMore || scrollHeight - scrollTop > clientHeight + AHEAD)
			return;
		this.tell(t('loading...'));
		await this.load(this.pages);
	}

	/* The server has news. */
	refresh() {
		if (!this.loading && this.route)
			return this.load(0);
		return null;
	}

	draw() {
		this.list.set(this.all, ({hash}) => hash, (commit) => this.row(commit), () => this.asked);
		this.select();
		if (this.all.length === 0)
			this.tell(this.emptyText());
		else
			this.tell(this.cut ? t('There is more; search for something longer.') : '');
	}

	emptyText() {
		if (this.route.q)
			return t('No commit has that in its hash, message or author.');
		return this.route.filter ? t('No commit of this branch is like that.') : t('No commits yet.');
	}

	tell(text, action, then) {
		this.end.replaceChildren(text, action ? button(action, '', then) : '');
	}

	row(commit) {
		return h('a', {
			class: 'go row commit', href: this.app.url({commit: commit.hash}),
			title: [commit.author, commit.message].filter(Boolean).join('\n'),
		}, mark(commit.ciStatus), h('code', null, commit.shortHash),
		h('span', {class: 'grow'}, refs(commit), h('span', {class: 'subject'}, commit.message)),
		commit.hasCI && commit.ciPushed === false && commit.ciStatus !== 'running'
			? h('span', {class: 'unpushed', title: t('results are not pushed yet')}, '↑') : null,
		when(commit.date));
	}
}

/* Labels of the branches and tags at a commit; few, so that the subject has room. */
export function refs(commit, most = 2) {
	const names = (commit.refs || []).map((ref) => (typeof ref === 'string' ? ref : ref.name));
	const shown = names.slice(0, most).map((name) => h('span', {class: 'ref'}, name));

	if (names.length > most)
		shown.push(h('span', {class: 'ref', title: names.slice(most).join('\n')}, '…'));
	return shown;
}
