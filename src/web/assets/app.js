/*
 * The page: what its parts are, and how they hang together. The address says what is shown
 * (router.js); show() brings the panes to where the address is. `app` is what the panes know of
 * each other.
 */
import {get} from './api.js';
import {Branches} from './branches.js';
import {Commits} from './commits.js';
import {copyText, say} from './dom.js';
import {listen} from './events.js';
import {Files} from './files.js';
import {t} from './i18n.js';
import {actionOf, help} from './keys.js';
import {at, format, linesHash, parse} from './router.js';
import {Runs} from './runs.js';
import {Top} from './top.js';

const SETTLE_MS = 120; /* the cursor rests at a row before that is loaded */
const SAID = 60; /* characters of what was copied */
const order = ['commits', 'runs', 'artifacts', 'viewer'];
const byId = (id) => document.getElementById(id);
const narrow = matchMedia('(max-width: 699px)');

const app = {
	route: parse(),
	detail: null, /* the answer of /api/commit for what is shown */

	/* The address of a place, told by what differs from the present one. */
	url: (changes) => format(at(app.route, changes)),
	/* What of the present place is in all addresses. */
	key: () => [app.route.branch, app.route.filter, app.route.q].join('\n'),
	/* The commit that is looked at: the newest of the list, where the address has none. */
	commit: () => app.route.commit || commits.all[0]?.hash,
	go: (changes) => open(app.url(changes)),
	/* As the cursor moves: there, once it rests, and without a step in the history. */
	follow(link) {
		clearTimeout(app.settling);
		app.settling = setTimeout(() => open(link.href, true), SETTLE_MS);
	},
	/* The name of HEAD's branch, once it is known. */
	head: () => branches.head(),
	setLines(lines) {
		app.route.lines = lines;
		history.replaceState(null, '', location.pathname + location.search + linesHash(lines));
	},
	pane: () => document.body.dataset.pane,
	focus(pane) {
		setPane(pane);
		if (pane === 'viewer')
			viewer ? viewer.focus() : byId('viewer').focus();
		else
			lists[pane].focus();
	},
	act,
	commits: null, /* the pane */
};

/* ---- the parts ---- */

const branches = new Branches();
const top = new Top(app, byId('top'));
const commits = app.commits = new Commits(app, byId('commits'));
const runs = new Runs(app, byId('runs'));
const files = new Files(app, byId('artifacts'));
const lists = {commits: commits.list, runs: runs.list, artifacts: files.list};
let viewer = null; /* loaded after what the first screen needs */

async function getViewer() {
	const {Viewer} = await import('./viewer.js');

	return viewer ||= new Viewer(app, byId('viewer'));
}

function setPane(pane) {
	document.body.dataset.pane = pane;
	top.mark(pane);
}

/* The pane that has what the address names. */
function landing() {
	return app.route.commit || app.route.stats ? 'viewer' : 'commits';
}

/* ---- going somewhere ---- */

function open(url, replace) {
	clearTimeout(app.settling);
	if (replace)
		history.replaceState(null, '', url);
	else if (url !== location.href)
		history.pushState(null, '', url);
	return show();
}

async function show() {
	const route = app.route = parse();

	top.show(route, branches.head());
	const listed = commits.show(route);

	if (!route.commit)
		await listed; /* then the newest one is looked at */
	if (app.route === route)
		await showCommit(app.commit(), route);
}

async function showCommit(commit, route) {
	const wanted = commit ? commit + '/' + route.run : '';

	if (wanted !== app.wanted || app.problem)
		await load(wanted);
	if (app.route !== route || app.wanted !== wanted)
		return;
	draw();
	const shown = await getViewer();

	if (app.route === route)
		shown.show(route, app.detail, app.problem);
}

function draw() {
	runs.show(app.detail, app.problem);
	files.show(app.detail);
}

/* The commit, with its newest run or a certain one. */
async function load(wanted) {
	app.wanted = wanted;
	app.abort?.abort();
	app.abort = new AbortController();
	if (!wanted) {
		app.detail = null;
		app.problem = '';
		return;
	}
	const busy = setTimeout(() => setBusy(true), 200);

	try {
		app.detail = await get('/api/commit/' + wanted.replace(/\/$/, ''), app.abort.signal);
		app.problem = '';
	} catch (error) {
		if (error.name === 'AbortError')
			return;
		app.detail = null;
		app.problem = error.message;
	} finally {
		clearTimeout(busy);
		setBusy(false);
	}
}

function setBusy(busy) {
	for (const pane of order.slice(1))
		byId(pane).setAttribute('aria-busy', String(busy));
}

