/*
 * A file of a run, as its type wants it. What a script left is never run here: HTML gets a frame
 * of an origin of its own, without scripts; pictures are pictures; the rest is text.
 */
import {base, encodeName, rawUrl} from './api.js';
import {h, visible} from './dom.js';
import {t} from './i18n.js';
import {size} from './status.js';
import {message} from './viewer.js';

const TEXT_MOST = 8 * 1024 * 1024; /* bytes that are shown */

/* `detail`: the answer of /api/commit; `file`: one of its artifacts. */
export async function artifactView(app, detail, file, route) {
	const url = rawUrl(detail.hash, detail.runId, encodeName(file));

	switch (file.type) {
	case 'image':
		return {el: picture(url, file)};
	case 'html': /* at an address where its links to other files of the run work */
		return {el: h('iframe', {sandbox: '', class: 'report', title: file.path,
			src: `${base}/${detail.view}${encodeName(file)}`, referrerpolicy: 'no-referrer'})};
	case 'link':
		return message(t('A symbolic link to "{target}".', {target: visible(await load(url, file))}));
	case 'binary':
		return message(t('"{name}" is no text: {size} bytes.',
			{name: visible(file.path), size: size(file.size)}));
	default:
		return textOrResults(app, await load(url, file), file, route);
	}
}

async function textOrResults(app, text, file, route) {
	const show = () => textView(app, text, {label: file.path, lines: route.lines,
		cut: file.size > TEXT_MOST});
	const kind = route.lines ? null : guess(file, text);

	if (!kind)
		return show();
	const {resultsView} = await import('./results.js');

	return resultsView(kind, text, show);
}

/* Does a text hold results of tests, and of which kind? As core/results.h has it. */
function guess(file, text) {
	const head = text.slice(0, 4096);

	if (/^\ufeff?\s*</.test(head))
		return head.includes('<testsuite') ? 'junit' : null;
	if (/^TAP version 1[0-9]/m.test(head))
		return 'tap';
	return (file.type === 'tap' || /\.tap$/.test(file.path)) && /^(not )?ok\b|^1\.\./m.test(head)
		? 'tap' : null;
}

function picture(url, file) {
	const img = h('img', {src: url, alt: file.path});

	img.addEventListener('error', () =>
		img.replaceWith(h('p', {class: 'empty'}, t('The browser can not show this picture.'))));
	return h('div', {class: 'picture'}, img);
}

/* Its text, or the beginning of that. */
async function load(url, file) {
	const headers = file.size > TEXT_MOST ? {Range: `bytes=0-${TEXT_MOST - 1}`} : {};
	const answer = await fetch(url, {headers});

	if (!answer.ok)
		throw new Error(t('the server answers with status {status}', {status: answer.status}));
	return new TextDecoder().decode(await answer.arrayBuffer());
}

export async function textView(app, text, {label, lines, cut}) {
	const [{LogPane}, {TextSource}] = await Promise.all([import('./logpane.js'),
		import('./source.js')]);
	const pane = new LogPane(app, new TextSource(text), {label, lines,
		onlines: (chosen) => app.setLines(chosen)});

	if (cut)
		pane.el.prepend(h('p', {class: 'note'}, t('Only its beginning is shown; save it for all of it.')));
	return pane;
}
