/** Text that is HTML already: what `html` gives, and nothing else. */
export class Markup {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

/** What may stand between the literals of `html`; null and false stand for nothing. */
export type Piece = Markup | string | number | null | false | readonly Piece[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * A template tag for HTML: strings are escaped, for text and for quoted attributes alike, so names
 * that users chose cannot become markup.
 */
export function html(literals: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  const parts = literals.map((literal, i) => literal + markupOf(pieces[i] ?? null));
  return new Markup(parts.join(''));
}

/** Text from this program (a style sheet, a script, path data) that must not be escaped. */
export function trusted(text: string): Markup {
  return new Markup(text);
}

/**
 * A name from outside: its direction of writing cannot reach the text around it, and where it is
 * too long it breaks behind `_`, `/` or `.`.
 */
export function named(name: string): Markup {
  const [first = '', ...rest] = name.split(/(?<=[_/.])(?=[^_/.])/);
  return html`<bdi>${first}${rest.map((part) => html`<wbr>${part}`)}</bdi>`;
}

function markupOf(piece: Piece): string {
  if (piece === null || piece === false) return '';
  if (piece instanceof Markup) return piece.text;
  if (typeof piece === 'object') return piece.map(markupOf).join('');
  return String(piece).replace(/[&<>"']/g, (char) => ESCAPES[char] as string);
}
