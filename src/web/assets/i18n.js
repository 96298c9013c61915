/*
 * Translation. t('text') looks the English text up in the catalogue that the server put into the
 * page (src/web/strings.c has the list of all of them); {name} in it is replaced by values.name.
 */
const catalogue = JSON.parse(document.getElementById('strings').textContent || '{}');

export function t(text, values) {
	const found = Object.hasOwn(catalogue, text) ? catalogue[text] : text;

	return values ? found.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole) : found;
}
