/* A log or another text with its bar: search, errors, folding, times, wrapping, following. */
import {textOf} from './ansi.js';
import {button, h, say} from './dom.js';
import {t} from './i18n.js';
import {LogView} from './logview.js';
import {lastWhere} from './rows.js';
import {setting} from './top.js';

const TYPING_MS = 200;
const COPY_LINES = 20000;
const MATCHES_MOST = 100000;

export class LogPane {
	/*
	 * `options`: label, start, isLog, atEnd (open it there), lines (that the address names),
	 * onlines(lines), onend(how): of what is followed.
	 */
	constructor(app, source, options) {
		this.app = app;
		this.source = source;
		this.options = options;
		this.found = null; /* lines that match, rising; of all matches once foundAll */
		this.view = new LogView(source, {
			label: options.label, start: options.start,
			wrap: (setting('wrap') ?? String(matchMedia('(max-width: 699px)').matches)) === 'true',
			numbers: setting('numbers') !== 'false', times: setting('times'),
			onselect: options.onlines, onmove: () => this.drawBar(),
		});
		this.note = h('p', {class: 'note', role: 'status'}, t('loading...'));
		this.el = h('div', {class: 'log-pane'}, this.bar(), this.note, this.view.el);
		source.onend = (how) => {
			this.loadIndex();
			options.onend?.(how);
		};
		source.onerror = (error) => say(error.message);
		this.onvisible = () => (document.hidden ? source.pause() : source.follow());
		document.addEventListener('visibilitychange', this.onvisible);
	}

	close() {
		document.removeEventListener('visibilitychange', this.onvisible);
		this.searching = null;
		this.view.close();
	}

	async open() {
		const {lines, atEnd} = this.options;

		try {
			await this.source.open(lines?.[0] || (atEnd ? 0 : 1));
		} catch (error) {
			this.note.textContent = error.message;
			return;
		}
		this.view.update();
		this.note.textContent = this.source.total > 0 ? ''
			: this.source.complete ? t('It is empty.') : t('Nothing was printed yet.');
		if (lines)
			this.choose(lines);
		else if (atEnd)
			this.view.toEnd();
		this.loadIndex();
		this.source.follow();
	}

	async loadIndex() {
		try {
			this.index = await this.source.index();
			this.view.setIndex(this.index);
		} catch (error) {
			say(error.message);
		}
		this.drawBar();
	}

	choose(lines) {
		this.view.choose(lines);
		if (lines)
			this.view.moveCursor(lines[0]);
	}

	focus() {
		this.view.el.focus({preventScroll: true});
	}

	/* ---- the bar ---- */

	bar() {
		this.input = h('input', {type: 'search', placeholder: t('Search in it'), spellcheck: 'false',
			'aria-label': t('Search in it'), oninput: () => this.typed(),
			onkeydown: (event) => this.inputKey(event)});
		this.caseButton = toggle('Aa', t('Match case'), () => this.search());
		this.regexButton = toggle('.*', t('Regular expression'), () => this.search());
		this.count = h('span', {class: 'dim count', role: 'status'});
		this.errorsButton = button('', t('To the next error (e)'), () => this.act('next-error'),
			{class: 'errors', hidden: true});
		this.followButton = toggle(t('Follow'), t('Stay at the end as the log grows (F)'),
			(on) => this.follow(on));
		this.timesButton = button(t('Times'), t('Time stamps: none, clock, start, delta (T)'),
			() => this.act('times'));
		this.wrapButton = toggle(t('Wrap'), t('Wrap long lines (w)'), () => this.act('wrap'),
			this.view.el.classList.contains('wrap'));
		this.foldButton = button(t('Fold'), t('Fold or unfold all groups (C)'),
			() => this.act('fold-all'), {hidden: true});
		this.arrows = [button('↑', t('To the match before (N)'), () => this.act('prev')),
			button('↓', t('To the next match (n)'), () => this.act('next'))];
		this.drawCount();
		return h('div', {class: 'bar', role: 'toolbar', 'aria-label': t('Log')},
			h('span', {class: 'find'}, this.input, this.caseButton, this.regexButton,
				this.count, this.arrows),
			h('span', {class: 'grow'}), this.errorsButton, this.foldButton,
			this.options.isLog ? this.timesButton : null, this.wrapButton, this.followButton,
			button('⤓', t('To the last line (G)'), () => this.act('last')));
	}

	drawBar() {
		const errors = this.index?.errorCount || 0, live = !this.source.complete;

		this.errorsButton.hidden = errors === 0;
		this.errorsButton.textContent = errors === 1
			? t('1 error') : t('{count} errors', {count: errors.toLocaleString()});
		this.foldButton.hidden = !(this.index?.groups.length > 0);
		this.followButton.hidden = !live;
		this.followButton.setAttribute('aria-pressed', String(this.view.following));
		this.drawCount();
		if (this.source.total > 0)
			this.note.textContent = '';
	}

	drawCount() {
		for (const node of [this.count, ...this.arrows])
			node.hidden = !this.found;
		if (!this.found)
			return;
		const total = this.found.length.toLocaleString() + (this.foundAll ? '' : '…');
		const at = this.found.indexOf(this.view.cursor) + 1;

		this.count.textContent = this.found.length === 0 && this.foundAll ? t('not found')
			: at ? t('{at} of {total}', {at: at.toLocaleString(), total}) : total;
	}

