/* The pane of artifacts: the files of a run as a tree, its log first. */
import {encodeName} from './api.js';
import {h, visible} from './dom.js';
import {t} from './i18n.js';
import {List} from './list.js';
import {size} from './status.js';

export const LOG = 'run.output.txt';
const OPEN_MOST = 300; /* files; with more of them folders are closed at first */

/* A tree of Maps: names to files, or to Maps of what is in a folder. */
function treeOf(artifacts) {
	const root = new Map();

	for (const file of artifacts) {
		const names = file.path.split('/'), last = names.pop();
		let folder = root;

		for (const name of names) {
			if (!(folder.get(name + '/') instanceof Map))
				folder.set(name + '/', new Map());
			folder = folder.get(name + '/');
		}
		folder.set(encodeName(file), {...file, base: last});
	}
	return root;
}

function sizeOf(entry) {
	if (!(entry instanceof Map))
		return entry.size || 0;
	let sum = 0;

	for (const inner of entry.values())
		sum += sizeOf(inner);
	return sum;
}

export class Files {
	constructor(app, pane) {
		this.app = app;
		this.folders = new Map(); /* path -> is it open; what the viewer chose */
		this.list = new List(t('Artifacts'), (link) => link.href && app.follow(link));
		this.note = h('p', {class: 'note'});
		pane.setAttribute('aria-label', t('Artifacts'));
		pane.append(h('header', {class: 'pane-head'}, h('h2', null, t('Artifacts'))),
			h('div', {class: 'scroll'}, this.list.el, this.note));
	}

	/* `commit`: the answer of /api/commit with a run, or null. */
	show(commit, note = '') {
		this.commit = commit?.runId ? commit : null;
		this.note.textContent = note;
		this.draw();
	}

	draw() {
		const rows = [];

		if (this.commit) {
			const files = this.commit.artifacts || [];
			const log = files.find(({path}) => path === LOG);

			this.few = files.length <= OPEN_MOST;
			if (log || this.commit.isLive)
				rows.push({name: '', base: LOG, size: log?.size, depth: 0});
			this.add(rows, treeOf(files.filter((file) => file !== log)), '', 0);
		}
		this.list.set(rows, (row) => (row.folder ? row.folder : 'f' + row.name),
			(row) => (row.folder ? this.folder(row) : this.file(row)),
			() => this.app.key() + this.commit.hash + this.commit.runId);
		const {route} = this.app;

		this.list.select(route.run ? 'f' + (route.name === LOG ? '' : route.name) : null);
	}

	add(rows, folder, path, depth) {
		const entries = Array.from(folder).sort(([a], [b]) => {
			const [last, before] = [a.startsWith('.jci/'), b.startsWith('.jci/')];

			return last - before || (a < b ? -1 : 1);
		});

		for (const [name, entry] of entries) {
			if (!(entry instanceof Map)) {
				rows.push({name: encodeName(entry), base: entry.base, size: entry.size,
					link: entry.type === 'link', depth});
				continue;
			}
			const open = this.isOpen(path + name);

			rows.push({folder: path + name, base: name, size: sizeOf(entry), open, depth});
			if (open)
				this.add(rows, entry, path + name, depth + 1);
		}
	}

	isOpen(path) {
		return this.folders.get(path) ?? (this.few && path !== '.jci/');
	}

	folder(row) {
		return indent(row.depth, h('button', {
			type: 'button', class: 'row file folder', 'aria-expanded': String(row.open),
			onclick: () => {
				this.folders.set(row.folder, !row.open);
				this.draw();
			},
		}, h('span', {class: 'grow'}, visible(row.base)), h('span', {class: 'dim'}, size(row.size))));
	}

	file(row) {
		const {hash, runId} = this.commit;

		return indent(row.depth, h('a', {
			class: 'go row file', title: row.base,
			href: this.app.url({commit: hash, run: runId, name: row.name}),
		}, h('span', {class: 'grow'}, visible(row.base)), row.link ? h('span', {class: 'dim'}, '↪') : null,
		h('span', {class: 'dim'}, size(row.size))));
	}
}

function indent(depth, link) {
	link.style.setProperty('--depth', depth);
	return link;
}
