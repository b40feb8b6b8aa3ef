import { quoted } from '../errors.ts';
import { adapterFault } from './faults.ts';

/** Index of each column of a CSV. */
export interface CsvColumns {
  /** Fields of every row. */
  readonly count: number;
  readonly time: number;
  readonly value: number;
  /** -1: there is none. */
  readonly replicas: number;
}

const TIME_NAME = /^(?:timestamp|time|ts|t|date|date[ _-]?time|ds|at)$/i;
const VALUE_NAME = /^(?:value|val|v|y)$/i;
const REPLICAS_NAME = /^(?:replicas|pods)$/i;

/** Columns of rows without a header: time, value, replicas. */
export function columnsInOrder(count: number): CsvColumns {
  return { count, time: 0, value: 1, replicas: count > 2 ? 2 : -1 };
}

/**
 * Columns by the names of a header. Of two names that say nothing the first is the time's; of
 * more, time and value must be known by name, or the value be what time and replicas leave over.
 *
 * @throws KedastralError adapter_response when they cannot be told apart
 */
export function columnsOfHeader(names: readonly string[]): CsvColumns {
  const count = names.length;
  const replicas = names.findIndex((name) => REPLICAS_NAME.test(name));
  if (count === 2 && replicas < 0) {
    const [first, second] = names as [string, string];
    const isTimeSecond = TIME_NAME.test(second) && !TIME_NAME.test(first);
    const isValueFirst = VALUE_NAME.test(first) && !VALUE_NAME.test(second);
    const [time, value] = isTimeSecond || isValueFirst ? [1, 0] : [0, 1];
    return { count, time, value, replicas };
  }
  const time = names.findIndex((name) => TIME_NAME.test(name));
  const named = names.findIndex((name) => VALUE_NAME.test(name));
  const others = [...names.keys()].filter((k) => k !== time && k !== replicas);
  const value = named >= 0 ? named : others.length === 1 ? (others[0] as number) : -1;
  if (time >= 0 && value >= 0) return { count, time, value, replicas };
  const missing = time < 0 ? 'time (timestamp, time, ts, date, ds)' : 'value (value, val, v, y)';
  const said = quoted(names.join(','));
  throw adapterFault('adapter_response', `CSV header ${said}: no column is the ${missing}`);
}
