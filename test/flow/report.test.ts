import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BacktestResult } from '../../src/backtest/result.ts';
import { htmlReport } from '../../src/report/html.ts';
import { hasChromium, listenTo, startChromium } from '../parts/chromium.ts';
import { temporaryFolder } from '../parts/program.ts';
import { sampleResult, sampleSeries, tuned } from '../report/sample.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const LINE_CONTRAST_MIN = 3;
const HOSTILE = `"><script>alert(1)</script><img src=x onerror="alert(2)">`;
const LONG = 'a_metric_of_a_very_long_name_that_has_no_place_to_break_on_a_phone'.repeat(2);

const one = tuned(sampleSeries({ name: HOSTILE, days: 7, models: ['auto', HOSTILE, LONG] }), true);
const RESULTS: Readonly<Record<string, BacktestResult>> = {
  one: sampleResult([one], { isPartial: true, warnings: [HOSTILE] }),
  several: sampleResult([sampleSeries({ days: 4 }), sampleSeries({ days: 4, name: LONG })]),
};
const SCREENS = [
  { width: 1440, colorScheme: 'light' },
  { width: 768, colorScheme: 'dark' },
  { width: 390, colorScheme: 'light' },
  { width: 360, colorScheme: 'dark' },
] as const;

describe.skipIf(!hasChromium())('the HTML report in Chromium', () => {
  let browser: Browser;
  const urls: Record<string, string> = {};

  beforeAll(async () => {
    const folder = temporaryFolder();
    for (const [name, result] of Object.entries(RESULTS)) {
      const path = join(folder, `${name}.html`);
      writeFileSync(path, htmlReport(result));
      urls[name] = pathToFileURL(path).href;
    }
    browser = await startChromium();
  });
  afterAll(() => browser?.close());

  async function open(name: string, screen: (typeof SCREENS)[number], bypassCSP = false) {
    const { width, colorScheme } = screen;
    const page = await browser.newPage({
      viewport: { width, height: 800 },
      colorScheme,
      bypassCSP,
    });
    const heard = listenTo(page);
    await page.goto(urls[name] as string);
    await page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true;
    });
    return { page, heard };
  }

  for (const name of Object.keys(RESULTS)) {
    for (const screen of SCREENS) {
      describe(`${name}, ${screen.width} px, ${screen.colorScheme}`, () => {
        it('says nothing on the console, asks for nothing and fits', async () => {
          const { page, heard } = await open(name, screen);
          expect(heard).toEqual({ messages: [], requests: [urls[name]] });
          expect(await overflowing(page)).toEqual([]);
          expect(await emptyPlots(page)).toEqual([]);
          expect(await crampedLabels(page)).toEqual([]);
          await page.close();
        });

        it('is accessible and can be read', async () => {
          const { page } = await open(name, screen, true);
          await page.addScriptTag({ path: AXE });
          expect(await violations(page)).toEqual([]);
          expect(await faintLines(page)).toEqual([]);
          await page.close();
        });
      });
    }
  }

  it('reads out values under the pointer and by the arrow keys', async () => {
    const { page } = await open('one', SCREENS[0]);
    const plot = page.locator('.plot').filter({ has: page.locator('.need') });
    await plot.first().hover({ position: { x: 300, y: 50 } });
    const readout = plot.first().locator('.readout');
    expect(await readout.textContent()).toMatch(/UTC\s*ready: \d+ pods/);
    const before = await readout.textContent();
    await plot.first().focus();
    for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowRight');
    expect(await readout.textContent()).not.toBe(before);
    await page.keyboard.press('Escape');
    expect(await readout.isVisible()).toBe(false);
    await page.close();
  });

  it('shows on a phone what decides, and whose numbers they are', async () => {
    const { page } = await open('one', SCREENS[2]);
    const table = page.getByRole('group', { name: 'Policies compared' });
    const edges = async (text: string) => {
      const box = await table.getByText(text, { exact: true }).first().boundingBox();
      return [box?.x ?? Number.NaN, (box?.x ?? Number.NaN) + (box?.width ?? 0)] as const;
    };
    for (const heading of ['demand unserved', 'pod-hours', 'cost against the rival']) {
      expect((await edges(heading))[1], heading).toBeLessThanOrEqual(390);
    }
    expect((await edges('headroom'))[1]).toBeGreaterThan(390);
    const [left] = await edges('policy');
    await table.evaluate((element) => element.scrollTo(element.scrollWidth, 0));
    expect((await edges('headroom'))[1]).toBeLessThanOrEqual(390);
    expect((await edges('policy'))[0]).toBe(left);
    await page.close();
  });

  it('opens the series that a link leads to', async () => {
    const page = await browser.newPage();
    await page.goto(urls.several as string);
    expect(await page.locator('#s1 .plot').first().isVisible()).toBe(false);
    await page.locator('a[href="#s1"]').click();
    expect(await page.locator('#s1 .plot').first().isVisible()).toBe(true);
    await page.close();
  });

  it('is whole without its script', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(urls.one as string);
    expect(await page.locator('h1').textContent()).toContain('Prediction');
    expect(await page.locator('.plot svg').first().isVisible()).toBe(true);
    await context.close();
  });

  it('prints', async () => {
    const { page } = await open('one', SCREENS[1]);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(ground).toBe('rgb(255, 255, 255)');
    expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(20_000);
    await page.close();
  });
});

