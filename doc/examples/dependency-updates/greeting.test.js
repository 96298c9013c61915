'use strict';

const assert = require('node:assert');
const { greet } = require('./greeting.js');

assert.equal(greet('Ada'), 'Hello, Ada!');
assert.equal(greet(), 'Hello, world!');
