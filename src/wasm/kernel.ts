import { setImmediate } from 'node:timers/promises';
import { FAULTS, type FaultCode, KedastralError } from '../errors.ts';
import { ABI_VERSION, BUFFERS, type BufferName, type KernelExports, RESULT } from './abi.ts';

const FAULT_OF_RESULT: Record<number, FaultCode> = {
  [RESULT.CAPACITY]: 'series_too_long',
  [RESULT.OPTION]: 'model_option',
  [RESULT.TOO_SHORT]: 'series_too_short',
  [RESULT.NOT_FINITE]: 'series_not_finite',
};

/**
 * Work units of one slice. A unit is about a nanosecond of arithmetic on the machines this was
 * measured on, so a slice stays well under the 20 ms that an RPC may have to wait.
 */
const SLICE_UNITS = 2_000_000;

/** The last task asked for: those that take turns run one after the other. */
interface Turns {
  last: Promise<unknown>;
}

/**
 * The WebAssembly module: the only place that touches its memory.
 *
 * The module has one set of static buffers, so a fit and its forecast run inside `exclusive`.
 */
export class Kernel {
  readonly #module: WebAssembly.Module;
  #exports: KernelExports;
  #buffers: Record<BufferName, Float64Array>;
  readonly #turns: Turns;

  private constructor(module: WebAssembly.Module, turns: Turns = { last: Promise.resolve() }) {
    this.#module = module;
    this.#turns = turns;
    [this.#exports, this.#buffers] = start(module);
  }

  /** @param bytes the compiled module, dist/kedastral.wasm */
  static async load(bytes: Uint8Array<ArrayBuffer>): Promise<Kernel> {
    return new Kernel(await WebAssembly.compile(bytes));
  }

  /**
   * An instance of the module with memory of its own, in which what was learnt of a series stays.
   *
   * @param takesTurns its tasks wait for those of this one, and these for its own
   */
  fork({ takesTurns }: { readonly takesTurns: boolean }): Kernel {
    return new Kernel(this.#module, takesTurns ? this.#turns : undefined);
  }

  get historyCapacity(): number {
    return this.#buffers.historyPtr.length;
  }

  get horizonCapacity(): number {
    return this.#buffers.meanPtr.length;
  }

  /** Runs `task` alone on the module's buffers, after all tasks asked for earlier. */
  exclusive<T>(task: () => Promise<T> | T): Promise<T> {
    const result = this.#turns.last.then(task);
    this.#turns.last = result.catch(() => undefined);
    return result;
  }

  /** Copies `values` to the start of a buffer; more than it holds is refused. */
  write(buffer: BufferName, values: ArrayLike<number>): void {
    const view = this.#buffers[buffer];
    if (values.length > view.length) {
      throw new KedastralError(
        'series_too_long',
        'kernel',
        `${values.length} values do not fit in ${buffer}, which holds ${view.length}`,
      );
    }
    view.set(values);
  }

  /** A copy of the first `length` values of a buffer. */
  read(buffer: BufferName, length: number): Float64Array {
    return this.#buffers[buffer].slice(0, length);
  }

  /** One value of a buffer. */
  readAt(buffer: BufferName, index: number): number {
    return this.#buffers[buffer][index] as number;
  }

  /**
   * Calls the guest; a refusal and a trap become typed errors. Returns RESULT.OK or RESULT.MORE.
   */
  call(task: (guest: KernelExports) => number): number {
    let result: number;
    try {
      result = task(this.#exports);
    } catch (thrown) {
      [this.#exports, this.#buffers] = start(this.#module);
      throw new KedastralError('kernel_trap', 'kernel', 'the WebAssembly module trapped', {
        cause: thrown,
      });
    }
    if (result >= RESULT.OK) return result;
    const code = FAULT_OF_RESULT[result];
    if (code) throw new KedastralError(code, 'kernel', FAULTS[code].meaning);
    throw new KedastralError('internal', 'kernel', `unknown result ${result}`);
  }

  /** Calls a resumable guest function until it is done, serving the event loop between slices. */
  async drain(advance: (guest: KernelExports, units: number) => number): Promise<void> {
    while (this.call((guest) => advance(guest, SLICE_UNITS)) === RESULT.MORE) await setImmediate();
  }
}

function start(module: WebAssembly.Module): [KernelExports, Record<BufferName, Float64Array>] {
  const exports = new WebAssembly.Instance(module, {}).exports as unknown as KernelExports;
  if (exports.ABI_VERSION?.value !== ABI_VERSION) {
    throw new KedastralError(
      'kernel_mismatch',
      'kernel',
      `the module speaks ABI ${exports.ABI_VERSION?.value}, this program ABI ${ABI_VERSION}`,
    );
  }
  const views = Object.entries(BUFFERS).map(([pointer, capacity]) => [
    pointer,
    new Float64Array(
      exports.memory.buffer,
      exports[pointer as BufferName].value,
      exports[capacity].value,
    ),
  ]);
  return [exports, Object.fromEntries(views)];
}
