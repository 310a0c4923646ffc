import { readFileSync } from "node:fs";
import type axe from "axe-core";
import { type Page, expect } from "@playwright/test";

const source = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Violations of WCAG 2.2 AA that axe finds on the page as it is now, one per line. */
export async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(source);
  const found = await page.evaluate(async (values) => {
    const { axe } = window as unknown as { axe: typeof import("axe-core") };
    return (await axe.run(document, { runOnly: { type: "tag", values }, resultTypes: ["violations"] })).violations;
  }, tags);
  return found.flatMap((rule: axe.Result) =>
    rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary?.replaceAll(/\s+/g, " ")}`),
  );
}

/** Finishes all color transitions, because contrast is meaningless in the middle of one. The button that undoes a bid stays: its animation only hides it after a minute. */
export async function settled(page: Page): Promise<void> {
  const finish = () => {
    const moving = document.getAnimations().filter((animation) => !(animation instanceof CSSAnimation && animation.animationName === "undo-over"));
    for (const animation of moving) animation.finish();
    return moving.length;
  };
  await expect.poll(() => page.evaluate(finish)).toBe(0);
}

/** Elements that overflow the page to the right, so that it scrolls sideways. */
export function overflowing(page: Page): Promise<string[]> {
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
