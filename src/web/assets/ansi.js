/*
 * A line of a log as it is to be shown, as tui/line.h has it: SGR sequences (ECMA-48; with 256
 * colours and RGB) set styles from the default at the start of each line; carriage return writes
 * over the line from its first column, so that of a progress display its last state is left;
 * backspace goes back one; EL erases. Other sequences are left out, other controls and
 * bidirectional overrides are shown as escapes.
 *
 * A style is {fg, bg, flags}: colours are 0 to 255, '#rrggbb', or null for the default; flags is
 * a string of letters: b bold, d dim, i italic, u underline, s strike, r reverse, e an escape.
 */
const plain = {fg: null, bg: null, flags: ''};
/* CSI sequences, strings (OSC, DCS, ...) up to BEL or ST, two-character sequences; controls */
const special = new RegExp('\x1b\\[([0-?]*)[ -/]*([@-~])' +
	'|\x1b[\\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\\\|$)|\x1b[ -/]*[0-~]' +
	'|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]', 'g');
const on = {1: 'b', 2: 'd', 3: 'i', 4: 'u', 7: 'r', 9: 's'};
const off = {22: 'bd', 23: 'i', 24: 'u', 27: 'r', 29: 's'};

function without(flags, letters) {
	return Array.from(flags).filter((flag) => !letters.includes(flag)).join('');
}

/* 38;5;N or 38;2;R;G;B, at params[i]: the colour, and the last parameter that belongs to it. */
function extended(params, i) {
	if (params[i + 1] === 5)
		return [Math.min(255, params[i + 2] || 0), i + 2];
	if (params[i + 1] !== 2)
		return [null, i + 1];
	const hex = params.slice(i + 2, i + 5).map((n) => Math.min(255, n).toString(16).padStart(2, '0'));

	return ['#' + hex.join('').padEnd(6, '0'), i + 4];
}

function withExtended(style, params, i) {
	const [colour, last] = extended(params, i);

	return [{...style, [params[i] === 38 ? 'fg' : 'bg']: colour}, last];
}

function sgr(style, text) {
	const params = text.split(/[;:]/).map((n) => Number(n) || 0);

	for (let i = 0; i < params.length; i++) {
		const n = params[i], tens = Math.floor(n / 10), colour = n % 10;

		if (n === 0)
			style = plain;
		else if (on[n])
			style = {...style, flags: without(style.flags, on[n]) + on[n]};
		else if (off[n])
			style = {...style, flags: without(style.flags, off[n])};
		else if (n === 38 || n === 48)
			[style, i] = withExtended(style, params, i);
		else if ((tens === 3 || tens === 9) && (colour < 8 || n === 39))
			style = {...style, fg: n === 39 ? null : colour + (tens === 9 ? 8 : 0)};
		else if ((tens === 4 || tens === 10) && (colour < 8 || n === 49))
			style = {...style, bg: n === 49 ? null : colour + (tens === 10 ? 8 : 0)};
	}
	return style;
}

function escapeOf(char) {
	const code = char.charCodeAt(0);

	if (code < 0x20)
		return '\\' + code.toString(8).padStart(3, '0');
	return (code < 256 ? '\\x' : '\\u') + code.toString(16).padStart(code < 256 ? 2 : 4, '0');
}

/* Columns that can be written over; only lines with \r, \b or EL need them. */
class Cells {
	constructor() {
		this.cells = [];
		this.at = 0;
	}

	put(text, style) {
		for (const char of text)
			this.cells[this.at++] = {text: char, style};
	}

	control(char) {
		this.at = char === '\r' ? 0 : Math.max(0, this.at - 1);
	}

	erase(how) {
		if (how === '2' || how === '1')
			this.cells.fill({text: ' ', style: plain}, 0, how === '2' ? undefined : this.at + 1);
		if (how !== '1')
			this.cells.length = Math.min(this.cells.length, this.at);
	}

	spans() {
		const spans = [];

		for (let i = 0; i < this.cells.length; i++) {
			const cell = this.cells[i] || {text: ' ', style: plain};
			const last = spans.at(-1);

			if (last && last.style === cell.style)
				last.text += cell.text;
			else
				spans.push({...cell});
		}
		return spans;
	}
}

class Spans {
	constructor() {
		this.list = [];
	}

	put(text, style) {
		this.list.push({text, style});
	}

	control() {}

	erase() {}

	spans() {
		return this.list;
	}
}

/* The line as spans: [{text, style}...]. */
export function render(line) {
	const body = line.endsWith('\r') ? line.slice(0, -1) : line;
	const sink = /[\r\b]|\x1b\[[0-2]?K/.test(body) ? new Cells() : new Spans();
	let style = plain, at = 0;

	for (const found of body.matchAll(special)) {
		const [whole, params, final] = found;

		if (found.index > at)
			sink.put(body.slice(at, found.index), style);
		at = found.index + whole.length;
		if (final === 'm')
			style = sgr(style, params);
		else if (final === 'K')
			sink.erase(params);
		else if (whole === '\r' || whole === '\b')
			sink.control(whole);
		else if (whole.length === 1)
			sink.put(escapeOf(whole), {...style, flags: style.flags + 'e'});
	}
	if (at < body.length)
		sink.put(body.slice(at), style);
	return sink.spans();
}

/* Without all that: what can be searched and copied. */
export function textOf(line) {
	return render(line).map(({text}) => text).join('');
}

/* ---- as elements ---- */

/* Of 256: those above 15 are a cube of 6 x 6 x 6 and 24 greys (xterm's ctlseqs). */
function rgb(colour) {
	if (typeof colour === 'string')
		return colour;
	if (colour >= 232) {
		const grey = 8 + 10 * (colour - 232);

		return `rgb(${grey},${grey},${grey})`;
	}
	const level = (n) => (n > 0 ? 55 + 40 * n : 0), n = colour - 16;

	return `rgb(${level(Math.floor(n / 36))},${level(Math.floor(n / 6) % 6)},${level(n % 6)})`;
}

function paint(node, colour, kind, property) {
	if (colour === null)
		return;
	if (typeof colour === 'number' && colour < 16)
		node.classList.add(kind + colour);
	else
		node.style[property] = rgb(colour);
}

/* A span, or plain text where there is no style. */
export function styled(text, style) {
	if (style === plain || (!style.flags && style.fg === null && style.bg === null))
		return document.createTextNode(text);
	const node = document.createElement('span');
	const reverse = style.flags.includes('r');

	node.textContent = text;
	node.className = Array.from(style.flags, (flag) => 'a' + flag).join(' ');
	paint(node, reverse ? style.bg : style.fg, 'f', 'color');
	paint(node, reverse ? style.fg : style.bg, 'g', 'backgroundColor');
	return node;
}
