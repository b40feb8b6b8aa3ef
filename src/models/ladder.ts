import { asFault, type KedastralError } from '../errors.ts';
import type { Series } from '../features/series.ts';
import type { FitContext, FittedModel, Model } from './model.ts';

/** Tried below the chosen model, in this order; each needs less than the one before. */
const LOWER_RUNGS = ['baseline', 'seasonal-naive', 'last-value'];

/** The names of the models to try when `chosen` is wanted, best first, without doubles. */
export function ladderFor(chosen: string): readonly string[] {
  return [...new Set([chosen, ...LOWER_RUNGS])];
}

/** What the ladder came to. */
export interface LadderResult {
  readonly fitted: FittedModel;
  /** Name of the model that answered. */
  readonly answered: string;
  /** Why the rungs above refused, `name: code, message; …`; empty when the first one answered. */
  readonly reason: string;
}

/**
 * Fits the first model that does not refuse; runs inside `kernel.exclusive`.
 *
 * @param models best first, at least one
 * @param onRefusal told of each refusal, so that it can be counted
 * @throws KedastralError the last rung's refusal when none answers; the signal's reason when it is
 * aborted, because a tick that was stopped wants no lesser answer
 */
export async function fitLadder(
  models: readonly Model[],
  series: Series,
  context: FitContext,
  onRefusal: (fault: KedastralError, name: string) => void = () => {},
): Promise<LadderResult> {
  const reasons: string[] = [];
  let last: KedastralError | undefined;
  for (const model of models) {
    context.signal.throwIfAborted();
    try {
      const fitted = await model.fit(series, context);
      return { fitted, answered: model.name, reason: reasons.join('; ') };
    } catch (thrown) {
      context.signal.throwIfAborted();
      last = asFault(thrown, 'model');
      reasons.push(`${model.name}: ${last.code}, ${last.message}`);
      onRefusal(last, model.name);
    }
  }
  throw last ?? asFault(new RangeError('the ladder has no rung'), 'model');
}
