// How long the front page is, and what lines up or is cut.

import type { Locator } from "@playwright/test";
import { ProjectFormPage } from "./pages/project-form";
import { Site } from "./pages/site";
import { DEMO, signIn } from "./support/given";
import { expect, test } from "./support/test";

test("the front page is short", async ({ page }) => {
  await new Site(page).goto("/");
  // Other tests publish projects with the longest names and amounts.
  await page.evaluate(() => {
    for (const name of document.querySelectorAll("main bdi")) name.textContent = "Leaflet for a bicycle kitchen";
    for (const amount of document.querySelectorAll("main .money")) amount.textContent = "€19,000.00";
  });
  for (const [width, most] of [[1440, 2500], [768, 3500], [320, 5000]] as const) {
    await page.setViewportSize({ width, height: 900 });
    expect.soft(await page.evaluate(() => document.documentElement.scrollHeight), `at ${width} px`).toBeLessThanOrEqual(most);
  }
});

test("labels and fields beside each other line up, also below an error", async ({ page }) => {
  await signIn(page, DEMO.seller);
  const form = new ProjectFormPage(page);
  await form.open();
  const pairs = [["Budget", "Currency"], ["Bidding ends", "Time zone"]] as const;
  const lineUp = async (state: string) => {
    for (const [left, right] of pairs) {
      const label = (text: string) => page.locator("label.field-label", { hasText: new RegExp(`^${text}$`) });
      expect.soft((await box(label(left))).y, `${left} and ${right}, ${state}`).toBeCloseTo((await box(label(right))).y, 0);
      const field = (text: string) => form.page.getByRole("main").getByLabel(text, { exact: true });
      expect.soft(await bottom(field(left)), `the fields of ${left} and ${right}, ${state}`).toBeCloseTo(await bottom(field(right)), 0);
    }
  };
  await lineUp("empty");
  await form.publishInVain();
  await lineUp("refused");
});

test("a name is cut only where there is no room, and never the role beside it", async ({ page }) => {
  await signIn(page, DEMO.seller);
  await new Site(page).goto("/dashboard");
  const name = page.getByRole("banner").locator(".account-link bdi");
  const isWhole = () => name.evaluate((element) => element.scrollWidth <= element.clientWidth || getComputedStyle(element).display === "inline");
  await page.setViewportSize({ width: 1440, height: 900 });
  expect(await isWhole()).toBe(true);
  await name.evaluate((element) => (element.textContent = "W".repeat(80)));
  expect(await isWhole()).toBe(false);
  const link = await box(page.getByRole("banner").locator(".account-link"));
  const role = await box(page.getByRole("banner").locator(".account-role"));
  expect(role.x + role.width, "the role is inside the link").toBeLessThanOrEqual(link.x + link.width + 1);
});

async function box(locator: Locator) {
  return (await locator.boundingBox())!;
}

async function bottom(locator: Locator): Promise<number> {
  const { y, height } = await box(locator);
  return y + height;
}
