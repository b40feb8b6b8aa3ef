import { readFileSync } from 'node:fs';
import type { BufferName, KernelExports } from '../../src/wasm/abi.ts';

const UNITS = 2_000_000_000;
const SEASONS_AT = 16;

const module = new WebAssembly.Module(
  readFileSync(new URL('../../dist/kedastral.wasm', import.meta.url)),
);

export interface EtsParams {
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
  readonly phi: number;
  readonly level: number;
  readonly slope: number;
  readonly seasonal: readonly number[];
  readonly sigma2?: number;
}

export interface Answer {
  /** The params buffer behind the call (assembly/smoothing/*.ts). */
  readonly params: readonly number[];
  readonly point: readonly number[];
  readonly sigma: readonly number[];
}

/** The module itself, one instance, without the host's checks. */
export class Guest {
  readonly exports = new WebAssembly.Instance(module).exports as unknown as KernelExports;

  view(buffer: BufferName, length: number): Float64Array {
    return new Float64Array(this.exports.memory.buffer, this.exports[buffer].value, length);
  }

  write(values: ArrayLike<number>): number {
    this.view('historyPtr', values.length).set(values);
    return values.length;
  }

  answer(horizon: number): Answer {
    return {
      params: [...this.view('paramsPtr', 64)],
      point: [...this.view('meanPtr', horizon)],
      sigma: [...this.view('sigmaPtr', horizon)],
    };
  }

  ets(values: ArrayLike<number>, form: string, seasonLength: number, horizon: number): Answer {
    const forms = form === '' ? -1 : 1 << formNumber(form);
    check(this.exports.etsBegin(this.write(values), seasonLength, forms));
    check(this.exports.etsAdvance(UNITS));
    const { params } = this.answer(0);
    check(this.exports.etsForecast(horizon));
    return { ...this.answer(horizon), params };
  }

  etsAt(values: ArrayLike<number>, form: string, at: EtsParams, horizon: number): Answer {
    const params = this.view('paramsPtr', 64);
    params.set([at.alpha, at.beta, at.gamma, at.phi, at.sigma2 ?? Number.NaN], 2);
    params.set([at.level, at.slope], 10);
    params.set(at.seasonal, SEASONS_AT);
    const season = Math.max(1, at.seasonal.length);
    check(this.exports.etsEvaluate(this.write(values), formNumber(form), season));
    check(this.exports.etsForecast(horizon));
    return this.answer(horizon);
  }

  theta(values: ArrayLike<number>, seasonLength: number, horizon: number, mode = 0): Answer {
    check(this.exports.theta(this.write(values), seasonLength, horizon, mode));
    return this.answer(horizon);
  }

  intermittent(values: ArrayLike<number>, method: number, given: readonly number[] = []): Answer {
    this.view('paramsPtr', given.length).set(given);
    const mode = given.length > 0 ? 1 : 0;
    check(this.exports.intermittent(this.write(values), 1, method, mode));
    return this.answer(1);
  }
}

/** `A,Ad,M` as the guest numbers it: 9·error + 3·trend + season. */
function formNumber(form: string): number {
  const [error = '', trend = '', season = ''] = form.split(',');
  const parts = [['A', 'M'].indexOf(error), ['N', 'A', 'Ad'].indexOf(trend)];
  return 9 * (parts[0] ?? 0) + 3 * (parts[1] ?? 0) + ['N', 'A', 'M'].indexOf(season);
}

function check(result: number): void {
  if (result !== 0) throw new Error(`the guest refused: ${result}`);
}
