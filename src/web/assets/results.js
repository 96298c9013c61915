/*
 * Results of tests, JUnit XML (the schema of Apache Ant's and of the Jenkins plugin) or TAP
 * (testanything.org, 12 to 14), as a table that begins with those that failed.
 */
import {button, h} from './dom.js';
import {t} from './i18n.js';
import {duration} from './time.js';

const order = ['failed', 'error', 'skipped', 'passed'];
const MOST = 5000; /* rows */

/* ---- reading ---- */

function parseJunit(text) {
	const xml = new DOMParser().parseFromString(text, 'application/xml');

	if (xml.querySelector('parsererror'))
		return null;
	return Array.from(xml.querySelectorAll('testcase'), (node) => {
		const bad = node.querySelector(':scope > failure, :scope > error');
		const skipped = node.querySelector(':scope > skipped');
		const seconds = parseFloat((node.getAttribute('time') || '').replaceAll(',', ''));

		return {
			kind: bad ? (bad.localName === 'failure' ? 'failed' : 'error')
				: skipped ? 'skipped' : 'passed',
			suite: node.getAttribute('classname') || node.parentElement?.getAttribute('name') || '',
			name: node.getAttribute('name') || '',
			message: messageOf(bad || skipped),
			seconds: Number.isNaN(seconds) ? undefined : seconds,
		};
	});
}

function messageOf(node) {
	const short = node?.getAttribute('message') || '', long = node?.textContent.trim() || '';

	return long.includes(short) ? long : short + '\n' + long;
}

/* Lines behind a result, indented or starting with '#', tell about it. */
function parseTap(text) {
	const results = [];

	for (const line of text.split('\n')) {
		const found = /^(not )?ok\b\s*(\d*)\s*(?:-\s*)?(.*?)\s*(?:#\s*(skip|todo)\b(.*))?$/i.exec(line);

		if (found) {
			const [, not, number, name, directive, why] = found;

			results.push({kind: directive ? 'skipped' : not ? 'failed' : 'passed', suite: '',
				name: name || number, message: (why || '').trim()});
		} else if (/^(\s+\S|#)/.test(line) && results.at(-1)?.kind === 'failed') {
			results.at(-1).message += (results.at(-1).message && '\n') + line.replace(/^#\s?|^\s+/, '');
		}
	}
	return results.length > 0 ? results : null;
}

/* ---- showing ---- */

function kindName(kind) {
	return {failed: t('failed'), error: t('error'), skipped: t('skipped'), passed: t('passed')}[kind];
}

function row(result) {
	const {kind, suite, name, message, seconds} = result;
	const bad = kind === 'failed' || kind === 'error';

	return h('tr', {class: 'result ' + kind},
		h('td', null, kindName(kind)),
		h('td', null, h('span', {class: 'dim'}, suite && suite + ' '), name,
			message ? h('details', {open: bad}, h('summary', null, message.split('\n')[0]),
				h('pre', null, message)) : null),
		h('td', {class: 'right'}, seconds === undefined ? '' : duration(seconds)));
}

function resultsTable(results) {
	const sorted = order.flatMap((kind) => results.filter((result) => result.kind === kind));
	const counts = order.map((kind) => [kind, results.filter((r) => r.kind === kind).length])
		.filter(([, count]) => count > 0);

	return h('div', {class: 'results'},
		h('p', {class: 'counts'}, counts.map(([kind, count]) =>
			h('span', {class: 'result ' + kind}, `${count.toLocaleString()} ${kindName(kind)}`))),
		h('table', null, h('thead', null, h('tr', null, h('th', {scope: 'col'}, t('Result')),
			h('th', {scope: 'col'}, t('Test')), h('th', {scope: 'col'}, t('Duration')))),
		h('tbody', null, sorted.slice(0, MOST).map(row))),
		sorted.length > MOST ? h('p', {class: 'note'},
			t('{count} more are in the text.', {count: sorted.length - MOST})) : null);
}

/* showText(): a promise of the same as text. */
export async function resultsView(type, text, showText) {
	const results = type === 'junit' ? parseJunit(text) : parseTap(text);

	if (!results)
		return showText();
	const el = h('div', {class: 'switch'}), list = resultsTable(results);
	let shown = null;
	const view = {el, act: (action) => shown?.act(action) || turn(action),
		focus: () => (shown || list).focus?.(), close: () => shown?.close()};

	async function toggle() {
		shown?.close();
		shown = shown ? null : await showText();
		el.replaceChildren(button(shown ? t('Results') : t('Text'),
			t('Results of tests, or their text (M)'), toggle), shown ? shown.el : list);
		shown?.open();
	}
	function turn(action) {
		if (action !== 'results')
			return false;
		toggle();
		return true;
	}
	el.append(button(t('Text'), t('Results of tests, or their text (M)'), toggle), list);
	return view;
}
