// Pages in forced-colors mode, for example with a contrast theme of Windows.

import type { Locator } from "@playwright/test";
import { Site } from "./pages/site";
import { DEMO, signIn } from "./support/fixtures";
import { type Page, expect, test } from "./support/test";

test.beforeEach(async ({ page }) => {
  await page.emulateMedia({ forcedColors: "active" });
});

/** What remains visible of an element when the browser has replaced its colors and removed its shadows. */
function marks(locator: Locator): Promise<string> {
  return locator.first().evaluate((element) => {
    const style = getComputedStyle(element);
    const border = Number.parseFloat(style.borderBottomWidth) > 0 ? style.borderBottomColor : "none";
    const line = style.textDecorationLine === "none" ? "" : style.textDecorationThickness;
    return [style.backgroundColor, border, line, style.outlineStyle].join(" | ");
  });
}

/** Asserts that the selected element looks different from another one of its kind. */
async function expectDifferent(selected: Locator, other: Locator, name: string): Promise<void> {
  expect.soft(await marks(selected), name).not.toBe(await marks(other));
}

test("what is selected looks selected", async ({ page }) => {
  await signIn(page, DEMO.buyer);
  const site = new Site(page);
  await site.goto("/dashboard");
  await expectDifferent(page.locator(".tabs-nav [aria-current]"), page.locator(".tabs-nav a:not([aria-current])"), "the tab");
  await expectDifferent(page.locator(".site-nav [aria-current]"), page.locator(".site-nav a:not([aria-current])"), "the page in the menu");
  await expectDifferent(page.locator(".theme-option[aria-pressed=true]"), page.locator(".theme-option[aria-pressed=false]"), "the theme");
  await site.goto("/projects");
  await expectDifferent(page.locator(".pagination a[aria-current]"), page.locator(".pagination a:not([aria-current])"), "the page of the list");
  await site.goto("/device");
  await page.getByLabel("Code").focus();
  expect.soft(await marks(page.getByLabel("Code")), "the field with the focus").toContain("solid");
});

test("a choice looks chosen, and its circle too", async ({ page }) => {
  await new Site(page).goto("/sign-up?role=seller");
  await expectDifferent(page.locator(".choice:has(:checked)"), page.locator(".choice:not(:has(:checked))"), "the choice");
  expect(await pixels(page, page.locator(".choice .radio:checked"))).not.toBe(await pixels(page, page.locator(".choice .radio:not(:checked)")));
});

test("badges keep their border and their square", async ({ page }) => {
  await signIn(page, DEMO.buyer);
  await new Site(page).goto("/dashboard");
  const badge = page.locator(".badge.state-outbid, .badge.state-leading").first();
  const [square, paper, border] = await badge.evaluate((element) => {
    const style = getComputedStyle(element);
    return [getComputedStyle(element, "::before").backgroundColor, getComputedStyle(document.body).backgroundColor, style.borderTopWidth];
  });
  expect(square).not.toBe(paper);
  expect(border).not.toBe("0px");
});

/** The pixels in the middle of a control, for comparison. */
async function pixels(page: Page, locator: Locator): Promise<string> {
  const { x, y, width, height } = (await locator.boundingBox())!;
  const clip = { x: x + width / 2 - 3, y: y + height / 2 - 3, width: 6, height: 6 };
  return (await page.screenshot({ clip })).toString("base64");
}
