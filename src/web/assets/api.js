/* The server's answers, and the addresses of what it has. See git-jci-web(1) for the interface. */
import {t} from './i18n.js';

export const base = document.documentElement.dataset.base;

/* JSON from /api/...; an Error says what the server said. `signal` as in fetch(). */
export async function get(path, signal) {
	let answer;

	try {
		answer = await fetch(base + path, {signal, headers: {Accept: 'application/json'}});
	} catch (error) {
		if (error.name === 'AbortError')
			throw error;
		throw new Error(t('the server does not answer; is it still running?'));
	}
	const body = await answer.json().catch(() => ({}));

	if (!answer.ok)
		throw Object.assign(new Error(body.error || t('the server answers with status {status}',
			{status: answer.status})), {status: answer.status});
	return body;
}

/* ---- names of artifacts: bytes, percent-encoded (RFC 3986), with '/' between folders ---- */

const plain = /[A-Za-z0-9\-._~!$&'()*+,;=:@/]/;

function encodeBytes(bytes) {
	return Array.from(bytes, (byte) => {
		const char = String.fromCharCode(byte);

		return byte < 128 && plain.test(char) ? char
			: '%' + byte.toString(16).toUpperCase().padStart(2, '0');
	}).join('');
}

/* Of an artifact of the API: its one spelling in addresses. */
export function encodeName(file) {
	if (file.pathBase64)
		return encodeBytes(Uint8Array.from(atob(file.pathBase64), (c) => c.charCodeAt(0)));
	return encodeBytes(new TextEncoder().encode(file.path));
}

/* The same of what an address has, however it was spelt there. */
export function normalizeName(encoded) {
	const bytes = [];

	for (const part of encoded.match(/%[0-9a-fA-F]{2}|[^%]+|%/g) || [])
		if (/^%../.test(part))
			bytes.push(parseInt(part.slice(1), 16));
		else
			bytes.push(...new TextEncoder().encode(part));
	return encodeBytes(bytes);
}

export function decodeName(encoded) {
	const bytes = [];

	for (const part of encoded.match(/%[0-9A-F]{2}|[^%]/g) || [])
		bytes.push(part.length > 1 ? parseInt(part.slice(1), 16) : part.charCodeAt(0));
	return new TextDecoder().decode(Uint8Array.from(bytes));
}

export function rawUrl(commit, run, name, download) {
	return `${base}/jci/${commit}/${run}/${name}/raw${download ? '?download' : ''}`;
}

export function archiveUrl(commit, run, ending) {
	return `${base}/archive/${commit}/${run}.${ending}`;
}

export function logUrl(commit, run, rest = '') {
	return `/api/log/${commit}/${run}${rest}`;
}
