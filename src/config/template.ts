/** `{{name}}` in a query or URL; blanks inside are allowed. */
export const VARIABLE = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** What a template may name; absent, null or empty when the workload has none. */
export interface TemplateValues {
  readonly workload: string;
  readonly namespace?: string | null | undefined;
}

/** What is wrong with a template, or null; the template itself is never shown. */
export function templateFault(template: string, values: TemplateValues): string | null {
  if (template.replace(VARIABLE, '').includes('{{')) return 'a "{{" is not closed';
  for (const [, name = ''] of template.matchAll(VARIABLE)) {
    const isKnown = name === 'workload' || name === 'namespace';
    if (!isKnown) return `{{${name}}} is not one of {{workload}}, {{namespace}}`;
    if (!values[name]) return `{{${name}}} has no value; set ${name}`;
  }
  return null;
}
