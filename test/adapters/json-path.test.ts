import { expect, test } from 'vitest';
import { compilePath, selectAll } from '../../src/adapters/json-path.ts';

const document = {
  value: 1,
  'a.b': { 'c d': 2 },
  items: [{ v: 1 }, { v: 2, deep: [[5, 6], [7]] }, {}],
  null: null,
};

test.each([
  ['value', [1]],
  ['$.value', [1]],
  ['["a.b"].c d', [2]],
  ['items[0].v', [1]],
  ['items[-2].v', [2]],
  ['items[9].v', [undefined]],
  ['items[].v', [1, 2, undefined]],
  ['items[1].deep[][0]', [5, 7]],
  ['items[1].deep[][]', [5, 6, 7]],
  ['value.nothing', [undefined]],
  ['value[0]', [undefined]],
  ['value[]', []],
  ['null', [null]],
  ['null.x', [undefined]],
  ['constructor', [undefined]],
  ['__proto__.x', [undefined]],
])('%s', (path, found) => {
  expect(selectAll(document, compilePath('http-value-path', path))).toEqual(found);
});

test('of a document that is itself a list or a number', () => {
  expect(selectAll([[1, 2]], compilePath('p', '[-1][1]'))).toEqual([2]);
  expect(selectAll([{ v: 1 }], compilePath('p', '$[].v'))).toEqual([1]);
  expect(selectAll(3, compilePath('p', '$'))).toEqual([3]);
});

test.each([
  ['.value', 1],
  ['a..b', 2],
  ['a.', 2],
  ['a[', 2],
  ['a]', 2],
  ['a[x]', 2],
  ['a[1.5]', 2],
  ['a["b]', 2],
])('%s is refused at character %i', (path, character) => {
  const rule = 'is not a path such as data.items[].value';
  expect(() => compilePath('http-value-path', path)).toThrow(
    `http-value-path: "${path}" ${rule}, at character ${character}`,
  );
});

test('a path is a list when it names every element', () => {
  expect(compilePath('p', 'a[].b').isList).toBe(true);
  expect(compilePath('p', 'a[0].b').isList).toBe(false);
});
