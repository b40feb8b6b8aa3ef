import fc from 'fast-check';
import { BULKY_LITERALS, BULKY_TEXTS, NASTY_LITERALS, NASTY_TEXTS, NASTY_VALUES } from './nasty.ts';

/** Longer inputs only take time: what grows faster than they do is slow at this length already. */
const BYTES_MAX = 64 * 1024;
const OPERATIONS_MAX = 5;
const BULKY_EVERY = 64;

/** A kind of change, and three numbers that say where and what. */
type Operation = readonly [kind: number, number, number, number];

/** Only whole operations are shrunk: a smaller number is another change, not a smaller one. */
const operation: fc.Arbitrary<Operation> = fc.noShrink(
  fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.nat()),
);

/** A seed of the corpus, and what is done to it; the shrunk one has the fewest changes. */
function mutated<T>(
  seeds: readonly T[],
  change: (value: T, operation: Operation) => T,
): fc.Arbitrary<T> {
  if (seeds.length === 0) throw new Error('the corpus has no seed');
  const seed = fc.noShrink(fc.nat({ max: seeds.length - 1 }));
  const operations = fc.array(operation, { maxLength: OPERATIONS_MAX });
  return fc
    .tuple(seed, operations)
    .map(([k, all]) => all.reduce<T>((value, each) => change(value, each), seeds[k] as T));
}

/** Bits flipped, pieces cut out, doubled, overwritten, and joined with those of other seeds. */
export function mutatedBytes(seeds: readonly Buffer[]): fc.Arbitrary<Buffer> {
  return mutated(seeds, (bytes, [kind, at, count, what]) => {
    const from = at % (bytes.length + 1);
    const to = Math.min(bytes.length, from + (count % 32));
    const [head, tail] = [bytes.subarray(0, from), bytes.subarray(to)];
    const joined = (...parts: Buffer[]) => Buffer.concat(parts).subarray(0, BYTES_MAX);
    switch (kind % 7) {
      case 0: {
        const flipped = Buffer.from(bytes);
        if (from < flipped.length) flipped[from] = (flipped[from] as number) ^ (1 << (what % 8));
        return flipped;
      }
      case 1:
        return joined(head, tail);
      case 2:
        return joined(bytes.subarray(0, to), bytes.subarray(from));
      case 3: {
        const other = seeds[what % seeds.length] as Buffer;
        return joined(head, other.subarray(count % (other.length + 1)));
      }
      case 4:
        return joined(head, Buffer.from([what, what >> 8, what >> 16]), tail);
      case 5:
        return joined(
          head,
          Buffer.alloc(count % BULKY_EVERY === 0 ? what % BYTES_MAX : 4, what),
          tail,
        );
      default:
        return joined(head, Buffer.from(pick(NASTY_TEXTS, what, BULKY_TEXTS)), tail);
    }
  });
}

/** Of text the same, by characters, lines and words that tell something to its reader. */
export function mutatedText(
  seeds: readonly string[],
  words: readonly string[] = [],
): fc.Arbitrary<string> {
  const known = [...words, ...NASTY_TEXTS];
  return mutated(seeds, (text, [kind, at, count, what]) => {
    const from = at % (text.length + 1);
    const to = from + (count % 16);
    const put = (piece: string) =>
      (text.slice(0, from) + piece + text.slice(to)).slice(0, BYTES_MAX);
    const lines = text.split('\n');
    const line = at % lines.length;
    const rejoined = (...piece: string[]) =>
      [...lines.slice(0, line), ...piece, ...lines.slice(line + 1)].join('\n').slice(0, BYTES_MAX);
    switch (kind % 8) {
      case 0:
        return put('');
      case 1:
        return put(String.fromCharCode(what % 0x80));
      case 2:
        return put(pick(known, what, BULKY_TEXTS));
      case 3:
        return put(
          (text.slice(from, to) || pick(known, what)).repeat(
            what % (kind % BULKY_EVERY === 0 ? 4_000 : 40),
          ),
        );
      case 4:
        return put((seeds[what % seeds.length] as string).slice(count % 64));
      case 5:
        return rejoined();
      case 6:
        return rejoined(lines[line] as string, lines[what % lines.length] as string);
      default:
        return rejoined(...(seeds[what % seeds.length] as string).split('\n', count % 8));
    }
  });
}

