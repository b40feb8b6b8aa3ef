import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CsvReader, parseCsv } from '../../src/adapters/csv.ts';
import { parseTimestamp } from '../../src/adapters/timestamp.ts';

const NEW_YEAR = 1_767_225_600;

function rows(text: string): [number, number][] {
  const { timesSeconds, values } = parseCsv(text);
  return Array.from(timesSeconds, (time, i) => [time, values[i] as number]);
}

describe('parseTimestamp', () => {
  test.each([
    ['2026-01-01T00:00:00Z', NEW_YEAR],
    ['2026-01-01t00:00:00z', NEW_YEAR],
    ['2026-01-01 00:00:00', NEW_YEAR],
    ['2026-01-01T00:00', NEW_YEAR],
    ['2026-01-01', NEW_YEAR],
    ['2026-01-01T01:30:00+01:30', NEW_YEAR],
    ['2025-12-31T19:00:00-0500', NEW_YEAR],
    ['2026-01-01T00:00:00.25Z', NEW_YEAR + 0.25],
    ['1767225600', NEW_YEAR],
    ['1767225600.5', NEW_YEAR + 0.5],
    ['1767225600000', NEW_YEAR],
    ['1767225600000000', NEW_YEAR],
    ['1767225600250000', NEW_YEAR + 0.25],
    ['1767225600000000000', NEW_YEAR],
    ['1.7672256e9', NEW_YEAR],
    ['2024-02-29', 1_709_164_800],
    ['-60', -60],
  ])('%s', (text, seconds) => {
    expect(parseTimestamp(text)).toBe(seconds);
  });

  test.each([
    '',
    'noon',
    '2025-02-29',
    '2026-13-01',
    '2026-00-01',
    '2026-01-00',
    '2026-01-32',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01T00:00:61Z',
    '01/02/2026',
    '2026-01-01T00:00:00 CET',
    '0x10',
    'Infinity',
  ])('"%s" is none', (text) => {
    expect(parseTimestamp(text)).toBe(Number.NaN);
  });

  test('agrees with the platform on every RFC 3339 instant', () => {
    fc.assert(
      fc.property(
        fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }),
        (date) => {
          expect(parseTimestamp(date.toISOString())).toBe(date.getTime() / 1000);
        },
      ),
    );
  });
});

