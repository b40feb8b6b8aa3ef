import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importsIn, type Source, sourcesIn } from './sources.ts';

/** The way of the data: a room imports from rooms before it. The first holds the files of src/. */
const ROOMS = [
  'src',
  'telemetry',
  'transport',
  'config',
  'wasm',
  'adapters',
  'features',
  'models',
  'capacity',
  'forecast',
  'storage',
  'loop',
  'replay',
  'backtest',
  'report',
  'http',
  'grpc',
  'injector',
  'wiring',
  'lint',
  'cli',
  'bin',
];

/** Rooms beside each other: neither imports the other. */
const APART = [['http', 'grpc']];

const SOURCES = sourcesIn('src');

interface Import {
  readonly from: string;
  readonly to: string;
}

function importsOf(source: Source): Import[] {
  const folder = posix.dirname(source.path);
  return importsIn(source)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => ({ from: source.path, to: posix.join(folder, specifier) }));
}

function roomOf(path: string): string {
  const folders = path.split('/');
  return folders.length > 2 ? (folders[1] as string) : 'src';
}

function isWrong({ from, to }: Import): boolean {
  const [room, other] = [roomOf(from), roomOf(to)];
  if (room === other) return false;
  if (APART.some((pair) => pair.includes(room) && pair.includes(other))) return true;
  return ROOMS.indexOf(other) > ROOMS.indexOf(room) || !to.startsWith('src/');
}

describe('the rooms of src/', () => {
  it('are all named here, in the order of the data', () => {
    const rooms = new Set(SOURCES.map(({ path }) => roomOf(path)));
    expect([...rooms].filter((room) => !ROOMS.includes(room))).toEqual([]);
  });

  it('import from rooms before them alone', () => {
    const wrong = SOURCES.flatMap(importsOf).filter(isWrong);
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });

  it('import no cycle of files', () => {
    const graph = new Map(SOURCES.map((source) => [source.path, importsOf(source)]));
    const done = new Set<string>();
    const cycles: string[] = [];
    const descend = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path))
        cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
      if (trail.includes(path) || done.has(path)) return;
      for (const { to } of graph.get(path) ?? []) descend(to, [...trail, path]);
      done.add(path);
    };
    for (const path of graph.keys()) descend(path, []);
    expect(cycles).toEqual([]);
  });

  it('touch WebAssembly in their own room alone', () => {
    const outside = SOURCES.filter(({ path }) => !path.startsWith('src/wasm/'));
    const touching = outside.filter(({ text }) => /\bWebAssembly\.|memory\.buffer/.test(text));
    expect(touching.map(({ path }) => path)).toEqual([]);
  });

  it('are seen by this test: types, exports and lazy imports count', () => {
    const text = `
      import type { A } from '../grpc/a.ts';
      export { b } from '../cli/b.ts';
      const c = await import('../bin/c.ts');
      type D = import('../loop/d.ts').D;
      import e from 'node:path';
    `;
    const wrong = importsOf({ path: 'src/http/x.ts', text, lines: [] }).filter(isWrong);
    expect(wrong.map(({ to }) => to)).toEqual(['src/grpc/a.ts', 'src/cli/b.ts', 'src/bin/c.ts']);
  });
});
