import { parseDecimal } from '../config/kinds.ts';
import { Fields, refusal } from './fields.ts';

/** From `timeSeconds` on a metric reads `value`; null: it cannot be read. */
export interface CasePoint {
  readonly timeSeconds: number;
  readonly value: number | null;
}

/**
 * Reads `series`, or the file named by `csv`, of a metric.
 *
 * @throws KedastralError option_invalid: neither is there, a value is no number, or out of order
 */
export function readPoints(fields: Fields, readFile: (path: string) => string): CasePoint[] {
  const csv = fields.string('csv', '');
  const points = csv === '' ? readSeries(fields) : readCsv(fields.pathOf('csv'), csv, readFile);
  const path = fields.pathOf(csv === '' ? 'series' : 'csv');
  if (points.length === 0) throw refusal(path, csv || points, 'has no point');
  const wrong = points.findIndex(
    ({ timeSeconds }, i) => i > 0 && timeSeconds < (points[i - 1] as CasePoint).timeSeconds,
  );
  if (wrong < 0) return points;
  throw refusal(`${path}[${wrong}]`, points[wrong]?.timeSeconds, 'is before the time above it');
}

function readSeries(fields: Fields): CasePoint[] {
  return (fields.list('series') ?? []).map(({ value, path }) => {
    const point = new Fields(value, path, ['t', 'value']);
    const isMissing = point.raw('value') === undefined;
    return {
      timeSeconds: point.number('t', 0),
      value: isMissing ? null : point.number('value', 0),
    };
  });
}

function readCsv(path: string, name: string, readFile: (name: string) => string): CasePoint[] {
  let text: string;
  try {
    text = readFile(name);
  } catch (thrown) {
    throw refusal(path, name, `cannot be read: ${(thrown as Error).message}`);
  }
  const points: CasePoint[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const [time = '', value = ''] = line.split(',').map((field) => field.trim());
    const timeSeconds = parseDecimal(time);
    if (timeSeconds === undefined && i === 0) continue;
    const place = `${path} line ${i + 1}`;
    if (timeSeconds === undefined) throw refusal(place, time, 'is not a number of seconds');
    const known = value === '' ? null : parseDecimal(value);
    if (known === undefined) throw refusal(place, value, 'is not a number');
    points.push({ timeSeconds, value: known });
  }
  return points;
}