/* The server has news: the same again. */
async function refresh() {
	const {route, wanted} = app;

	branches.load().then(() => top.show(app.route, branches.head()), () => {});
	await commits.refresh();
	if (app.route !== route || app.wanted !== wanted)
		return; /* somebody went elsewhere, which has brought the news as well */
	if (!route.commit && commits.all[0]?.hash !== app.detail?.hash) {
		await show();
		return;
	}
	await load(wanted);
	if (app.route !== route || app.wanted !== wanted)
		return;
	draw();
	viewer?.refresh(app.detail, app.problem);
}

/* ---- what keys and buttons do ---- */

const moves = {up: -1, down: 1, first: -Infinity, last: Infinity};

function moveList(list, action) {
	if (action in moves)
		list.move(moves[action]);
	else if (action === 'page-up' || action === 'page-down')
		list.move(action === 'page-up' ? -list.page() : list.page());
	else
		return false;
	return true;
}

function step(by) {
	const pane = order[order.indexOf(app.pane()) + by];

	if (pane)
		app.focus(pane);
}

function chooseBranch() {
	branches.ask(app.route.branch || branches.head(), (name) =>
		app.go({commit: '', q: '', branch: name === branches.head() ? '' : name}));
}

function search() {
	top.search.focus();
	top.search.select();
}

/* The last run that passed, of the commits behind this one in the list. */
function lastGreen() {
	const from = commits.all.findIndex(({hash}) => hash === app.detail?.hash);

	for (const commit of from < 0 ? [] : commits.all.slice(from + 1)) {
		const run = commit.runs?.findLast(({status}) => status === 'success');

		if (run)
			return {commit: commit.hash, run: run.runId};
	}
	return null;
}

function compare() {
	const {detail} = app, green = lastGreen();

	if (!detail?.runId)
		say(t('there is no run here'));
	else if (!green)
		say(t('no green run before this one is in the list'));
	else
		app.go({commit: detail.hash, run: detail.runId, compare: green});
}

function close() {
	if (document.body.classList.contains('zoom'))
		document.body.classList.remove('zoom');
	else
		step(-1);
}

app.copy = async (text) => {
	const short = text.length > SAID ? text.slice(0, SAID) + '…' : text;

	say(await copyText(text) ? t('copied: {text}', {text: short})
		: t('the browser lets nothing be copied here'));
};

function copyHere() {
	const {detail} = app;
	const inRun = app.pane() === 'runs' && detail?.runId;

	if (detail)
		app.copy(inRun ? detail.runId : detail.hash);
}

const actions = {
	left: () => step(-1),
	right: () => step(1),
	close,
	help,
	search,
	compare,
	branch: chooseBranch,
	filter: () => top.filter.focus(),
	stats: () => app.go({commit: '', stats: 1}).then(() => app.focus('viewer')),
	copy: copyHere,
	'copy-name': () => app.detail?.runId && app.copy(app.detail.runId),
	log: () => app.detail?.runId &&
		app.go({commit: app.detail.hash, run: app.detail.runId}),
	zoom: () => document.body.classList.toggle('zoom'),
};

/* True where something has it done. */
function act(action) {
	const pane = app.pane();

	if (lists[pane] && moveList(lists[pane], action))
		return true;
	/* keys of the viewer that mean nothing elsewhere work from everywhere */
	if ((pane === 'viewer' || !(action in actions)) && viewer?.act(action))
		return true;
	return actions[action] ? (actions[action](), true) : false;
}

/* ---- listening ---- */

document.addEventListener('keydown', (event) => {
	const action = actionOf(event);

	if (action && act(action))
		event.preventDefault();
});

document.addEventListener('click', async (event) => {
	const link = event.target.closest('a.go');

	if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey)
		return;
	event.preventDefault();
	const from = link.closest('.pane')?.dataset.pane, byKey = event.detail === 0;

	await open(link.href);
	if (narrow.matches)
		setPane(landing());
	else if (byKey && order.includes(from) && from !== 'viewer')
		app.focus(order[order.indexOf(from) + 1]);
});

document.addEventListener('focusin', (event) => {
	const pane = event.target.closest('.pane');

	if (pane)
		setPane(pane.dataset.pane);
});

addEventListener('popstate', () => {
	show();
	if (narrow.matches)
		setPane(landing());
});

if (narrow.matches)
	setPane(landing());
else
	setPane(app.route.run ? 'viewer' : app.route.commit ? 'runs' : 'commits');
branches.load().then(() => top.show(app.route, branches.head()), (error) => say(error.message));
show();
listen(refresh);
