import type { ModelOptions } from '../../src/models/registry.ts';

/** What the sidecar's defaults come to. */
export const MODEL_OPTIONS: ModelOptions = {
  arima: { p: 'auto', d: 'auto', q: 'auto', constant: 'auto' },
  sarima: { p: 'auto', d: 'auto', q: 'auto', lengthSteps: 'auto' },
  byomUrl: '',
};
