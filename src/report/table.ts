import { html, type Markup } from './markup.ts';

/** A table that scrolls sideways where the screen is too narrow for it. */
export function table(
  label: string,
  headings: readonly (Markup | string)[],
  rows: readonly Markup[],
): Markup {
  const heading = (text: Markup | string) => html`<th scope="col">${text}</th>`;
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${label}"><table>
<thead><tr>${headings.map(heading)}</tr></thead><tbody>${rows}</tbody></table></div>`;
}
