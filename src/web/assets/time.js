/* Times are seconds since 1970, shown in the viewer's zone; ages as in the terminal's browser. */
import {h} from './dom.js';
import {t} from './i18n.js';

const steps = [
	[60, 1, 's'], [3600, 60, 'm'], [86400, 3600, 'h'], [14 * 86400, 86400, 'd'],
	[9 * 7 * 86400, 7 * 86400, 'w'], [31556952, 2629746, 'mo'], [Infinity, 31556952, 'y'],
];
const pad = (n) => String(n).padStart(2, '0');
const REFRESH_MS = 20000;

export function age(at, now = Date.now() / 1000) {
	const seconds = now - at;
	const [, unit, name] = steps.find(([below]) => seconds < below);

	return seconds < 1 ? t('now') : Math.floor(seconds / unit) + name;
}

/* 36 ms, 4.2 s, 3m05s, 1h02m. */
export function duration(seconds) {
	if (typeof seconds !== 'number' || seconds < 0)
		return '';
	if (seconds < 1)
		return Math.round(seconds * 1000) + ' ms';
	if (seconds < 59.95)
		return seconds.toFixed(1) + ' s';
	const s = Math.round(seconds);

	if (s < 3600)
		return Math.floor(s / 60) + 'm' + pad(s % 60) + 's';
	return Math.floor(s / 3600) + 'h' + pad(Math.floor(s / 60) % 60) + 'm';
}

/* 20:49:46 */
export function clock(at) {
	const date = new Date(at * 1000);

	return [date.getHours(), date.getMinutes(), date.getSeconds()].map(pad).join(':');
}

/* 0:05, 12:05, 1:02:05 */
export function elapsed(seconds) {
	const s = Math.floor(seconds), minutes = Math.floor(s / 60);

	return (s < 3600 ? minutes : Math.floor(s / 3600) + ':' + pad(minutes % 60)) + ':' + pad(s % 60);
}

/* The making of a format costs more than all rows of a list do: only for who wants to see it. */
let whole = null;

export function absolute(at) {
	whole ||= new Intl.DateTimeFormat(document.documentElement.lang, {dateStyle: 'full', timeStyle: 'long'});
	return whole.format(new Date(at * 1000));
}

/* The age of a moment, kept up to date; the moment itself in its title, under the pointer. */
export function when(at) {
	if (typeof at !== 'number' || !(Math.abs(at) < 8e12))
		return h('time');
	const iso = new Date(at * 1000).toISOString();

	return h('time', {datetime: iso, 'data-at': at}, age(at));
}

document.addEventListener('mouseover', ({target}) => {
	if (target.matches('time[data-at]:not([title])'))
		target.title = absolute(Number(target.dataset.at));
});

setInterval(() => {
	for (const node of document.querySelectorAll('time[data-at]')) {
		const text = age(Number(node.dataset.at));

		if (node.textContent !== text)
			node.textContent = text;
	}
}, REFRESH_MS);
