"""When is the page ready? For tests/bench/page.

Prints a line "MS KIB WHAT" for the first visit of a browser, and for later ones: the median time
from navigation until the frame with the last commit of the first page is painted, and what was
transferred, headers included.
"""

import statistics
import sys

from page import Page

# The frame behind that in which the row is there: it has been painted by then.
WATCH = '''
new MutationObserver((changes, observer) => {
    if (document.querySelectorAll('#commits li').length < 100)
        return;
    observer.disconnect();
    requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => { window.paintedAt = performance.now(); };
        channel.port2.postMessage(0);
    });
}).observe(document, {childList: true, subtree: true});
'''
SIZES = '''performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'))
    .filter(({name}) => !name.includes('/api/events'))
    .reduce((sum, {transferSize}) => sum + transferSize, 0)'''


def visit(page):
    page.open('/')
    ready = page.until(lambda: page.js('window.paintedAt'), 'the last commit')
    page.find('#viewer h1')
    return ready, page.js(SIZES) / 1024


def main():
    visits = ([], [])
    for _ in range(int(sys.argv[1])):
        page = Page(logging=False)
        try:
            page.open('/healthz') # the browser itself is warm
            page.cdp('Page.addScriptToEvaluateOnNewDocument', source=WATCH)
            for of in visits:
                of.append(visit(page))
        finally:
            page.close()
    for of, what in zip(visits, ('first visit', 'second visit')):
        print(statistics.median(ms for ms, _ in of), max(kib for _, kib in of), what)


main()
