/*
 * Which lines of a log are rows on the screen: all of them but those in folded groups. Lines are
 * counted from 1, rows from 0. Folds are few (core/logindex.h has at most 10,000 groups), so that
 * both ways are a binary search however long the log is.
 */
export class Rows {
	constructor() {
		this.lines = 0;
		this.groups = []; /* {line, end, title, section}, rising */
		this.folded = new Set(); /* lines of groups */
		this.hidden = []; /* {from, to, before}: lines from..to; hidden ones before them */
	}

	setGroups(groups) {
		this.groups = groups;
		this.byLine = new Map(groups.map((group) => [group.line, group]));
		this.update();
	}

	group(line) {
		return this.byLine?.get(line);
	}

	/* The innermost group that the line is in, or starts. */
	groupAround(line) {
		return this.groups.findLast((group) => group.line <= line && line <= (group.end ?? Infinity));
	}

	/* Closes the group at `line`, or opens it. */
	fold(line, closed) {
		if (closed)
			this.folded.add(line);
		else
			this.folded.delete(line);
		this.update();
	}

	foldAll(closed) {
		this.folded = new Set(closed ? this.groups.map(({line}) => line) : []);
		this.update();
	}

	/* Opens what hides the line. */
	reveal(line) {
		const hiding = this.groups.filter((group) => this.folded.has(group.line) &&
			group.line < line && line <= (group.end ?? Infinity));

		for (const group of hiding)
			this.folded.delete(group.line);
		if (hiding.length > 0)
			this.update();
		return hiding.length > 0;
	}

	update() {
		this.hidden = [];
		let before = 0, last = 0;

		for (const group of this.groups) {
			const to = group.end ?? Infinity;

			if (!this.folded.has(group.line) || group.line < last || to <= group.line)
				continue;
			this.hidden.push({from: group.line + 1, to, before});
			before += to - group.line;
			last = to + 1;
		}
	}

	/* An open group at the end grows with the log. */
	get count() {
		const last = this.hidden.at(-1);

		if (!last)
			return this.lines;
		return this.lines - last.before - Math.max(0, Math.min(last.to, this.lines) - last.from + 1);
	}

	lineOf(row) {
		const fold = lastWhere(this.hidden, ({from, before}) => from - 1 - before <= row);

		return fold ? row + 1 + fold.before + (fold.to - fold.from + 1) : row + 1;
	}

	/* Of a hidden line: the row of the group that hides it. */
	rowOf(line) {
		const fold = lastWhere(this.hidden, ({from}) => from <= line);

		if (!fold)
			return line - 1;
		return line <= fold.to ? fold.from - 2 - fold.before
			: line - 1 - fold.before - (fold.to - fold.from + 1);
	}
}

/* The last of a sorted array for which a condition holds that holds for none behind it. */
export function lastWhere(array, holds) {
	let low = 0, high = array.length;

	while (low < high) {
		const middle = (low + high) >>> 1;

		if (holds(array[middle]))
			low = middle + 1;
		else
			high = middle;
	}
	return array[low - 1];
}
