// Dashboards that update themselves while they are open.

import { DashboardPage } from "./pages/dashboard";
import { finishTransitions, overflowingElements, violations } from "./support/accessibility";
import { bid } from "./support/fixtures";
import { hasStayed, scene, SOON, stays } from "./support/live";
import { expect, test } from "./support/test";

test("a dashboard stays marked as no longer live after its owner signs out", async ({ page, newcomer, complaints }) => {
  complaints.expect(/401|net::ERR_(CONNECTION_REFUSED|INCOMPLETE_CHUNKED_ENCODING|CONNECTION_RESET|EMPTY_RESPONSE|NETWORK_CHANGED)/);
  await scene(page, newcomer);
  const mine = new DashboardPage(page);
  await mine.open();
  await expect(mine.live).toHaveText("Live");
  await page.context().clearCookies();
  // The page connects again, as when the network comes back.
  await page.evaluate(() => window.dispatchEvent(new Event("online")));
  await expect(mine.live).toHaveText("Not live any more: reload the page", SOON);
  await expect(mine.said).toHaveText("This page is not live any more. Reload it.");
  expect(await violations(page), "WCAG 2.2 AA").toEqual([]);
  await mine.live.getByRole("link", { name: "reload the page" }).press("Enter");
  await expect(page).toHaveURL(/\/sign-in/);
});

test("a dashboard offers to take the lead until the deadline", async ({ page, newcomer }) => {
  test.setTimeout(120_000);
  const { theirs, path, name } = await scene(page, newcomer, 30);
  await bid(theirs, path, "850");
  const mine = new DashboardPage(page);
  await mine.open();
  await stays(page);
  const link = mine.project(name).getByRole("link", { name: "Bid €849.99 to lead" });
  await expect(link).toBeVisible();
  await expect(mine.project(name)).toContainText("closed", { timeout: 60_000 });
  await expect(link).toHaveCount(0);
  await expect(mine.project(name).locator(".badge")).toHaveText("Lost", { timeout: 60_000 });
  expect(await hasStayed(page)).toBe(true);
});

/** The section of a buyer's dashboard with the projects that take bids. */
const OPEN = "Open, the next deadline first";

test("both dashboards update, and their rows keep their places", async ({ page, newcomer }) => {
  const { seller, theirs, path, name } = await scene(page, newcomer);
  const [mine, posted] = [new DashboardPage(page), new DashboardPage(seller)];
  await mine.open();
  await posted.open();
  await Promise.all([mine, posted].map((dashboard) => expect(dashboard.live).toHaveText("Live")));
  await stays(page);
  await expect(mine.section(OPEN).getByRole("link", { name })).toBeVisible();
  await bid(theirs, path, "850");
  const row = mine.project(name);
  await expect(row.locator(".badge")).toHaveText("Outbid", SOON);
  await expect(row).toContainText("€850.00");
  await expect(row).toContainText("2 bids");
  await expect(row.getByRole("link", { name: "Bid €849.99 to lead" })).toBeVisible();
  await expect(row).toContainText("above the lowest");
  await expect(mine.said).toHaveText(`${name}: Outbid.`);
  await expect(posted.project(name)).toContainText("€850.00");
  expect(await hasStayed(page)).toBe(true);
  await expect(mine.section(OPEN).getByRole("link", { name })).toBeVisible();
  await expect(mine.movedLink, "its deadline decides its place").toBeHidden();
  for (const width of [320, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    // The newest bid fades in.
    await finishTransitions(page);
    expect(await violations(page), "WCAG 2.2 AA").toEqual([]);
    expect(await overflowingElements(page)).toEqual([]);
  }
  const others = new DashboardPage(theirs);
  await others.open();
  await others.openTab("Leading");
  await expect(others.live).toHaveText("Live");
  await bid(page, path, "800");
  await expect(others.movedLink).toHaveText("1 project has moved: show it", SOON);
  await others.movedLink.click();
  await expect(others.section("Leading")).toContainText("You don’t lead any auction at the moment");
});
