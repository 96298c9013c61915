/*
 * News from the server: that refs or running runs changed. A page that nobody looks at holds no
 * connection (browsers allow few to one server) and catches up when it is looked at again.
 */
import {base} from './api.js';

/* `changed()` is called at most once in a while, and after each gap in which news may be lost. */
export function listen(changed) {
	const WAIT_MS = 200, AGAIN_MS = 5000;
	let source = null, timer = 0, opened = false;

	const soon = () => {
		timer ||= setTimeout(() => {
			timer = 0;
			changed();
		}, WAIT_MS);
	};
	const open = () => {
		source = new EventSource(base + '/api/events');
		source.addEventListener('change', soon);
		source.addEventListener('error', again);
		source.addEventListener('open', () => {
			if (opened)
				soon();
			opened = true;
		});
	};
	/* The browser itself comes back when the connection broke, but not after an error status. */
	const again = () => {
		if (source?.readyState === EventSource.CLOSED) {
			source = null;
			setTimeout(look, AGAIN_MS);
		}
	};
	const look = () => {
		if (document.hidden) {
			source?.close();
			source = null;
		} else if (!source) {
			open();
		}
	};

	document.addEventListener('visibilitychange', look);
	look();
}
