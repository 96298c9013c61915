/*
 * Elements. Nothing here, nor anywhere else in the page, takes HTML: what comes from a repository
 * gets into the page as text nodes and attribute values only.
 */

/*
 * h('a', {href: url, class: 'x', onclick: f}, 'text', node, [more]): attributes that are false or
 * null are left out, true ones are empty; "on..." adds a listener. Children that are null are
 * left out. The style attribute is out of bounds (CSP): set node.style.
 */
export function h(name, attributes, ...children) {
	const node = document.createElement(name);

	for (const [key, value] of Object.entries(attributes || {})) {
		if (value === false || value === null || value === undefined)
			continue;
		if (key.startsWith('on'))
			node.addEventListener(key.slice(2), value);
		else
			node.setAttribute(key, value === true ? '' : value);
	}
	node.append(...children.flat().filter((child) => child !== null && child !== undefined));
	return node;
}

export function button(text, title, onclick, attributes) {
	return h('button', {type: 'button', title, onclick, ...attributes}, text);
}

/* A table of rows of cells; a cell is text, a node, or a list of them. */
export function table(headings, rows, attributes) {
	return h('table', attributes,
		headings && h('thead', null, h('tr', null,
			headings.map((text) => h('th', {scope: 'col'}, text)))),
		h('tbody', null, rows.map((row) => h('tr', null,
			row.map((cell) => h('td', null, ...[cell].flat()))))));
}

/* A modal dialog that leaves the document when it is closed; focus goes back where it was. */
export function dialog(title, attributes, ...children) {
	const before = document.activeElement;
	const node = h('dialog', {'aria-label': title, ...attributes}, h('h2', null, title),
		...children);

	node.addEventListener('close', () => {
		node.remove();
		before?.focus({preventScroll: true});
	});
	node.addEventListener('click', (event) => event.target === node && node.close());
	document.body.append(node);
	node.showModal();
	return node;
}

/* A name in which nothing can hide: control characters by their pictures, bidi controls as escapes. */
export function visible(name) {
	return name.replace(/[\x00-\x1f\x7f]/g, (c) => (c === '\x7f' ? '\u2421'
		: String.fromCharCode(0x2400 + c.charCodeAt(0))))
		.replace(/[\u202a-\u202e\u2066-\u2069]/g, (c) => '\\u' + c.charCodeAt(0).toString(16));
}

/* Onto the clipboard; false where the browser does not let us. */
export async function copyText(text) {
	const {activeElement} = document;

	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch { /* not there without TLS, but on loopback */ }
	const field = h('textarea', {class: 'unseen', 'aria-hidden': 'true'});

	field.value = text;
	document.body.append(field);
	field.select();
	const done = document.execCommand('copy');

	field.remove();
	activeElement?.focus({preventScroll: true});
	return done;
}

/* Says it to those who look and to those who listen. */
export function say(text) {
	const line = document.getElementById('status');

	line.textContent = text;
	line.classList.add('shown');
	clearTimeout(say.timer);
	say.timer = setTimeout(() => line.classList.remove('shown'), 4000);
}