describe('parseCsv', () => {
  test.each([
    ['with a header', 'timestamp,value\n60,1\n120,2\n'],
    ['with another header', 'ds,y\n60,1\n120,2\n'],
    ['without one', '60,1\n120,2'],
    ['that swaps the columns', 'value,timestamp\n1,60\n2,120\n'],
    ['that names the time second', 'requests,Time\n1,60\n2,120\n'],
    ['that names the value first', 'Value,when\n1,60\n2,120\n'],
    ['that names two times', 'date,time\n60,1\n120,2\n'],
    ['with CRLF and a byte order mark', '\uFEFFtimestamp,value\r\n60,1\r\n120,2\r\n'],
    ['with quotes', '"timestamp","value"\n"60","1"\n"120", "2" \n'],
    ['with blanks and blank lines', '\n 60 , 1\n\n120,2  \n\n'],
    ['with RFC 3339', '1970-01-01T00:01:00Z,1\n1970-01-01T00:02:00Z,2\n'],
  ])('%s', (_, text) => {
    expect(rows(text)).toEqual([
      [60, 1],
      [120, 2],
    ]);
  });

  test('numbers as they are written, and what is missing', () => {
    const absent = ['', 'NaN', 'null', 'NA', 'Infinity', '+Inf', '-inf'];
    const written = ['-1.5', '+2', '.5', '3.', '1e-3', ...absent];
    const read = rows(written.map((value, i) => `${i},${value}`).join('\n'));
    const missing = absent.map(() => Number.NaN);
    expect(read.map(([, value]) => value)).toEqual([-1.5, 2, 0.5, 3, 0.001, ...missing]);
  });

  test('order and doubles are kept', () => {
    expect(rows('120,1\n60,2\n60,3')).toEqual([
      [120, 1],
      [60, 2],
      [60, 3],
    ]);
  });

  test('an empty text has no rows', () => {
    expect(rows('')).toEqual([]);
    expect(rows('timestamp,value\n')).toEqual([]);
  });

  test.each([
    ['60,1\nsoon,2', 'CSV line 2, timestamp: "soon" is neither RFC 3339 nor epoch seconds'],
    ['60,1\n120,much', 'CSV line 2, value: "much" is not a number'],
    ['60,many', 'CSV line 1, value: "many" is not a number'],
    ['soon,1', 'CSV line 1, timestamp: "soon" is neither RFC 3339 nor epoch seconds'],
    ['t,v\na,b', 'CSV line 2, timestamp: "a" is neither RFC 3339 nor epoch seconds'],
    ['60,0x1f', 'CSV line 1, value: "0x1f" is not a number'],
    [
      '5,2026-01-01T00:00:00Z',
      'CSV line 1, value: "2026-01-01T00:00:00Z" is not a number; ' +
        'the time comes first, unless a header says value,timestamp',
    ],
    [
      'nan,2026-01-01T00:00:00Z',
      'CSV line 1, timestamp: "nan" is neither RFC 3339 nor epoch seconds; ' +
        'the time comes first, unless a header says value,timestamp',
    ],
    ['60', 'CSV line 1: 2 fields expected, 1 found: "60"'],
    [
      't;v\n60;1',
      'CSV line 1: 2 fields expected, 1 found: "t;v"; ' +
        'fields are separated by commas, not by semicolons',
    ],
    [
      't,v\n60\t1',
      'CSV line 2: 2 fields expected, 1 found: "60\\t1"; ' +
        'fields are separated by commas, not by tabs',
    ],
    [
      '60;1,5',
      'CSV line 1, timestamp: "60;1" is neither RFC 3339 nor epoch seconds; ' +
        'fields are separated by commas, not by semicolons',
    ],
    ['60,1,2', 'CSV line 1: 2 fields expected, 3 found: "60,1,2"'],
    ['60,"1', 'CSV line 1: a quote is not closed, or text follows it: "60,\\"1"'],
    ['60,"1"2', 'CSV line 1: a quote is not closed, or text follows it: "60,\\"1\\"2"'],
    [`60,${'x'.repeat(99)}`, `CSV line 1, value: "${'x'.repeat(40)}…" is not a number`],
  ])('%j is refused', (text, message) => {
    expect(() => parseCsv(text)).toThrow(
      expect.objectContaining({ code: 'adapter_response', message }),
    );
  });

  test('reads back whatever was written', () => {
    const time = fc.integer({ min: 0, max: 4_000_000_000 });
    const value = fc.double({ noNaN: true, noDefaultInfinity: true });
    const quoted = fc.boolean();
    fc.assert(
      fc.property(fc.array(fc.tuple(time, value, quoted)), quoted, (written, crlf) => {
        const lines = written.map(([t, v, quote]) => (quote ? `"${t}","${v}"` : `${t},${v}`));
        const read = rows(lines.join(crlf ? '\r\n' : '\n'));
        // Text has no negative zero.
        expect(read).toEqual(written.map(([t, v]) => [t, v + 0]));
      }),
    );
  });

  test('any text is read or refused with its line', () => {
    const text = fc.string({ unit: fc.constantFrom(...'0123456789-:TZ.,"\n\r eNa\uFEFF') });
    fc.assert(
      fc.property(text, (garbage) => {
        try {
          const { timesSeconds, values } = parseCsv(garbage);
          expect(timesSeconds.length).toBe(values.length);
          expect(timesSeconds.some(Number.isNaN)).toBe(false);
        } catch (fault) {
          expect(String(fault)).toMatch(/^KedastralError: CSV line \d+/);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('CsvReader', () => {
  function read(text: string, pieces = [text.length]): number[][] {
    const taken: number[][] = [];
    const reader = new CsvReader((...row) => taken.push(row), true);
    let from = 0;
    for (const length of pieces) {
      reader.push(text.slice(from, from + length));
      from += length;
    }
    reader.push(text.slice(from));
    reader.end();
    return taken;
  }

  test.each([
    ['a third column', 'ts,value,replicas\n60,1,4\n120,2,5\n'],
    ['no header', '60,1,4\n120,2,5\n'],
    ['columns in any order', 'pods,date,y\n4,60,1\n5,120,2\n'],
    ['a value of any name beside time and replicas', 'time,rps,replicas\n60,1,4\n120,2,5'],
    ['columns that nobody asks for', 'id,time,value,zone,replicas\n7,60,1,a,4\n8,120,2,b,5'],
  ])('reads %s', (_, text) => {
    expect(read(text)).toEqual([
      [60, 1, 4],
      [120, 2, 5],
    ]);
  });

  test('has no replicas where there are none', () => {
    expect(read('60,1\n')).toEqual([[60, 1, Number.NaN]]);
    expect(read('ts,value,replicas\n60,1,\n')).toEqual([[60, 1, Number.NaN]]);
  });

  test.each([
    ['when,cpu,memory\n', 'CSV header "when,cpu,memory": no column is the time'],
    ['time,cpu,memory\n', 'CSV header "time,cpu,memory": no column is the value'],
    ['time,replicas\n', 'CSV header "time,replicas": no column is the value'],
    ['60,1,2,3\n', 'CSV line 1: 2 fields expected, 4 found'],
    ['t,value,replicas\n60,1,many\n', 'CSV line 2, replicas: "many" is not a number'],
    ['t,value,replicas\n60,1\n', 'CSV line 2: 3 fields expected, 2 found'],
  ])('%j is refused', (text, message) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'adapter_response' }));
    expect(() => read(text)).toThrow(message);
  });

  test('reads the same however the text is cut', () => {
    const text = '\uFEFFtimestamp,value,replicas\r\n60,"1",4\r\n\r\n120,2,5\r\n180,,6';
    const lengths = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 12 });
    fc.assert(
      fc.property(lengths, (pieces) => {
        expect(read(text, pieces)).toEqual(read(text));
      }),
    );
    expect(read(text)).toHaveLength(3);
  });
});
