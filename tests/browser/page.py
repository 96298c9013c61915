"""A page in Debian's Chromium, for tests/t64*.sh.

A test is Python on the standard input of `browser` (tests/browser.sh), with the names of this
module: `page` is a window at the server of the case, and everything waits until it holds, at most
WAIT seconds. At the end the page must have written no error to its console and asked no other
server for anything.
"""

import json
import os
import sys
import tempfile
from urllib.parse import urlsplit

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

WAIT = 30
OPTIONS = ('--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run'
           ' --disable-background-networking --disable-component-update --disable-sync'
           ' --disable-dev-shm-usage --force-prefers-reduced-motion --lang=en').split()
URL = os.environ.get('JCI_TEST_URL', '').rstrip('/')
KEYS = {'Enter': Keys.ENTER, 'Esc': Keys.ESCAPE, 'Tab': Keys.TAB, 'Down': Keys.DOWN,
        'Up': Keys.UP, 'PgDn': Keys.PAGE_DOWN, 'PgUp': Keys.PAGE_UP, 'Home': Keys.HOME,
        'End': Keys.END, 'Space': Keys.SPACE}


class Page:
    def __init__(self, width=1400, height=900, dark=False, logging=True):
        options = webdriver.ChromeOptions()
        self.profile = tempfile.TemporaryDirectory(prefix='jci-browser.')
        for option in OPTIONS:
            options.add_argument(option)
        options.add_argument('--user-data-dir=' + self.profile.name)
        options.add_experimental_option('prefs', {
            'session': {'restore_on_startup': 4, 'startup_urls': ['about:blank']}})
        if logging:
            options.set_capability('goog:loggingPrefs', {'browser': 'ALL', 'performance': 'ALL'})
        self.driver = webdriver.Chrome(options=options, service=Service('/usr/bin/chromedriver'))
        self.driver.set_page_load_timeout(WAIT)
        self.requests = []
        self.answers = []
        self.allowed = []
        self.resize(width, height)
        self.dark(dark)

    def close(self):
        self.driver.quit()
        self.profile.cleanup()

    # ---- the window ----

    def resize(self, width, height):
        self.cdp('Emulation.setDeviceMetricsOverride', width=width, height=height,
                 deviceScaleFactor=1, mobile=False)

    def dark(self, on):
        self.cdp('Emulation.setEmulatedMedia', features=[
            {'name': 'prefers-color-scheme', 'value': 'dark' if on else 'light'}])

    def cdp(self, command, **arguments):
        return self.driver.execute_cdp_cmd(command, arguments)

    def open(self, path='/'):
        self.driver.get(URL + path)

    @property
    def path(self):
        """The address, without scheme and server."""
        return self.driver.current_url[len(URL):]

    def js(self, expression, *arguments):
        return self.driver.execute_script('return ' + expression, *arguments)

    # ---- waiting ----

    def until(self, condition, what):
        """The first value of condition() that is true."""
        def ask(_):
            try:
                return condition()
            except StaleElementReferenceException:
                return False
        try:
            return WebDriverWait(self.driver, WAIT, poll_frequency=0.02).until(ask)
        except TimeoutException:
            raise AssertionError('gave up: ' + what + '\nThe page shows:\n'
                                 + self.js('document.body.innerText')) from None

    def all(self, css):
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def find(self, css, text=''):
        """The first element like this that is seen and has the text."""
        return self.until(lambda: next((node for node in self.all(css)
                                        if node.is_displayed() and text in node.text), None),
                          f"'{text}' in {css}")

    def gone(self, css, text=''):
        self.until(lambda: not any(node.is_displayed() and text in node.text
                                   for node in self.all(css)), f"'{text}' still in {css}")

    def count(self, css, number):
        self.until(lambda: len(self.all(css)) == number, f'{number} of {css}')

    def at(self, path):
        self.until(lambda: self.path == path, f"'{path}' as address, not '{self.path}'")

    def focused(self, css, text=''):
        """What has the focus is in such an element, and has the text."""
        self.until(lambda: self.js('document.activeElement.closest(arguments[0]) && '
                                   'document.activeElement.innerText.includes(arguments[1])',
                                   css, text), f"focus on '{text}' in {css}")

    # ---- acting ----

    def click(self, css, text=''):
        self.find(css, text).click()

    def keys(self, *names):
        for name in names:
            ActionChains(self.driver).send_keys(KEYS.get(name, name)).perform()

    def type(self, css, text):
        self.find(css).send_keys(text)

    def back(self):
        self.driver.back()

    def forward(self):
        self.driver.forward()

    def reload(self):
        self.driver.refresh()

    # ---- what is left in the end ----

    def take_events(self):
        for entry in self.driver.get_log('performance'):
            message = json.loads(entry['message'])['message']
            if message['method'] == 'Network.requestWillBeSent':
                self.requests.append(message['params']['request']['url'])
            elif message['method'] == 'Network.responseReceived':
                self.answers.append(message['params']['response']['url'])

    def take_requests(self):
        """Addresses that were asked for, all of them so far, even if none may be."""
        self.take_events()
        return self.requests

    def take_answers(self):
        """Addresses from which there came an answer."""
        self.take_events()
        return self.answers

    def allow_error(self, text):
        """A console error with this text is expected."""
        self.allowed.append(text)

    def check(self):
        errors = [entry['message'] for entry in self.driver.get_log('browser')
                  if entry['level'] == 'SEVERE'
                  and not any(text in entry['message'] for text in self.allowed)]
        same([], errors)
        same([], [url for url in self.take_requests()
                  if urlsplit(url).scheme not in ('data', 'chrome', 'about')
                  and not url.startswith(URL + '/')])


def same(expected, actual):
    if expected != actual:
        raise AssertionError(f'expected {expected!r}, not {actual!r}')


def main():
    size = [int(n) for n in sys.argv[1:3]]
    page = Page(*size)
    test = compile(sys.stdin.read(), 'test', 'exec')
    try:
        exec(test, {**globals(), 'page': page})
        page.check()
    except BaseException:
        if 'JCI_TEST_SCREENSHOT' in os.environ:
            page.driver.save_screenshot(os.environ['JCI_TEST_SCREENSHOT'])
        raise
    finally:
        page.close()


if __name__ == '__main__':
    main()
