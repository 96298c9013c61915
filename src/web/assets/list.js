/*
 * A list of links with a cursor, for panes: one of its links can be reached by Tab, the others by
 * the keys of the page (keys.js). Rows stay the same nodes while what they show stays the same, so
 * that neither focus nor scrolling is lost when the server has news.
 */
import {h} from './dom.js';

const LONG = 200; /* rows; with more, those out of sight are not laid out (style.css) */

export class List {
	/* `onmove(link)`: the cursor was moved by a key. */
	constructor(label, onmove) {
		this.el = h('ul', {class: 'list', 'aria-label': label});
		this.onmove = onmove;
		this.rows = new Map(); /* key -> {text, item, link} */
		this.key = null;
	}

	/*
	 * Shows these items. key(item): what it is; make(item): its content, the first element of
	 * which is the link or button that has the cursor; extra(item): what else make() looks at.
	 */
	set(items, key, make, extra = () => '') {
		const rows = new Map();

		for (const item of items) {
			const k = key(item), text = JSON.stringify(item) + extra(item);
			let row = this.rows.get(k);

			if (!row || row.text !== text) {
				const [link, ...more] = [make(item)].flat();

				row = {text, link, item: h('li', null, link, ...more), old: row};
			}
			rows.set(k, row);
		}
		this.replace(rows);
	}

	replace(rows) {
		const focused = this.el.contains(document.activeElement) ? this.focusedKey() : null;

		this.rows = rows;
		this.el.classList.toggle('long', rows.size > LONG);
		const items = Array.from(rows.values(), (row) => row.item);

		if (items.length !== this.el.children.length ||
			items.some((item, i) => item !== this.el.children[i]))
			this.el.replaceChildren(...items);
		this.mark();
		if (focused !== null)
			(rows.get(focused) || rows.get(this.key))?.link.focus({preventScroll: true});
	}

	focusedKey() {
		for (const [key, row] of this.rows)
			if (row.link === document.activeElement)
				return key;
		return null;
	}

	/* The row that the page is about; null: none. */
	select(key, scroll) {
		const moved = key !== this.key;

		this.key = key;
		this.mark();
		if (scroll && moved)
			this.rows.get(key)?.item.scrollIntoView({block: 'nearest'});
	}

	mark() {
		const reachable = this.rows.has(this.key) ? this.key : this.rows.keys().next().value;

		for (const [key, {link}] of this.rows) {
			if (key === this.key)
				link.setAttribute('aria-current', 'true');
			else
				link.removeAttribute('aria-current');
			link.tabIndex = key === reachable ? 0 : -1;
		}
	}

	links() {
		return Array.from(this.rows.values(), (row) => row.link).filter((link) => link.offsetParent);
	}

	cursor() {
		if (this.el.contains(document.activeElement))
			return document.activeElement;
		return this.rows.get(this.key)?.link || this.links()[0];
	}

	focus() {
		this.cursor()?.focus({preventScroll: true});
		this.cursor()?.scrollIntoView({block: 'nearest'});
		return Boolean(this.cursor());
	}

	/* By so many rows; Infinity: to the end. */
	move(by) {
		const links = this.links(), from = links.indexOf(this.cursor());
		const link = links[Math.max(0, Math.min(links.length - 1, from + by))];

		if (!link)
			return;
		link.focus({preventScroll: true});
		link.scrollIntoView({block: 'nearest'});
		if (links.indexOf(link) !== from)
			this.onmove?.(link);
	}

	page() {
		const row = this.el.firstElementChild?.offsetHeight || 1;

		return Math.max(1, Math.floor(this.el.parentElement.clientHeight / row) - 1);
	}
}
