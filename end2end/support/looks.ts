// What pages look like, at two widths and in both themes.

import { colorViolations, finishTransitions, overflowingElements, violations } from "./accessibility";
import { type Page, expect, scripted, test } from "./test";

/** True to save screenshots of the pages to test-results/pages. */
const SCREENSHOTS = "GUILDHALL_SCREENSHOTS" in process.env;
const WIDTHS = [320, 1440];
const THEMES = ["light", "dark"] as const;

/** Takes screenshots in both themes if they are wanted. */
export async function picture(page: Page, name: string, width: number): Promise<void> {
  if (!SCREENSHOTS) return;
  for (const colorScheme of THEMES) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.screenshot({ path: `test-results/pages/${name}-${width}-${colorScheme}.png`, fullPage: true });
  }
}

/** Checks the page in both themes and at these widths, and takes screenshots at them and one between. */
export async function looksRight(page: Page, name: string, widths = WIDTHS): Promise<void> {
  // axe is a script.
  if (!scripted()) return;
  const screenshot = async (width: number, theme: string) => {
    if (SCREENSHOTS) await page.screenshot({ path: `test-results/pages/${name}-${width}-${theme}.png`, fullPage: true });
  };
  if (SCREENSHOTS) {
    test.setTimeout(test.info().timeout + 20_000);
    await page.setViewportSize({ width: 768, height: 800 });
    for (const colorScheme of THEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await finishTransitions(page);
      await screenshot(768, colorScheme);
    }
  }
  for (const width of widths) {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of THEMES) {
      await test.step(`${colorScheme}, ${width} px`, async () => {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await finishTransitions(page);
        const found = colorScheme === "light" ? await violations(page) : await colorViolations(page);
        expect.soft(found, "WCAG 2.2 AA").toEqual([]);
        await screenshot(width, colorScheme);
      });
    }
    expect.soft(await overflowingElements(page), `wider than ${width} px`).toEqual([]);
  }
}
