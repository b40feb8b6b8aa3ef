import { html, type Markup } from './markup.ts';

const TERMS: readonly (readonly [string, string])[] = [
  ['unserved', 'Demand above what the pods ready at that moment serve, as a share of all demand.'],
  ['pod-hours', 'What is paid for: each pod from its creation on, ready or not.'],
  [
    'the fair rival',
    'A reactive HPA with a flat headroom on top, set so that its pod-hours equal ours, if within ' +
      'its bounds one does. Beating a ' +
      'plain reactive HPA proves nothing: any headroom does.',
  ],
  ['oracle', 'The same planner with the future demand in place of a forecast.'],
  ['p99 utilisation', 'For 99 % of the time, demand over what the ready pods serve is below this.'],
  [
    'ready before the peak',
    "How long before each day's highest step the pods that it needs were ready, the median day.",
  ],
  [
    'skill',
    '1 − mean absolute error / that of the value at the same time of the day before, on the same ' +
      'points.',
  ],
  ['accuracy', '1 − WAPE; WAPE is the sum of the absolute errors over the sum of the demand.'],
  ['MASE', 'Mean absolute error over the mean absolute change from one day to the next.'],
  ['pinball', 'Mean quantile loss on the same scale: lower is better, sharp and calibrated both.'],
  ['below p90', 'Share of what came at or below the 0.9 quantile: 90 % would be perfect.'],
  ['origin', 'A moment at which a forecast was made, with nothing known of what came later.'],
];

/** The terms of the page, each in a sentence. */
export const GLOSSARY: Markup = html`<details><summary><h3>What the terms mean</h3></summary>
<dl>${TERMS.map(([term, meaning]) => html`<dt>${term}</dt><dd>${meaning}</dd>`)}</dl></details>`;
