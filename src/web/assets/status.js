/* Marks and words for how runs end: those of the API, and the reasons of run records. */
import {h} from './dom.js';
import {t} from './i18n.js';

const known = new Set(['success', 'failed', 'running', 'lost']);

function words(status) {
	return {
		success: t('passed'), failed: t('failed'), running: t('running'), lost: t('lost'),
	}[status] || t('no runs');
}

function reasons(reason) {
	return {
		passed: t('passed'), failed: t('failed'), timeout: t('timed out'),
		cancelled: t('cancelled'), killed: t('killed'), lost: t('lost'),
	}[reason];
}

export function mark(status) {
	return h('span', {class: 'icon ' + (known.has(status) ? status : 'none'), role: 'img',
		'aria-label': words(status)});
}

/* How a run ended, in a word or two. */
export function outcome(run) {
	return reasons(run.reason) || words(run.status);
}

/* Its newest run is still going on? */
export function isRunning(run) {
	return run.status === 'running';
}

export function size(bytes) {
	const units = ['', 'K', 'M', 'G', 'T'];
	let n = bytes, unit = 0;

	if (typeof bytes !== 'number')
		return '';
	while (n >= 1000 && unit < units.length - 1) {
		n /= 1024;
		unit++;
	}
	return (unit > 0 && n < 10 ? n.toFixed(1) : Math.round(n)) + units[unit];
}
