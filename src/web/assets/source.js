/*
 * Where the lines that are shown come from: a log of the server, of which a bounded part is kept
 * here, or a text that is here as a whole. Both have
 *
 *	total, complete         lines there are; will there be no more?
 *	line(n)                 {text, time} of a line from 1; undefined: not here yet
 *	want(from, to)          these are looked at: get them; onchange() tells when they came
 *	index()                 promise of {errors, errorCount, groups}
 *	matches(query)          promises, for `for await`: lists of lines that match, rising
 *	follow(), close()       wait for what is still being written; stop all of it
 */
import {base, get, logUrl} from './api.js';
import {textOf} from './ansi.js';

const CHUNK = 500; /* lines a request */
const KEEP_CHARS = 32 * 1024 * 1024;
const MATCHES = 1000; /* lines a request */

export class LogSource {
	constructor(commit, run) {
		this.commit = commit;
		this.run = run;
		this.total = 0;
		this.complete = false;
		this.chunks = new Map(); /* number -> {lines: [], chars}; those used last come last */
		this.chars = 0;
		this.asking = new Map(); /* number -> AbortController */
		this.onchange = () => {};
		this.onend = () => {};
		this.onerror = () => {};
	}

	path(rest) {
		return logUrl(this.commit, this.run, rest);
	}

	/* The first look: how long it is, and its last lines or those around `line`. */
	async open(line) {
		const from = line ? Math.max(1, line - CHUNK / 2) : -CHUNK;

		this.take(await get(this.path(`/lines?from=${from}&count=${CHUNK}`)));
	}

	/* ---- what is here ---- */

	line(n) {
		return this.chunks.get(Math.floor((n - 1) / CHUNK))?.lines[(n - 1) % CHUNK];
	}

	put(n, line) {
		const number = Math.floor((n - 1) / CHUNK);
		let chunk = this.chunks.get(number);

		if (!chunk)
			this.chunks.set(number, chunk = {lines: [], chars: 0});
		const more = line.text.length - (chunk.lines[(n - 1) % CHUNK]?.text.length || 0);

		chunk.lines[(n - 1) % CHUNK] = line;
		chunk.chars += more;
		this.chars += more;
	}

	take(answer) {
		answer.lines.forEach((text, i) =>
			this.put(answer.from + i, {text, time: answer.times?.[i] ?? null}));
		this.total = Math.max(this.total, answer.total);
		this.complete ||= answer.complete;
		this.onchange();
	}

	forget(wanted) {
		for (const [number, chunk] of this.chunks) {
			if (this.chars <= KEEP_CHARS)
				return;
			if (wanted.has(number))
				continue;
			this.chars -= chunk.chars;
			this.chunks.delete(number);
		}
	}

	/* ---- what is not ---- */

	want(from, to) {
		const wanted = new Set();

		for (let number = Math.floor((from - 1) / CHUNK); number * CHUNK < to; number++)
			wanted.add(number);
		for (const [number, abort] of this.asking)
			if (!wanted.has(number)) {
				abort.abort();
				this.asking.delete(number);
			}
		for (const number of wanted) {
			const chunk = this.chunks.get(number);

			if (chunk) { /* used last */
				this.chunks.delete(number);
				this.chunks.set(number, chunk);
			}
			this.ask(number, Math.max(from, number * CHUNK + 1), Math.min(to, (number + 1) * CHUNK));
		}
		this.forget(wanted);
	}

	/* From the first line that is missing between two of a chunk, to the end of the chunk. */
	async ask(number, from, to) {
		while (from <= to && this.line(from))
			from++;
		if (from > Math.min(to, this.total) || this.asking.has(number))
			return;
		const abort = new AbortController();
		const first = this.chunks.has(number) ? from : number * CHUNK + 1;

		this.asking.set(number, abort);
		try {
			const count = (number + 1) * CHUNK + 1 - first;

			this.take(await get(this.path(`/lines?from=${first}&count=${count}`), abort.signal));
		} catch (error) {
			if (error.name !== 'AbortError')
				this.onerror(error);
		} finally {
			if (this.asking.get(number) === abort)
				this.asking.delete(number);
		}
	}

