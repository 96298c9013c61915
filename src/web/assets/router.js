/*
 * Where the page is, as its address says it:
 *
 *	/jci/COMMIT/RUN/NAME?branch=B&filter=failed#L120-L140
 *	/jci/COMMIT/RUN?compare=COMMIT/RUN
 *	/?branch=B&q=TEXT
 *	/?branch=B&stats=1
 *
 * A route is {commit, run, name, branch, filter, q, stats, compare: {commit, run}, lines: [from, to]},
 * with '' or null for what is not there; `name` is encoded (api.js). All of it is in the address,
 * so that reload, Back and a link in a mail lead to the same.
 */
import {base, normalizeName} from './api.js';

const COMMIT = /^[0-9a-f]{7,64}$/, RUN = /^[0-9]+-[0-9a-f]{4}$/;
const LINES = /^#L([0-9]{1,15})(?:-L([0-9]{1,15}))?$/;

function parseCompare(text) {
	const [commit, run] = (text || '').split('/');

	return COMMIT.test(commit) && RUN.test(run || '') ? {commit, run} : null;
}

export function parseLines(hash) {
	const found = LINES.exec(hash);

	if (!found)
		return null;
	const from = Number(found[1]), to = Number(found[2] || from);

	return from > 0 && to > 0 ? [Math.min(from, to), Math.max(from, to)] : null;
}

export function parse(at = location) {
	const path = at.pathname.slice(base.length), query = new URLSearchParams(at.search);
	const words = path.startsWith('/jci/') ? path.slice(5).split('/') : [];
	const commit = COMMIT.test(words[0]) ? words.shift() : '';
	const run = commit && RUN.test(words[0]) ? words.shift() : '';

	return {
		commit, run,
		/* a name that ends in /raw has a slash behind it: /raw asks for the file itself */
		name: normalizeName(words.join('/').replace(/\/$/, '')),
		branch: query.get('branch') || '',
		filter: query.get('filter') || '',
		q: query.get('q') || '',
		stats: query.get('stats') || '',
		compare: parseCompare(query.get('compare')),
		lines: parseLines(at.hash),
	};
}

export function linesHash(lines) {
	if (!lines)
		return '';
	return '#L' + lines[0] + (lines[1] > lines[0] ? '-L' + lines[1] : '');
}

export function format(route) {
	const query = new URLSearchParams();
	let path = '/';

	if (route.commit)
		path = '/jci/' + [route.commit, route.run, route.name].filter(Boolean).join('/');
	if (/\/raw$/.test(path))
		path += '/';
	for (const key of ['branch', 'filter', 'q', 'stats'])
		if (route[key])
			query.set(key, route[key]);
	if (route.compare)
		query.set('compare', route.compare.commit + '/' + route.compare.run);
	const asked = query.toString().replaceAll('%2F', '/');

	return base + path + (asked && '?' + asked) + linesHash(route.lines);
}

/* A place below this one: what the arguments don't tell stays, but for what is further down. */
export function at(route, changes) {
	const next = {...route, lines: null, compare: null, stats: '', ...changes};

	if ('commit' in changes && !('run' in changes))
		next.run = '';
	if (('commit' in changes || 'run' in changes) && !('name' in changes))
		next.name = '';
	return next;
}
