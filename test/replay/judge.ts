import { execFileSync } from 'node:child_process';

/** Names the built hpajudge; without it the live comparison is skipped. */
export const JUDGE_VARIABLE = 'KEDASTRAL_HPAJUDGE';

/** What the real controller does with a case, one JSON object a sync. */
export function judge(binary: string, caseText: string): string[] {
  const input = { input: caseText, stdio: ['pipe', 'pipe', 'pipe'] as ['pipe', 'pipe', 'pipe'] };
  return execFileSync(binary, input).toString().trimEnd().split('\n');
}

const RESCALED = /,"rescaled":"[^"]*"/;

/**
 * Lines as they can be compared: from the first combined event on, Kubernetes' recorder picks by
 * the order of a Go map, which is random, so later changes are told differently from run to run.
 */
export function comparable(lines: readonly string[]): string[] {
  const combined = lines.findIndex((line) => line.includes('(combined from similar events)'));
  return lines.map((line, i) =>
    combined >= 0 && i > combined ? line.replace(RESCALED, '') : line,
  );
}
