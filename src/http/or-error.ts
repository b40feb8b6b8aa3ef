import { asFault } from '../errors.ts';

interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string };
}

/** An answer, or why there is none, as a part of a body. */
export function orError<T>(answer: () => T): T | ErrorBody {
  try {
    return answer();
  } catch (thrown) {
    const { code, message } = asFault(thrown, 'http');
    return { error: { code, message } };
  }
}
