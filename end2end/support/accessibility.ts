import { readFileSync } from "node:fs";
import type axe from "axe-core";
import { type Page, expect } from "@playwright/test";

const source = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const wcag = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Violations of WCAG 2.2 AA that axe finds on the page as it is now, one per line. */
export function violations(page: Page): Promise<string[]> {
  return runAxe(page, { type: "tag", values: wcag });
}

/**
 * Violations that only another theme can cause, because a theme changes only colors. Use it after `violations` has
 * checked the page at this width.
 */
export function colorViolations(page: Page): Promise<string[]> {
  return runAxe(page, { type: "rule", values: ["color-contrast", "link-in-text-block"] });
}

async function runAxe(page: Page, runOnly: axe.RunOnly): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(source);
  const found = await page.evaluate(async (rules) => {
    const { axe } = window as unknown as { axe: typeof import("axe-core") };
    return (await axe.run(document, { runOnly: rules, resultTypes: ["violations"] })).violations;
  }, runOnly);
  return found.flatMap((rule: axe.Result) =>
    rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary?.replaceAll(/\s+/g, " ")}`),
  );
}

/**
 * Finishes all color transitions, because contrast is meaningless in the middle of one. The animation that hides the
 * button for undoing a bid after a minute keeps running.
 */
export async function finishTransitions(page: Page): Promise<void> {
  const finish = () => {
    const moving = document.getAnimations().filter((animation) => !(animation instanceof CSSAnimation && animation.animationName === "undo-over"));
    for (const animation of moving) animation.finish();
    return moving.length;
  };
  await expect.poll(() => page.evaluate(finish)).toBe(0);
}

/** Elements that overflow the page to the right, so that it scrolls sideways. */
export function overflowingElements(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const scrollsItself = (element: Element) => element.closest(".table-wrap, pre") !== null;
    const out = [...document.querySelectorAll("body *")].filter(
      (element) => element.getBoundingClientRect().right > clientWidth + 1 && !scrollsItself(element),
    );
    return [`${scrollWidth} px wide`, ...out.map((element) => element.outerHTML.slice(0, 100))];
  });
}