/**
 * JSON with values exchanged for nasty ones or for others of the corpus, taken out, doubled, nested
 * and renamed; a few times the text itself is bent, so that it is no JSON any more.
 */
export function mutatedJson(seeds: readonly string[]): fc.Arbitrary<string> {
  const documents = seeds.map((seed) => JSON.parse(seed) as unknown);
  const tree = mutated(documents, (document, each) => changedTree(document, each, documents));
  return fc.oneof(
    { arbitrary: tree.map(literalJson), weight: 6 },
    { arbitrary: mutatedText(seeds, NASTY_LITERALS), weight: 1 },
  );
}

interface Place {
  readonly parent: Record<string, unknown>;
  readonly key: string;
}

function changedTree(
  document: unknown,
  [kind, at, count, what]: Operation,
  others: readonly unknown[],
): unknown {
  const root = { document: structuredClone(document) };
  const places = placesIn(root);
  const { parent, key } = places[at % places.length] as Place;
  switch (kind % 8) {
    case 0:
      parent[key] = structuredClone(pick(NASTY_VALUES, what));
      break;
    case 1:
      parent[key] = literal(pick(NASTY_LITERALS, what, BULKY_LITERALS));
      break;
    case 2:
      if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else if (parent !== root) delete parent[key];
      break;
    case 3: {
      const other = placesIn({ document: others[what % others.length] });
      const from = other[count % other.length] as Place;
      parent[key] = structuredClone(from.parent[from.key]);
      break;
    }
    case 4:
      if (Array.isArray(parent)) parent.splice(Number(key), 0, structuredClone(parent[key]));
      else if (parent !== root) parent[pick(NASTY_TEXTS, what)] = structuredClone(parent[key]);
      break;
    case 5:
      parent[key] = what % 2 === 0 ? [parent[key]] : { [pick(NASTY_TEXTS, what)]: parent[key] };
      break;
    case 6:
      if (typeof parent[key] === 'number') parent[key] = nudged(parent[key], what);
      else if (typeof parent[key] === 'string') parent[key] = bent(parent[key], count, what);
      break;
    default: {
      const twin = places[what % places.length] as Place;
      parent[key] = structuredClone(twin.parent[twin.key]);
    }
  }
  return root.document;
}

/** Every place of a document where a value stands, outermost first. */
function placesIn(root: object): Place[] {
  const places: Place[] = [];
  const visit = (parent: object): void => {
    for (const [key, value] of Object.entries(parent)) {
      places.push({ parent: parent as Record<string, unknown>, key });
      if (typeof value === 'object' && value !== null) visit(value);
    }
  };
  visit(root);
  return places;
}

function nudged(value: number, what: number): number {
  const steps = [value + 1, value - 1, -value, value / 2, value * 1000, value + 0.5, value * 1e15];
  return steps[what % steps.length] as number;
}

function bent(text: string, count: number, what: number): string {
  const at = count % (text.length + 1);
  return text.slice(0, at) + pick(NASTY_TEXTS, what) + text.slice(at + (what % 3));
}

const LITERAL = /"\u{f8ff}([^"]*)"/gu;

/** Stands for what JSON.stringify would not write: see `literalJson`. */
function literal(text: string): string {
  return `\u{f8ff}${text}`;
}

function literalJson(value: unknown): string {
  return JSON.stringify(value).replace(LITERAL, '$1');
}

/** One of all, or once in a while a bulky one. */
function pick<T>(all: readonly T[], index: number, bulky: readonly T[] = []): T {
  const isBulky = bulky.length > 0 && index % BULKY_EVERY === 0;
  return isBulky
    ? (bulky[(index / BULKY_EVERY) % bulky.length] as T)
    : (all[index % all.length] as T);
}
