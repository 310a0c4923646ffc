// How long the front page is, and what lines up or is cut.

import type { Locator, Page } from "@playwright/test";
import { DashboardPage } from "./pages/dashboard";
import { ProjectFormPage } from "./pages/project-form";
import { Site } from "./pages/site";
import { DEMO, newAccount, signIn } from "./support/fixtures";
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

/** What of the header is cut, sticks out of it, or covers something else. */
function headerFaults(page: Page): Promise<string[]> {
  return page.getByRole("banner").evaluate((header) => {
    const faults: string[] = [];
    const parts = [...header.querySelectorAll<HTMLElement>("a, button")].filter((part) => part.checkVisibility());
    const open = header.querySelector(":popover-open");
    const room = (part: Element) => (open?.contains(part) ? open : header).getBoundingClientRect();
    for (const part of parts) {
      const own = part.getBoundingClientRect();
      const outer = room(part);
      const name = part.textContent?.trim();
      if (own.left < 0 || own.right > document.documentElement.clientWidth + 0.5) faults.push(`${name} is outside the page`);
      if (own.top < outer.top - 0.5 || own.bottom > outer.bottom + 0.5) faults.push(`${name} sticks out`);
      if (part.scrollWidth > part.clientWidth + 1 && getComputedStyle(part).display !== "inline") faults.push(`${name} is cut`);
      for (const other of parts) {
        if (part === other || open?.contains(part) !== open?.contains(other)) continue;
        const its = other.getBoundingClientRect();
        const overlap = Math.min(own.right, its.right) - Math.max(own.left, its.left);
        const overlapY = Math.min(own.bottom, its.bottom) - Math.max(own.top, its.top);
        if (overlap > 1 && overlapY > 1) faults.push(`${name} overlaps ${other.textContent?.trim()}`);
      }
    }
    if (header.scrollWidth > header.clientWidth) faults.push(`the header is ${header.scrollWidth} px wide`);
    return faults;
  });
}

/** Ways to double the size of text: the browser's setting, which media queries follow, and a style sheet of one's own. */
const TEXT_SIZES: Record<string, (page: Page) => Promise<unknown>> = {
  "the browser's text size": async (page) => (await page.context().newCDPSession(page)).send("Page.setFontSizes", { fontSizes: { standard: 32 } }),
  "the root's text size": (page) => page.evaluate(() => (document.documentElement.style.fontSize = "200%")),
};

for (const [how, enlarge] of Object.entries(TEXT_SIZES)) {
  test(`nothing of the header is cut or covered with ${how} at 200 %`, async ({ page, newcomer }) => {
    await newAccount(page, "seller", "Seller with a Long Name");
    for (const [who, visitor] of [["a seller", page], ["a stranger", await newcomer()]] as const) {
      for (const width of [320, 768, 1280]) {
        await visitor.setViewportSize({ width, height: 900 });
        await new Site(visitor).goto("/how-it-works");
        await enlarge(visitor);
        const label = `${who} at ${width} px`;
        expect.soft(await headerFaults(visitor), label).toEqual([]);
        await visitor.getByRole("button", { name: "Menu" }).click();
        expect.soft(await headerFaults(visitor), `the menu of ${label}`).toEqual([]);
      }
    }
  });
}

const PAGES_OF: Record<string, string[]> = {
  "a stranger": ["/", "/how-it-works", "/sign-up", "/sign-in", "/reset-password", "/projects", "/archive", "/calculator", "/api/docs"],
  "a buyer": ["/dashboard", "/notices", "/account", "/account/notices", "/account/searches", "/account/searches/new?q=poster&category=design", "/account/security", "/account/email", "/account/notices/push", "/account/webhooks", "/account/watching", "/account/tokens", "/account/programs", "/account/calendar"],
  "a seller": ["/dashboard", "/projects/new"],
};

for (const [how, enlarge] of Object.entries(TEXT_SIZES)) {
  test(`no page of 320 px scrolls sideways with ${how} at 200 %`, async ({ page, newcomer }) => {
    const [buyer, seller] = [await newcomer(), await newcomer()];
    await signIn(buyer, DEMO.buyer);
    await signIn(seller, DEMO.seller);
    const dashboard = new DashboardPage(seller);
    await dashboard.open();
    const path = await dashboard.firstIn("Open");
    const result = await dashboard.firstIn("Awarded");
    const visitors: Record<string, Page> = { "a stranger": page, "a buyer": buyer, "a seller": seller };
    for (const [who, visitor] of Object.entries(visitors)) {
      await visitor.setViewportSize({ width: 320, height: 900 });
      for (const address of [...PAGES_OF[who]!, path, result]) {
        await new Site(visitor).goto(address);
        await enlarge(visitor);
        const width = visitor.evaluate(() => document.documentElement.scrollWidth);
        expect.soft(await width, `${address} for ${who}`).toBeLessThanOrEqual(320);
      }
    }
  });
}

async function box(locator: Locator) {
  return (await locator.boundingBox())!;
}

async function bottom(locator: Locator): Promise<number> {
  const { y, height } = await box(locator);
  return y + height;
}
