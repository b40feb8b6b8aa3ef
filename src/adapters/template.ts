import { type TemplateValues, templateFault, VARIABLE } from '../config/template.ts';
import { adapterFault } from './faults.ts';

/** What could end or bend a PromQL string literal in any of its three quotes. */
const UNSAFE_IN_LITERAL = /["'`\\\p{Cc}]/gu;

/**
 * Fills `{{workload}}` and `{{namespace}}` in; each value is escaped for the place it gets into.
 *
 * @param option the option's name, for messages; the template itself is never shown
 * @throws KedastralError option_invalid for another name, a name without a value, or a stray `{{`
 */
export function fillTemplate(
  option: string,
  template: string,
  values: TemplateValues,
  escapeValue: (value: string) => string,
): string {
  const fault = templateFault(template, values);
  if (fault !== null) throw adapterFault('option_invalid', `${option}: ${fault}`);
  return template.replace(VARIABLE, (_, name: keyof TemplateValues) =>
    escapeValue(values[name] ?? ''),
  );
}

/**
 * For use inside a PromQL string literal: quotes, backslashes and control characters become `\xNN`,
 * which reads the same in "…" and '…'. Not an escape for regular expressions: a dot in a name
 * stays one.
 */
export function escapePromqlLiteral(value: string): string {
  return value.replace(
    UNSAFE_IN_LITERAL,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