/** What makes the page wider than the screen. */
function overflowing(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const wide = [...document.querySelectorAll('main *')].filter(
      (element) =>
        !element.closest('.scroll, pre') && element.getBoundingClientRect().right > clientWidth + 1,
    );
    return [`${scrollWidth} > ${clientWidth}`, ...wide.map((element) => element.outerHTML)];
  });
}

/** Plots that show nothing: no line, or none of any extent. */
function emptyPlots(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const drawn = '.plot path:is(.line, .band, .zone)';
    const plots = [...document.querySelectorAll('.plot')];
    const empty = plots.filter((plot) => {
      const paths = [...plot.querySelectorAll<SVGPathElement>(drawn.replace('.plot ', ''))];
      return !paths.some((path) => path.getTotalLength() > 0) || !plot.querySelector('desc');
    });
    if (plots.length === 0) return ['no plot at all'];
    return empty.map((plot) => plot.querySelector('title')?.textContent ?? 'untitled');
  });
}

/** Labels of axes that lie on each other, or are broken into lines. */
function crampedLabels(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const cramped = [];
    for (const axis of document.querySelectorAll('.xs, .ys')) {
      const shown = [...axis.children].filter((label) => label.getClientRects().length > 0);
      const boxes = shown.map((label) => label.getBoundingClientRect());
      for (const [i, one] of boxes.entries()) {
        const text = shown[i]?.textContent ?? '';
        if (one.height > 20) cramped.push(`${text} is broken`);
        const other = boxes.findIndex(
          (box, j) =>
            j > i &&
            box.left < one.right &&
            one.left < box.right &&
            box.top < one.bottom &&
            one.top < box.bottom,
        );
        if (other >= 0) cramped.push(`${text} and ${shown[other]?.textContent}`);
      }
    }
    return cramped;
  });
}

/** What axe-core finds fault with, contrast of text (4.5) among it. */
async function violations(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') };
    const found = await axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice'] });
    return found.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
    );
  });
}

/** Lines that are hard to see on the ground; the bands, the need and other models may be faint. */
function faintLines(page: Page): Promise<string[]> {
  return page.evaluate((least) => {
    const luminance = (color: string): number => {
      const [r = 0, g = 0, b = 0] = (color.match(/[\d.]+/g) ?? []).map((part) => {
        const share = Number(part) / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = luminance(getComputedStyle(document.body).backgroundColor);
    const contrast = (color: string): number => {
      const own = luminance(color);
      return (Math.max(own, ground) + 0.05) / (Math.min(own, ground) + 0.05);
    };
    const lines = [...document.querySelectorAll('.plot .line:not(.other, .upper, .need)')];
    const looks = new Map(
      lines.map((line) => [line.getAttribute('class'), getComputedStyle(line).stroke]),
    );
    const faint = [...looks].filter(([, stroke]) => contrast(stroke) < least);
    return faint.map(([look, stroke]) => `${look}: ${stroke}`);
  }, LINE_CONTRAST_MIN);
}
