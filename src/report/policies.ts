import type { PolicyResult, PolicyRole, ReplayResult } from '../backtest/result.ts';
import type { Comparison } from '../replay/outcome.ts';
import { amount, change, fixed, percent, span, UNKNOWN } from './figures.ts';
import { html, type Markup, named } from './markup.ts';
import { noRival } from './no-rival.ts';
import { table } from './table.ts';

/** What a policy is, in a few words, for those who do not know its name. */
const MEANING: Readonly<Record<PolicyRole, string>> = {
  ours: 'plans for the forecast',
  rival: 'the fair rival: reactive, its headroom set so that it costs the same',
  reactive: 'HPA on the present demand, the same target',
  keda: 'KEDA on the raw metric',
  seed: 'the first baseline of this program',
  oracle: 'plans for the demand that comes, its headroom beside it',
  static: 'always the maximum',
  actual: 'what really ran',
};

const HEADINGS = [
  ...['policy', 'demand unserved', 'pod-hours', 'cost against the rival', 'short, minutes'],
  ...['lacking then: mean, most', 'p99 utilisation', 'ups, downs', 'ready before the peak'],
  'headroom',
];
const LEAD_MAX_SECONDS = 3_600;

/** Cost and shortfall of each policy, always side by side. */
export function policyTable({ policies, comparison }: ReplayResult): Markup {
  const rival = policies.find(({ role }) => role === 'rival');
  const rows = policies.map((policy, k) => row(policy, k, rival, comparison));
  return table('Policies compared', HEADINGS, rows);
}

function row(
  policy: PolicyResult,
  k: number,
  rival: PolicyResult | undefined,
  comparison: Comparison | null,
): Markup {
  const { outcome, headroom } = policy;
  const cost = rival ? change(outcome.podHours / rival.outcome.podHours) : UNKNOWN;
  return html`<tr${k === 0 && html` class="chosen"`}><th scope="row">
<span class="dot ${policy.role}"></span>${named(outcome.policy)}
<small class="meaning">${meaningOf(policy, comparison)}</small></th>
<td><b>${percent(outcome.unservedShare)}</b></td><td>${amount(outcome.podHours)}</td>
<td>${policy === rival ? '=' : cost}</td><td>${fixed(outcome.shortMinutes, 0)}</td>
<td>${percent(outcome.shortDepthMean)}, ${percent(outcome.shortDepthMax)}</td>
<td>${percent(outcome.utilisationP99)}</td>
<td>${outcome.scaleUps}, ${outcome.scaleDowns}</td>
<td>${leadText(outcome.peakLeadSeconds)}</td><td>${fixed(headroom)}</td></tr>`;
}

function meaningOf({ role }: PolicyResult, comparison: Comparison | null): string {
  if (role !== 'rival' || !comparison || comparison.isSameCost) return MEANING[role];
  return `reactive, its headroom at its bound: ${noRival(comparison)}`;
}

/** What is at the bounds of the measure was not seen any longer before, or not in time at all. */
function leadText(seconds: number | null): string {
  if (seconds === null) return UNKNOWN;
  if (seconds <= -LEAD_MAX_SECONDS) return 'never';
  if (seconds >= LEAD_MAX_SECONDS) return `≥ ${span(LEAD_MAX_SECONDS)}`;
  return seconds < 0 ? `${span(-seconds)} late` : span(seconds);
}
