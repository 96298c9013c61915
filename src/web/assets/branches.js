/* The chooser of a branch or tag: a dialog in which typing narrows the list. */
import {get} from './api.js';
import {dialog, h} from './dom.js';
import {t} from './i18n.js';
import {List} from './list.js';

const MOST = 500; /* rows; typing finds the others */

/* Are these letters in the name, in their order? */
function fits(name, letters) {
	let at = 0;

	for (const letter of letters) {
		at = name.indexOf(letter, at) + 1;
		if (at === 0)
			return false;
	}
	return true;
}

/* Names that hold the text itself come before those that hold only its letters. */
function fitting(branches, text) {
	const letters = text.toLowerCase();
	const found = branches.filter(({name}) => fits(name.toLowerCase(), letters));
	const whole = (branch) => branch.name.toLowerCase().includes(letters);

	return [...found.filter(whole), ...found.filter((branch) => !whole(branch))];
}

export class Branches {
	constructor() {
		this.all = [];
	}

	async load() {
		this.all = await get('/api/branches');
	}

	/* The name of HEAD's branch; '' where it has none. */
	head() {
		return this.all.find(({isHead}) => isHead)?.name || '';
	}

	/* Asks for one; choose(name) is told. */
	ask(current, choose) {
		const list = new List(t('Branches and tags'));
		const input = h('input', {type: 'search', 'aria-label': t('Name'), placeholder: t('Name'),
			autofocus: true, autocomplete: 'off', spellcheck: 'false'});
		const box = dialog(t('Branch or tag'), {class: 'chooser'}, input,
			h('div', {class: 'scroll'}, list.el));
		const take = (name) => {
			box.close();
			choose(name);
		};
		const draw = () => {
			list.set(fitting(this.all, input.value).slice(0, MOST), ({name, isTag}) => name + isTag,
				(branch) => h('button', {type: 'button', class: 'row', onclick: () => take(branch.name)},
					h('span', {class: 'grow'}, branch.name), h('span', {class: 'dim'}, kind(branch))));
			list.select(this.all.find(({name}) => name === current)?.name + 'undefined');
		};

		input.addEventListener('input', draw);
		input.addEventListener('keydown', (event) => {
			if (event.key === 'Enter')
				list.links()[0]?.click();
			else if (event.key === 'ArrowDown')
				list.links()[0]?.focus();
			else
				return;
			event.preventDefault();
		});
		list.el.addEventListener('keydown', (event) => {
			const by = {ArrowDown: 1, ArrowUp: -1}[event.key];

			if (!by)
				return;
			event.preventDefault();
			if (by < 0 && document.activeElement === list.links()[0])
				input.focus();
			else
				list.move(by);
		});
		draw();
	}
}

function kind(branch) {
	if (branch.isTag)
		return t('tag');
	if (branch.isRemote)
		return t('remote');
	return branch.isHead ? t('current') : '';
}
