import { describe, expect, it } from 'vitest';
import { linesOf, type Node, placeOf, type Source, sourcesIn, walk } from './sources.ts';

const LINE_LENGTH_MAX = 100;
const FUNCTION_LINES_MAX = 70;
const FILE_LINES_MAX = 320;

const HOST = sourcesIn('src');
const GUEST = sourcesIn('assembly');
const OTHERS = sourcesIn('test', 'bench');

/** What may be used in the named files alone, and what takes its place elsewhere. */
const BANNED: { what: string; uses: (node: Node) => boolean; only: RegExp; instead: string }[] = [
  {
    what: 'Date.now',
    uses: (node) => isMember(node, 'Date', 'now'),
    only: /^src\/clock\.ts$/,
    instead: 'clock.nowMs()',
  },
  {
    what: 'new Date() without argument',
    uses: (node) =>
      node.type === 'NewExpression' && isName(node.callee, 'Date') && node.arguments.length === 0,
    only: /^src\/clock\.ts$/,
    instead: 'new Date(clock.nowMs())',
  },
  {
    what: 'performance.now',
    uses: (node) => isMember(node, 'performance', 'now'),
    only: /^src\/clock\.ts$/,
    instead: 'clock.monotonicMs()',
  },
  {
    what: 'setTimeout or setInterval',
    uses: (node) =>
      node.type === 'CallExpression' &&
      (isName(node.callee, 'setTimeout') || isName(node.callee, 'setInterval')),
    only: /^src\/clock\.ts$/,
    instead: 'clock.sleep()',
  },
  {
    what: 'Math.random',
    uses: (node) => isMember(node, 'Math', 'random'),
    only: /^$/,
    instead: 'a seeded generator, or node:crypto',
  },
  {
    what: 'process.env',
    uses: (node) => isMember(node, 'process', 'env'),
    only: /^src\/(bin|cli)\//,
    instead: 'options (src/config)',
  },
  {
    what: 'console',
    uses: (node) => node.type === 'MemberExpression' && isName(node.object, 'console'),
    only: /^$/,
    instead: 'the log (src/telemetry), or process.stdout in src/cli',
  },
];

function isName(node: Node | undefined, name: string): boolean {
  return node?.type === 'Identifier' && node.name === name;
}

function isMember(node: Node, object: string, property: string): boolean {
  return (
    node.type === 'MemberExpression' &&
    isName(node.object, object) &&
    isName(node.property, property)
  );
}

function find(sources: Source[], matches: (node: Node, source: Source) => boolean): string[] {
  return sources.flatMap((source) => {
    const places: string[] = [];
    walk(source, (node) => {
      if (matches(node, source)) places.push(placeOf(source, node));
    });
    return places;
  });
}

describe('the style of the house', () => {
  it(`keeps lines within ${LINE_LENGTH_MAX} columns`, () => {
    const long = [...HOST, ...GUEST, ...OTHERS].flatMap(({ path, lines }) =>
      lines.flatMap((line, i) => (line.length > LINE_LENGTH_MAX ? [`${path}:${i + 1}`] : [])),
    );
    expect(long).toEqual([]);
  });

  it(`keeps files within ${FILE_LINES_MAX} lines`, () => {
    const long = [...HOST, ...GUEST].filter(({ lines }) => lines.length > FILE_LINES_MAX);
    expect(long.map(({ path, lines }) => `${path}: ${lines.length}`)).toEqual([]);
  });

  it(`keeps functions within ${FUNCTION_LINES_MAX} lines`, () => {
    const isLong = (node: Node, source: Source): boolean =>
      /Function/.test(node.type) && 'body' in node && linesOf(source, node) > FUNCTION_LINES_MAX;
    expect(find(HOST, isLong)).toEqual([]);
  });

  it(`keeps functions of the guest within ${FUNCTION_LINES_MAX} lines`, () => {
    // AssemblyScript's decorators are no TypeScript; its functions stand in column 0.
    const long = GUEST.flatMap(({ path, text }) => {
      const functions = text.matchAll(/^(?:export )?function (\w+)[\s\S]*?^}/gm);
      return [...functions].flatMap(([body, name]) =>
        body.split('\n').length > FUNCTION_LINES_MAX ? [`${path}: ${name}`] : [],
      );
    });
    expect(long).toEqual([]);
  });

  it.each(BANNED)('has $what in its own room alone', ({ uses, only, instead }) => {
    const elsewhere = HOST.filter(({ path }) => !only.test(path));
    expect(find(elsewhere, uses), `use ${instead}`).toEqual([]);
  });

  it('leaves no unfinished work behind', () => {
    const marks = /\b(?:TODO|FIXME|XXX|HACK)\b/;
    const marked = [...HOST, ...GUEST].filter(({ text }) => marks.test(text));
    expect(marked.map(({ path }) => path)).toEqual([]);
  });

  it('finds what it forbids', () => {
    const text =
      'const a = Date.now() + Math.random(); setTimeout(f, 1); new Date(); console.log(a);';
    const source = { path: 'src/a.ts', text, lines: [text] };
    const found = BANNED.filter(({ uses }) => find([source], uses).length > 0);
    expect(found.map(({ what }) => what)).toEqual([
      'Date.now',
      'new Date() without argument',
      'setTimeout or setInterval',
      'Math.random',
      'console',
    ]);
  });
});
