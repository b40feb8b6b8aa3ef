import { formatAddress, type ListenAddress } from '../listen.ts';
import { parseAddress, parseHttpUrl } from './address.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { formatIdentity, parseIdentity, type WorkloadName } from './workload.ts';

/** How the text of an option becomes a value, and back. */
export interface Kind<T> {
  /** Shown in `--help` and in README's table. */
  readonly label: string;
  /** What a value must be; completes "must be …". */
  readonly rule: string;
  /** A flag without a value means `true`. */
  readonly isSwitch?: true;
  /** The value, or undefined when the rule is broken. */
  parse(text: string): T | undefined;
  /** Text that `parse` reads back as an equal value. */
  format(value: T): string;
}

interface Range {
  readonly min: number;
  readonly max?: number;
}

const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/** A finite decimal number; undefined for NaN, Infinity, 1e999, hexadecimal and the like. */
export function parseDecimal(text: string): number | undefined {
  const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

function within(value: number, { min, max = Number.MAX_SAFE_INTEGER }: Range): boolean {
  return value >= min && value <= max;
}

function rangeRule({ min, max }: Range): string {
  return max === undefined ? `at least ${min}` : `from ${min} to ${max}`;
}

export function integer(range: Range): Kind<number> {
  return {
    label: 'integer',
    rule: `a whole number ${rangeRule(range)}`,
    parse: (text) => {
      const value = parseDecimal(text);
      return Number.isInteger(value) && within(value as number, range) ? value : undefined;
    },
    format: String,
  };
}

/** A finite number; with `above` the lower bound itself is refused. */
export function number(range: { min: number; max?: number } | { above: number }): Kind<number> {
  const isValid = (value: number) =>
    'above' in range ? value > range.above : within(value, { max: Number.MAX_VALUE, ...range });
  return {
    label: 'number',
    rule: `a number ${'above' in range ? `above ${range.above}` : rangeRule(range)}`,
    parse: (text) => {
      const value = parseDecimal(text);
      return value !== undefined && isValid(value) ? value : undefined;
    },
    format: String,
  };
}

/** Seconds. `whole` refuses fractions of a second. */
export function duration(limits: { minSeconds?: number; whole?: boolean } = {}): Kind<number> {
  const { minSeconds = 0, whole = false } = limits;
  const inWhole = whole ? ', in whole seconds' : '';
  const least = minSeconds > 0 ? `, at least ${formatDuration(minSeconds)}` : '';
  return {
    label: 'duration',
    rule: `a duration such as 90s, 1h30m or 14d${inWhole}${least}`,
    parse: (text) => {
      const seconds = parseDuration(text);
      if (seconds === undefined || seconds < minSeconds) return undefined;
      return whole && !Number.isInteger(seconds) ? undefined : seconds;
    },
    format: formatDuration,
  };
}

export function choice<const T extends string>(names: readonly T[]): Kind<T> {
  return {
    label: names.join(' | '),
    rule: `one of ${names.join(', ')}`,
    parse: (text) => names.find((name) => name === text),
    format: (value) => value,
  };
}

/** The order of a model: `auto` or 0 chooses it from the data, `none` is 0. */
export function order(limits: { min?: number; max: number }): Kind<number | 'auto'> {
  const { min = 1, max } = limits;
  const fixed = integer({ min, max });
  return {
    label: 'order',
    rule: `auto (or 0), none, or a whole number from ${min} to ${max}`,
    parse: (text) => {
      if (text === 'auto' || text === '0') return 'auto';
      return text === 'none' ? 0 : fixed.parse(text);
    },
    format: (value) => (value === 0 ? 'none' : String(value)),
  };
}

/** `p90`, `p99.9` or 0.9; 0 and `off` are off. */
export const quantileLevel: Kind<number> = {
  label: 'quantile',
  rule: '0 (off), or a quantile from p50 to p99.9, or from 0.5 to 0.999',
  parse: (text) => {
    if (text === 'off') return 0;
    const isPercent = text.startsWith('p');
    const value = parseDecimal(isPercent ? text.slice(1) : text);
    if (value === undefined) return undefined;
    const level = isPercent ? Number((value / 100).toPrecision(12)) : value;
    const isOff = level === 0 && !isPercent;
    return isOff || (level >= 0.5 && level <= 0.999) ? level : undefined;
  },
  format: String,
};

/** Quantiles from p50 to p99.9, apart by commas, in any order; each once. */
export const quantileLevels: Kind<readonly number[]> = {
  label: 'quantiles',
  rule: 'quantiles from p50 to p99.9, or from 0.5 to 0.999, apart by commas, at most 16',
  parse: (text) => {
    const levels = text.split(',').map((part) => quantileLevel.parse(part.trim()) || undefined);
    const known = levels.filter((level) => level !== undefined);
    const isValid = known.length === levels.length && new Set(known).size === known.length;
    return isValid && known.length <= 16 ? known.sort((a, b) => a - b) : undefined;
  },
  format: (levels) => levels.join(','),
};

export const boolean: Kind<boolean> = {
  label: 'true | false',
  rule: 'true or false',
  isSwitch: true,
  parse: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
  format: String,
};

/** Text that passes `accepts`; by itself, any but the empty one. */
export function text(
  label: string,
  rule: string,
  accepts: (text: string) => boolean = (value) => value !== '',
): Kind<string> {
  return {
    label,
    rule,
    parse: (value) => (accepts(value) ? value : undefined),
    format: (value) => value,
  };
}

/** The same kind where the empty text is null: not set. */
export function optional<T>(kind: Kind<T>): Kind<T | null> {
  return {
    label: kind.label,
    rule: kind.rule,
    parse: (value) => (value === '' ? null : kind.parse(value)),
    format: (value) => (value === null ? '' : kind.format(value)),
  };
}

export const listenAddress: Kind<ListenAddress> = {
  label: '[host]:port',
  rule: 'an address such as :8081, 127.0.0.1:8081 or [::1]:8081',
  parse: parseAddress,
  format: formatAddress,
};

const URLS_MAX = 16;

/** http(s) URLs, one a line, each once. */
export const httpUrls: Kind<readonly string[]> = {
  label: 'url',
  rule: `an http:// or https:// URL without fragment, each once, at most ${URLS_MAX}`,
  parse: (lines) => {
    const urls = lines.split('\n').map((line) => line.trim());
    const given = urls.filter((url) => url !== '');
    const isValid = given.every(parseHttpUrl) && new Set(given).size === given.length;
    return isValid && given.length <= URLS_MAX ? given : undefined;
  },
  format: (urls) => urls.join('\n'),
};

export const identity: Kind<WorkloadName> = {
  label: '[namespace/]name',
  rule: '[namespace/]name, each part DNS-1123 (lower-case letters, digits and -)',
  parse: (value) => parseIdentity(value) ?? undefined,
  format: formatIdentity,
};

const TOKEN = /^[\x21-\x7e]+$/;

/** What a header can hold after `Bearer`; the end of a line that a Secret has often is no part. */
export const token: Kind<string> = {
  label: 'text',
  rule: 'a token of printable ASCII',
  parse: (text) => (TOKEN.test(text.trim()) ? text.trim() : undefined),
  format: (value) => value,
};

const HEADER = /^([A-Za-z0-9!#$%&'*+.^_`|~-]+):[ \t]*([\t\x20-\x7e]*)$/;

/** Lines of `Name: value`; names are told apart without regard to case. */
export const headers: Kind<Readonly<Record<string, string>>> = {
  label: 'Name: value',
  rule: 'a header "Name: value" of printable ASCII, each name once',
  parse: (lines) => {
    const contentByName = new Map<string, string>();
    const lowerNames = new Set<string>();
    for (const line of lines.split('\n').map((each) => each.trim())) {
      if (line === '') continue;
      const [, name, content] = HEADER.exec(line) ?? [];
      if (name === undefined || content === undefined) return undefined;
      if (lowerNames.has(name.toLowerCase())) return undefined;
      lowerNames.add(name.toLowerCase());
      contentByName.set(name, content);
    }
    return Object.fromEntries(contentByName);
  },
  format: (value) =>
    Object.entries(value)
      .map(([name, content]) => `${name}: ${content}`)
      .join('\n'),
};

/** The same header lines with `***` for their values; a line that is no header is `***` alone. */
export function maskHeaders(lines: string): string {
  return lines.replace(/^(?:([^:\n]*):[^\n]*|[^\n]+)$/gm, (_, name?: string) =>
    name === undefined ? '***' : `${name}: ***`,
  );
}