	follow(on) {
		if (on)
			this.view.toEnd();
		else
			this.view.setFollowing(false);
	}

	/* ---- searching ---- */

	typed() {
		clearTimeout(this.typing);
		this.typing = setTimeout(() => this.search(), TYPING_MS);
	}

	inputKey(event) {
		if (event.key === 'Escape') {
			this.input.value = '';
			this.search();
			this.focus();
		} else if (event.key === 'Enter') {
			this.enter(event.shiftKey ? -1 : 1);
		} else {
			return;
		}
		event.preventDefault();
		event.stopPropagation();
	}

	enter(by) {
		clearTimeout(this.typing);
		if (this.input.value !== this.searching?.text)
			this.search();
		else
			this.toMatch(by);
	}

	/* All matching lines, as the server finds them; to the first from the cursor on. */
	async search() {
		const query = this.searching = {text: this.input.value,
			matchCase: isOn(this.caseButton), regex: isOn(this.regexButton)};
		const from = this.view.cursor || this.view.topLine;
		let moved = false;

		this.found = query.text ? [] : null;
		this.foundAll = !query.text;
		this.view.setPattern(query.text ? query : null);
		this.drawCount();
		if (!query.text)
			return;
		try {
			for await (const lines of this.source.matches(query)) {
				if (this.searching !== query)
					return;
				this.found.push(...lines);
				if (this.found.length >= MATCHES_MOST)
					return;
				if (!moved && lines.some((line) => line >= from)) {
					moved = true;
					this.view.moveCursor(lines.find((line) => line >= from));
				}
				this.drawCount();
			}
			this.foundAll = true;
			if (!moved && this.found.length > 0)
				this.view.moveCursor(this.found[0]);
			this.drawCount();
		} catch (error) {
			this.foundAll = true;
			this.count.textContent = error.message;
		}
	}

	/* To the next line of a rising list, or the one before; around the end. */
	jump(lines, by) {
		const from = this.view.cursor || (by > 0 ? this.view.topLine - 1 : this.view.topLine);
		const next = by > 0 ? lines.find((line) => line > from) ?? lines[0]
			: lastWhere(lines, (line) => line < from) ?? lines.at(-1);

		if (next)
			this.view.moveCursor(next);
		return next;
	}

	toMatch(by) {
		if (this.found?.length)
			this.jump(this.found, by);
		else
			this.input.focus();
	}

	toError(by) {
		const line = this.jump(this.index?.errors || [], by);

		say(line ? t('error in line {line}', {line: line.toLocaleString()})
			: t('no errors were found in the log'));
	}

	/* ---- keys ---- */

	act(action) {
		const {view} = this, moves = {up: -1, down: 1, 'page-up': -view.page(), 'page-down': view.page(),
			first: -Infinity, last: Infinity};

		if (action in moves) {
			view.moveRows(moves[action]);
			if (action === 'last')
				view.toEnd();
			return true;
		}
		return this.scrollAside(action) || this.doIt(action);
	}

	scrollAside(action) {
		const {el} = this.view, before = el.scrollLeft;

		if (action === 'left' || action === 'right')
			el.scrollLeft += (action === 'left' ? -1 : 1) * el.clientWidth / 2;
		return el.scrollLeft !== before;
	}

	doIt(action) {
		const {view} = this;
		const acts = {
			search: () => this.input.select(),
			next: () => this.toMatch(1),
			prev: () => this.toMatch(-1),
			'next-error': () => this.toError(1),
			'prev-error': () => this.toError(-1),
			fold: () => view.foldAtCursor(),
			'fold-all': () => view.foldAll(),
			follow: () => this.follow(!view.following),
			wrap: () => this.remember('wrap', view.toggleWrap()),
			numbers: () => setting('numbers', view.toggleNumbers()),
			times: () => {
				setting('times', view.nextTimes());
				say(t('time stamps: {kind}', {kind: timesName(view.times)}));
			},
			copy: () => this.copy(),
		};

		if (!acts[action] || (action === 'copy' && !view.selected))
			return false;
		acts[action]();
		return true;
	}

	remember(name, on) {
		setting(name, on);
		this.wrapButton.setAttribute('aria-pressed', String(on));
	}

	/* The chosen lines, without colours; those that are here. */
	copy() {
		const [from, to] = this.view.selected, lines = [];

		for (let n = from; n <= Math.min(to, from + COPY_LINES); n++)
			if (this.source.line(n))
				lines.push(textOf(this.source.line(n).text));
		this.app.copy(lines.join('\n'));
	}
}

function timesName(times) {
	return {none: t('none'), clock: t('time of day'), start: t('since the start'),
		delta: t('since the line before')}[times];
}

function toggle(text, title, ontoggle, on = false) {
	const node = button(text, title, () => {
		node.setAttribute('aria-pressed', String(!isOn(node)));
		ontoggle(isOn(node));
	}, {'aria-pressed': String(on)});

	return node;
}

function isOn(node) {
	return node.getAttribute('aria-pressed') === 'true';
}