	index() {
		return get(this.path('/index'));
	}

	async *matches({text, matchCase, regex}) {
		for (let from = 1; from;) {
			const query = new URLSearchParams({q: text, case: Number(matchCase),
				regex: Number(regex), from, limit: MATCHES});
			const answer = await get(this.path('/search?' + query));

			yield [...new Set(answer.matches.map(({line}) => line))];
			from = answer.more ? answer.next : 0;
		}
	}

	/* ---- a log that is still being written ---- */

	/*
	 * From the start of its last line on, which may not be whole yet. The browser itself comes
	 * back after a gap, and says where it was (Last-Event-ID); after pause() this does.
	 */
	async follow() {
		if (this.complete || this.events || this.closed)
			return;
		this.events = {}; /* not twice */
		try {
			this.tail ||= await this.findTail();
		} catch (error) {
			this.events = null;
			this.onerror(error);
			return;
		}
		if (this.complete || this.closed)
			return;
		const events = new EventSource(
			`${base}/api/tail/${this.commit}/${this.run}?from=${this.tail.offset}`);

		this.events = events;
		events.addEventListener('log', (event) =>
			this.append(JSON.parse(event.data).text, Number(event.lastEventId)));
		events.addEventListener('end', (event) => this.ended(JSON.parse(event.data)));
		events.addEventListener('lost', () => this.ended({status: 'lost'}));
		events.addEventListener('error', () =>
			events.readyState === EventSource.CLOSED && this.pause());
	}

	async findTail() {
		const answer = await get(this.path('/lines?from=-1&count=1'));

		this.take(answer);
		return {line: answer.from, offset: answer.offsets[0] ?? 0, rest: ''};
	}

	/* `offset`: behind the text. */
	append(text, offset) {
		const parts = (this.tail.rest + text).split('\n'), rest = parts.pop();
		let {line} = this.tail;

		for (const part of parts)
			this.put(line++, {text: part, time: null});
		if (rest)
			this.put(line, {text: rest, time: null});
		this.total = Math.max(this.total, rest ? line : line - 1);
		this.tail = {line, offset, rest};
		this.onchange();
	}

	ended(how) {
		this.pause();
		this.complete = true;
		this.onchange();
		this.onend(how);
	}

	pause() {
		this.events?.close?.();
		this.events = null;
	}

	close() {
		this.closed = true;
		this.pause();
		for (const abort of this.asking.values())
			abort.abort();
		this.onchange = this.onend = this.onerror = () => {};
	}

	/* Lines that came by follow() have no times: get them again. */
	forgetUntimed() {
		for (const [number, chunk] of this.chunks)
			if (chunk.lines.some((line) => line && line.time === null)) {
				this.chars -= chunk.chars;
				this.chunks.delete(number);
			}
	}
}

export class TextSource {
	constructor(text) {
		this.lines = text.split('\n');
		if (this.lines.at(-1) === '')
			this.lines.pop();
		this.total = this.lines.length;
		this.complete = true;
	}

	open() {}

	line(n) {
		return {text: this.lines[n - 1], time: null};
	}

	want() {}

	async index() {
		return {errors: [], errorCount: 0, groups: []};
	}

	async *matches({text, matchCase, regex}) {
		const pattern = patternOf({text, matchCase, regex});
		const found = [];

		this.lines.forEach((line, i) => {
			pattern.lastIndex = 0;
			if (pattern.test(textOf(line)))
				found.push(i + 1);
		});
		yield found;
	}

	follow() {}

	pause() {}

	close() {}

	forgetUntimed() {}
}

/* What is looked for, for marking it in lines that are here. */
export function patternOf({text, matchCase, regex}) {
	const flags = matchCase ? 'gu' : 'giu';

	try {
		return new RegExp(regex ? text : text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), flags);
	} catch {
		return new RegExp('(?!)', flags); /* valid for the server's library, or for none */
	}
}
