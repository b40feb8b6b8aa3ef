import { parse as parseYaml } from 'yaml';
import { parseTimestamp } from '../adapters/timestamp.ts';
import { formatGate, GATE_RULE, type Gate, parseGate } from '../backtest/gate.ts';
import { formatDuration, parseDuration } from '../config/duration.ts';
import type { Kind } from '../config/kinds.ts';
import { MODELS } from '../config/options.ts';
import { readBehavior } from '../replay/case-behavior.ts';
import type { Behavior } from '../replay/hpa-spec.ts';
import type { StartDelay } from '../replay/start-delay.ts';
import { formatTime } from './format.ts';

export const instant: Kind<number> = {
  label: 'RFC 3339',
  rule: 'a time such as 2026-11-21T09:30:00Z',
  parse: (value) => {
    const seconds = parseTimestamp(value);
    return Number.isFinite(seconds) ? seconds : undefined;
  },
  format: formatTime,
};

/** Any number of values, one a line. */
export function repeated<T>(kind: Kind<T>): Kind<readonly T[]> {
  return {
    label: kind.label,
    rule: kind.rule,
    parse: (text) => {
      const lines = text.split('\n').filter((line) => line !== '');
      const values = lines.map((line) => kind.parse(line));
      return values.every((value) => value !== undefined) ? values : undefined;
    },
    format: (values) => values.map((value) => kind.format(value)).join('\n'),
  };
}

export const gate: Kind<Gate> = {
  label: 'gate',
  rule: GATE_RULE,
  parse: (text) => parseGate(text) ?? undefined,
  format: formatGate,
};

export const modelNames: Kind<readonly string[]> = {
  label: 'name,…',
  rule: `names from ${MODELS.join(', ')}, with commas between`,
  parse: (value) => {
    const names = value.split(/[,\n]/).filter((name) => name !== '');
    return names.every((name) => MODELS.some((known) => known === name))
      ? [...new Set(names)]
      : undefined;
  },
  format: (value) => value.join(','),
};

export const startDelay: Kind<StartDelay> = {
  label: 'duration,…',
  rule: 'a duration such as 60s, or least, median and most such as 20s,40s,2m',
  parse: (value) => {
    const seconds = value.split(',').map((part) => parseDuration(part));
    const isRight = seconds.every((each, k) => each !== undefined && each >= (seconds[k - 1] ?? 0));
    if (!isRight) return undefined;
    return seconds.length === 1 ? seconds[0] : (seconds as number[]);
  },
  format: (value) => [value].flat().map(formatDuration).join(','),
};

/** `behavior` of an autoscaling/v2 HPA, as YAML or JSON; JSON is YAML, too. */
export const hpaBehavior: Kind<Behavior | null> = {
  label: 'yaml',
  rule: '`scaleUp` and `scaleDown` of an autoscaling/v2 HPA, as YAML or JSON',
  parse: (value) => {
    try {
      return value === '' ? null : readBehavior(parseYaml(value), 'behavior');
    } catch {
      return undefined;
    }
  },
  format: (value) => (value === null ? '' : JSON.stringify(value)),
};
