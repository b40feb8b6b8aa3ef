import { adapterFault } from './faults.ts';

export interface TemplateValues {
  readonly workload: string;
  /** Absent or empty when the workload has none: a template that names it is then refused. */
  readonly namespace?: string | null | undefined;
}

const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;
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
  const known: Record<string, string | undefined> = {
    workload: values.workload,
    namespace: values.namespace ?? undefined,
  };
  if (template.replace(PLACEHOLDER, '').includes('{{')) {
    throw adapterFault('option_invalid', `${option}: a "{{" is not closed`);
  }
  return template.replace(PLACEHOLDER, (_, name: string) => {
    if (!Object.hasOwn(known, name)) {
      const rule = 'is not one of {{workload}}, {{namespace}}';
      throw adapterFault('option_invalid', `${option}: {{${name}}} ${rule}`);
    }
    const value = known[name];
    if (!value) {
      throw adapterFault('option_invalid', `${option}: {{${name}}} has no value; set ${name}`);
    }
    return escapeValue(value);
  });
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
