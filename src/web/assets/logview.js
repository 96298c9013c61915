/*
 * Lines in a window: only those in sight are in the document, and a log of any length scrolls.
 *
 * The place is a row and a part of it, kept as `y` in pixels as if all rows were there at ROW
 * height. Browsers cap the height of elements, so the space that scrolls is at most MAX_SPACE
 * high; small steps of its scroll bar move `y` by as much, larger ones, as by dragging, in
 * proportion. Wrapped rows may be higher than ROW: they fill the window from the row at the top.
 */
import {render, styled} from './ansi.js';
import {h} from './dom.js';
import {t} from './i18n.js';
import {Rows} from './rows.js';
import {patternOf} from './source.js';
import {clock, elapsed} from './time.js';

const ROW = 20; /* pixels; as in style.css */
const MAX_SPACE = 4000000; /* pixels */
const DRIFT = 2000; /* pixels that the scroll bar may be off before it is put right */
const MARKUP = /^(?:\x1b\[[0-9;]*[mK])*(?:::group::|##\[group\])/;
const TIMES = ['none', 'clock', 'start', 'delta'];

export class LogView {
	/*
	 * `options`: label; start (of the run, for its clock); numbers, wrap, times as remembered;
	 * onselect([from, to]); onmove(), after the place has changed.
	 */
	constructor(source, options) {
		this.source = source;
		this.options = options;
		this.rows = new Rows();
		this.nodes = new Map(); /* line -> node */
		this.errors = new Set();
		this.y = 0;
		this.cursor = 0;
		this.selected = null;
		this.following = false;
		this.times = options.times || 'none';
		this.lineBox = h('div', {class: 'log-rows'});
		this.window = h('div', {class: 'log-window'}, this.lineBox);
		this.space = h('div', {class: 'log-space'}, this.window);
		this.el = h('div', {class: 'log', tabindex: 0, role: 'region', 'aria-label': options.label,
			onscroll: () => this.scrolled(), onclick: (event) => this.clicked(event)}, this.space);
		this.el.classList.toggle('wrap', Boolean(options.wrap));
		this.el.classList.toggle('numbered', options.numbers !== false);
		source.onchange = () => this.changed();
		this.resizing = new ResizeObserver(() => this.resized());
		this.resizing.observe(this.el);
	}

	close() {
		this.resizing.disconnect();
		cancelAnimationFrame(this.frame);
		this.source.close();
		this.closed = true;
	}

	/* ---- geometry ---- */

	get height() {
		return this.el.clientHeight;
	}

	get full() {
		const last = this.el.classList.contains('wrap') ? Math.max(0, this.height - ROW) : 0;

		return this.rows.count * ROW + last;
	}

	get maxY() {
		return Math.max(0, this.full - this.height);
	}

	get spaceHeight() {
		return Math.min(this.full, Math.max(MAX_SPACE, this.height * 2));
	}

	/* Where the scroll bar belongs. */
	barOf(y) {
		const range = Math.max(0, this.spaceHeight - this.height);

		return this.maxY > 0 ? y / this.maxY * range : 0;
	}

	moveTo(y) {
		this.y = Math.max(0, Math.min(this.maxY, y));
		this.setBar();
		this.draw();
	}

	setBar() {
		this.el.scrollTop = this.barOf(this.y);
		this.bar = this.el.scrollTop;
	}

	scrolled() {
		const bar = this.el.scrollTop, step = bar - this.bar;

		if (step === 0)
			return;
		this.bar = bar;
		const exact = this.full <= this.spaceHeight;
		const range = Math.max(1, this.spaceHeight - this.height);

		if (exact)
			this.y = Math.min(bar, this.maxY);
		else if (Math.abs(step) > this.height * 3)
			this.y = bar / range * this.maxY;
		else
			this.y = Math.max(0, Math.min(this.maxY, this.y + step));
		if (!exact && Math.abs(this.barOf(this.y) - bar) > DRIFT ||
			(bar <= 0 && this.y > 0) || (bar >= range && this.y < this.maxY))
			this.setBar();
		this.setFollowing(this.isAtEnd());
		this.draw();
	}

	isAtEnd() {
		return this.y >= this.maxY - ROW || this.endInSight;
	}

	resized() {
		this.space.style.height = this.spaceHeight + 'px';
		if (this.following)
			this.toEnd();
		else
			this.moveTo(this.y);
	}

	/* ---- what changes ---- */

	changed() {
		if (this.pending)
			return;
		this.pending = true;
		this.frame = requestAnimationFrame(() => {
			this.pending = false;
			this.update();
		});
	}

	update() {
		const grew = this.source.total !== this.rows.lines;

		this.rows.lines = this.source.total;
		this.space.style.height = this.spaceHeight + 'px';
		if (this.following && grew)
			this.toEnd();
		else
			this.draw();
		this.options.onmove?.();
	}

	setIndex({errors, groups}) {
		this.errorLines = errors;
		this.errors = new Set(errors);
		this.rows.setGroups(groups.map((group) => ({...group, end: group.end ?? null})));
		this.redraw();
	}

	setPattern(query) {
		this.pattern = query ? patternOf(query) : null;
		this.redraw();
	}

	/* The rows again, as something that they show has changed. */
	redraw() {
		this.nodes.clear();
		this.space.style.height = this.spaceHeight + 'px';
		this.moveTo(this.y);
	}

	/* ---- drawing ---- */

	draw() {
		const first = Math.floor(this.y / ROW), rows = Math.ceil(this.height / ROW) + 1;

		this.drawRows(first, first + rows);
		this.endInSight = false;
		if (this.el.classList.contains('wrap') && first + rows > this.rows.count)
			this.fillToEnd(first);
		const part = this.y / ROW - Math.floor(this.y / ROW), top = this.lineBox.firstElementChild;

		this.lineBox.style.transform = `translateY(${-part * (top?.offsetHeight || ROW)}px)`;
	}

	drawRows(from, to) {
		const nodes = new Map();

		for (let row = from; row < Math.min(to, this.rows.count); row++) {
			const line = this.rows.lineOf(row);

			nodes.set(line, this.node(line));
		}
		this.nodes = nodes;
		this.place(Array.from(nodes.values()));
		if (nodes.size > 0)
			this.source.want(nodes.keys().next().value, Array.from(nodes.keys()).at(-1));
	}

	/* The last rows, wrapped, fill the window: no higher one begins than is needed for that. */
	fillToEnd(first) {
		let top = first;

		while (top > 0 && this.lineBox.offsetHeight < this.height)
			this.drawRows(--top, this.rows.count);
		if (top < first)
			this.y = top * ROW;
		this.endInSight = top < first || this.lineBox.offsetHeight <= this.height;
	}

	/* Nodes that stay are not touched, so that a selection of text stays as well. */
	place(nodes) {
		const keep = new Set(nodes);

		for (const child of Array.from(this.lineBox.children))
			if (!keep.has(child))
				child.remove();
		nodes.forEach((node, i) => {
			if (this.lineBox.children[i] !== node)
				this.lineBox.insertBefore(node, this.lineBox.children[i] || null);
		});
	}

	node(line) {
		const data = this.source.line(line), old = this.nodes.get(line);

		if (old && old.data === data?.text && old.time === data?.time) {
			this.mark(old, line);
			return old;
		}
		const node = h('div', {class: 'line', 'data-line': line},
			h('a', {class: 'number', 'data-number': line, href: '#L' + line, tabindex: -1,
				'aria-label': t('line {line}', {line})}));

		node.data = data?.text;
		node.time = data?.time;
		if (this.times !== 'none')
			node.append(h('span', {class: 'at'}, data ? this.timeOf(line, data) : ''));
		node.append(...this.foldButton(line), this.text(line, data));
		this.mark(node, line);
		return node;
	}

	mark(node, line) {
		const chosen = this.selected && line >= this.selected[0] && line <= this.selected[1];

		node.classList.toggle('chosen', Boolean(chosen));
		node.classList.toggle('cursor', line === this.cursor);
		node.classList.toggle('error', this.errors.has(line));
	}

	text(line, data) {
		if (!data)
			return h('span', {class: 'text dim'}, '…');
		const group = this.rows.group(line);
		const spans = render(group && MARKUP.test(data.text) ? group.title : data.text);

		return h('span', {class: group ? 'text title' : 'text'}, this.marked(spans));
	}

	/* Spans as nodes, with what is searched for in <mark>. */
	marked(spans) {
		const whole = spans.map(({text}) => text).join('');
		const found = this.pattern
			? Array.from(whole.matchAll(this.pattern), ({0: text, index}) => [index, index + text.length])
			: [];
		const nodes = [];
		let at = 0;

		for (const {text, style} of spans) {
			let from = 0;

			for (const [start, end] of found) {
				const a = Math.max(from, start - at), b = Math.min(text.length, end - at);

				if (a >= b)
					continue;
				if (a > from)
					nodes.push(styled(text.slice(from, a), style));
				nodes.push(h('mark', null, styled(text.slice(a, b), style)));
				from = b;
			}
			if (from < text.length)
				nodes.push(styled(text.slice(from), style));
			at += text.length;
		}
		return nodes;
	}

	foldButton(line) {
		const group = this.rows.group(line);

		if (!group || (group.end !== null && group.end <= line))
			return [];
		const closed = this.rows.folded.has(line);

		return [h('button', {type: 'button', class: 'fold', tabindex: -1,
			'aria-expanded': String(!closed), 'aria-label': t('group "{title}"', {title: group.title}),
			onclick: () => this.fold(line, !closed)})];
	}

	timeOf(line, {time}) {
		if (time === null)
			return '';
		if (this.times === 'clock')
			return clock(this.options.start + time);
		if (this.times === 'start')
			return elapsed(time);
		const before = this.source.line(line - 1)?.time;

		return typeof before === 'number' ? '+' + (time - before).toFixed(2) : '';
	}

	/* ---- moving ---- */

	/* The row at the top of the window. */
	get topLine() {
		return this.rows.lineOf(Math.min(this.rows.count - 1, Math.ceil(this.y / ROW)));
	}

	/* Brings the line into sight, a third below the top if it was not. */
	showLine(line) {
		this.rows.reveal(line) && this.redraw();
		const at = this.rows.rowOf(line) * ROW;

		if (at < this.y || at > this.y + this.height - 2 * ROW)
			this.moveTo(at - this.height / 3);
		else
			this.draw();
		this.setFollowing(this.following && this.isAtEnd());
	}

	moveCursor(line) {
		this.cursor = Math.max(1, Math.min(this.source.total, line));
		this.showLine(this.cursor);
		this.options.onmove?.();
	}

	/* By rows; the cursor comes along from where it is, or from the top of the window. */
	moveRows(by) {
		const from = this.cursor && this.isInSight(this.cursor) ? this.cursor : this.topLine;
		const row = this.rows.rowOf(from) + by;
		const to = Math.max(0, Math.min(this.rows.count - 1, row));

		if (this.rows.count === 0)
			return;
		this.cursor = this.rows.lineOf(to);
		const at = to * ROW;

		if (at < this.y)
			this.moveTo(at);
		else if (at > this.y + this.height - ROW)
			this.moveTo(at - this.height + ROW);
		else
			this.draw();
		this.setFollowing(this.isAtEnd());
		this.options.onmove?.();
	}

	isInSight(line) {
		return this.nodes.has(line);
	}

	page() {
		return Math.max(1, Math.floor(this.height / ROW) - 1);
	}

	toEnd() {
		this.moveTo(this.maxY);
		this.setFollowing(true);
	}

	setFollowing(following) {
		const now = following && !this.source.complete;

		if (now === this.following)
			return;
		this.following = now;
		this.options.onmove?.();
	}

	/* ---- folding, choosing lines, what is shown ---- */

	fold(line, closed) {
		this.rows.fold(line, closed);
		this.redraw();
	}

	foldAtCursor() {
		const group = this.rows.groupAround(this.cursor || this.topLine);

		if (!group)
			return;
		this.cursor = group.line;
		this.fold(group.line, !this.rows.folded.has(group.line));
		this.showLine(group.line);
	}

	foldAll() {
		this.rows.foldAll(this.rows.folded.size === 0);
		this.redraw();
	}

	clicked(event) {
		const link = event.target.closest('a.number');

		if (link) {
			const line = Number(link.parentElement.dataset.line);
			const from = event.shiftKey && this.selected ? this.selected[0] : line;

			event.preventDefault();
			this.cursor = line;
			this.choose([Math.min(from, line), Math.max(from, line)]);
			this.options.onselect?.(this.selected);
			return;
		}
		const row = event.target.closest('.line');

		if (row && getSelection().isCollapsed) {
			this.cursor = Number(row.dataset.line);
			this.draw();
		}
	}

	choose(lines) {
		this.selected = lines;
		this.draw();
	}

	toggleWrap() {
		const line = this.topLine, on = this.el.classList.toggle('wrap');

		this.redraw();
		this.moveTo(this.rows.rowOf(line) * ROW);
		return on;
	}

	toggleNumbers() {
		return this.el.classList.toggle('numbered');
	}

	nextTimes() {
		this.times = TIMES[(TIMES.indexOf(this.times) + 1) % TIMES.length];
		if (this.times !== 'none')
			this.source.forgetUntimed();
		this.redraw();
		return this.times;
	}
}
