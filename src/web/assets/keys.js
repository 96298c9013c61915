/* The keys, those of git-jci-browser(7): one table that is both what they do and their help. */
import {dialog, h, table} from './dom.js';
import {t} from './i18n.js';

/*
 * [keys, action, help]; a heading is [text]. An action is handled by the pane that has the focus,
 * or by the page (app.js).
 */
const bindings = [
	[t('Moving')],
	['k ArrowUp', 'up', t('one line up')],
	['j ArrowDown', 'down', t('one line down')],
	['PageUp', 'page-up', t('one page up')],
	['PageDown Space', 'page-down', t('one page down')],
	['g Home', 'first', t('to the first line')],
	['G End', 'last', t('to the last line')],
	['h ArrowLeft', 'left', t('to the pane on the left, or scroll left')],
	['l ArrowRight', 'right', t('to the pane on the right, or scroll right')],
	['Enter', null, t('open what is at the cursor')],
	['L', 'log', t('open the log of the run')],
	['q Escape', 'close', t('go back')],
	['z', 'zoom', t('fill the window with this pane, and back')],
	[t('Finding')],
	['/', 'search', t('search in the log, or for commits')],
	['n', 'next', t('to the next match')],
	['N', 'prev', t('to the match before')],
	['f', 'filter', t('choose which commits are shown')],
	['b', 'branch', t('choose a branch or tag')],
	['S', 'stats', t('statistics of the branch')],
	[t('Acting')],
	['s', 'save', t('save the artifact')],
	['o', 'raw', t('open the artifact in a tab of its own')],
	['y', 'copy', t('copy the hash, the run id, the path, or lines')],
	['Y', 'copy-name', t('copy the name of the run for "git jci"')],
	['=', 'compare', t('compare with the last green run before')],
	[t('In a log')],
	['F', 'follow', t('stay at the end as the log grows')],
	['e', 'next-error', t('to the next error')],
	['E', 'prev-error', t('to the error before')],
	['c', 'fold', t('fold or unfold the group at the cursor')],
	['C', 'fold-all', t('fold or unfold all groups')],
	['w', 'wrap', t('wrap long lines, or not')],
	['#', 'numbers', t('line numbers on and off')],
	['T', 'times', t('time stamps: none, clock, start, delta')],
	['M', 'results', t('list test results (JUnit XML, TAP), and back')],
	[t('Other')],
	['?', 'help', t('this help')],
];

const byKey = new Map();

for (const [keys, action] of bindings)
	if (action)
		for (const key of keys.split(' '))
			byKey.set(key === 'Space' ? ' ' : key, action);

/* The action of a key press; undefined where it is the browser's or a field's. */
export function actionOf(event) {
	const {target} = event;

	if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing)
		return undefined;
	if (!target.closest || target.closest('input, select, textarea, dialog'))
		return undefined;
	if (event.key === ' ' && target.closest('button, summary'))
		return undefined;
	return byKey.get(event.key);
}

const names = {ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', Escape: 'Esc',
	PageUp: 'PgUp', PageDown: 'PgDn'};

export function help() {
	const sections = [];

	for (const [keys, , text] of bindings)
		if (text)
			sections.at(-1).rows.push([
				keys.split(' ').map((key) => h('kbd', null, names[key] || key)), text]);
		else
			sections.push({title: keys, rows: []});
	dialog(t('Keys'), {class: 'help'}, h('div', {class: 'columns', tabindex: 0}, sections.map(
		({title, rows}) => h('section', null, h('h3', null, title), table(null, rows)))));
}
