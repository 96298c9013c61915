import assert from 'node:assert';
import test from 'node:test';
import { slug } from '../slug.js';

test('words are joined by dashes', () => {
  assert.strictEqual(slug('Hello, World!'), 'hello-world');
});

test('accents are dropped', () => {
  assert.strictEqual(slug('Crème brûlée'), 'creme-brulee');
});
