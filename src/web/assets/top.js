/* The bar at the top: branch, filter, search, and what is left of the page's own settings. */
import {base} from './api.js';
import {button, h} from './dom.js';
import {t} from './i18n.js';
import {help} from './keys.js';

const themes = ['auto', 'light', 'dark'];

/* What the viewer chose here before. Storage may be forbidden. */
export function setting(name, value) {
	try {
		if (value !== undefined)
			localStorage.setItem('jci.' + name, value);
		return localStorage.getItem('jci.' + name);
	} catch {
		return null;
	}
}

function applyTheme(theme) {
	if (theme === 'auto')
		delete document.documentElement.dataset.theme;
	else
		document.documentElement.dataset.theme = theme;
}

function themeName(theme) {
	return {auto: t('Colours: as the system'), light: t('Colours: light'),
		dark: t('Colours: dark')}[theme];
}

function themeButton() {
	let theme = themes.includes(setting('theme')) ? setting('theme') : 'auto';
	const node = button('◐', themeName(theme), () => {
		theme = themes[(themes.indexOf(theme) + 1) % themes.length];
		setting('theme', theme);
		applyTheme(theme);
		node.title = themeName(theme);
		node.setAttribute('aria-label', node.title);
	}, {class: 'quiet', 'aria-label': themeName(theme)});

	applyTheme(theme);
	return node;
}

export class Top {
	constructor(app, bar) {
		this.app = app;
		this.branch = button('', t('Choose a branch or tag (b)'), () => app.act('branch'),
			{class: 'branch', 'aria-haspopup': 'dialog'});
		this.stats = h('a', {class: 'go button quiet', title: t('Statistics (S)'),
			'aria-label': t('Statistics')}, '▂▅');
		this.filter = h('select', {'aria-label': t('Which commits are shown'),
			title: t('Which commits are shown (f)'),
			onchange: () => app.go({commit: '', q: '', filter: this.filter.value})},
		h('option', {value: ''}, t('All commits')), h('option', {value: 'runs'}, t('With runs')),
		h('option', {value: 'failed'}, t('Failed')));
		this.search = h('input', {type: 'search', placeholder: t('Search commits'),
			'aria-label': t('Search commits by hash, message or author'), spellcheck: 'false'});
		bar.append(h('a', {class: 'go logo', href: base + '/', title: t('Newest commits')},
			h('img', {src: new URL('favicon.svg', import.meta.url), alt: '', width: 20, height: 20}),
			h('span', null, 'git-jci')),
		this.branch, this.stats, this.filter,
		h('form', {role: 'search', class: 'grow', onsubmit: (event) => this.submit(event)},
			this.search),
		themeButton(),
		button('?', t('Keys (?)'), help, {class: 'quiet', 'aria-label': t('Keys')}), this.tabs());
		this.search.addEventListener('search', () => this.search.value || this.submit());
		this.search.addEventListener('keydown', (event) =>
			event.key === 'Escape' && this.app.focus('commits'));
	}

	/* For windows with room for one pane only. */
	tabs() {
		const names = {commits: t('Commits'), runs: t('Runs'), artifacts: t('Artifacts'),
			viewer: t('View')};

		this.tabButtons = Object.entries(names).map(([pane, name]) =>
			button(name, '', () => this.app.focus(pane), {'data-to': pane}));
		return h('nav', {class: 'tabs', 'aria-label': t('Panes')}, this.tabButtons);
	}

	submit(event) {
		event?.preventDefault();
		const q = this.search.value.trim();

		if (q !== this.app.route.q)
			this.app.go({commit: '', q});
	}

	/* The pane that has the focus changed. */
	mark(pane) {
		for (const tab of this.tabButtons)
			tab.setAttribute('aria-pressed', String(tab.dataset.to === pane));
	}

	show(route, head) {
		this.branch.textContent = route.branch || head || 'HEAD';
		this.stats.href = this.app.url({commit: '', stats: 1});
		this.filter.value = route.filter;
		if (document.activeElement !== this.search)
			this.search.value = route.q;
	}
}
