import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'rolldown/utils';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A syntax node of the ESTree with TypeScript's additions. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  // biome-ignore lint/suspicious/noExplicitAny: each type of node has fields of its own
  readonly [field: string]: any;
}

export interface Source {
  /** Path from the root of the repository. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
}

const GENERATED = 'src/grpc/generated/';

/** One file, by its path from the root of the repository. */
export function sourceOf(path: string): Source {
  const text = readFileSync(join(ROOT, path), 'utf8');
  return { path, text, lines: text.trimEnd().split('\n') };
}

/** The hand-written TypeScript of some folders, by path. */
export function sourcesIn(...folders: readonly string[]): Source[] {
  const paths = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  );
  return paths
    .filter((path) => !path.startsWith(GENERATED))
    .sort()
    .map(sourceOf);
}

const nodesOf = new WeakMap<Source, Node[]>();

/** Calls `visit` with each node of a TypeScript file, outermost first. */
export function walk(source: Source, visit: (node: Node) => void): void {
  const nodes = nodesOf.get(source) ?? parse(source);
  nodesOf.set(source, nodes);
  nodes.forEach(visit);
}

function parse(source: Source): Node[] {
  const { program, errors } = parseSync(source.path, source.text);
  if (errors.length > 0) throw new Error(`${source.path}: ${errors[0]?.message}`);
  const nodes: Node[] = [];
  const descend = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(descend);
    else if (isNode(value)) {
      nodes.push(value);
      Object.values(value).forEach(descend);
    }
  };
  descend(program);
  return nodes;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

/** `path:line` of a node, for the message of a failing test. */
export function placeOf(source: Source, node: Node): string {
  return `${source.path}:${source.text.slice(0, node.start).split('\n').length}`;
}

/** How many lines a node takes. */
export function linesOf(source: Source, node: Node): number {
  return source.text.slice(node.start, node.end).split('\n').length;
}

/** What a file imports, exports from or imports types from, as written there. */
export function importsIn(source: Source): string[] {
  const isImport = /^(Import|ExportNamed|ExportAll)(Declaration|Expression)$|^TSImportType$/;
  const found: string[] = [];
  walk(source, (node) => {
    const specifier = isImport.test(node.type) ? node.source?.value : undefined;
    if (typeof specifier === 'string') found.push(specifier);
  });
  return found;
}
