import { readFile } from "node:fs/promises";
import { ArchivePage } from "./pages/archive";
import { ResultPage } from "./pages/project";
import { Site } from "./pages/site";
import { expect, test } from "./support/test";

test("anyone finds a finished auction by its price, checks its result, and saves the list", async ({ page }) => {
  const site = new Site(page);
  await site.goto("/how-it-works");
  await page.getByRole("main").getByRole("link", { name: "Every finished auction" }).click();
  const archive = new ArchivePage(page);
  await expect(archive.cards.first()).toBeVisible();
  const all = await archive.cards.count();

  await archive.filters.getByLabel("Category").selectOption({ label: "Writing & editing" });
  const bounds = archive.filters.getByRole("group", { name: "Winning bid" });
  await bounds.getByLabel("From").fill("1,000");
  await bounds.getByLabel("To", { exact: true }).fill("€1,050.00");
  await archive.filters.getByRole("group", { name: "Deadline" }).getByLabel("From").fill("2026-01-01");
  await archive.submitFilters();
  await expect(archive.chips.getByRole("link", { name: "Remove filter" })).toHaveCount(4);
  const prices = await archive.prices();
  expect(prices.length).toBeGreaterThan(0);
  expect(prices.length).toBeLessThan(all);
  for (const price of prices) expect(price >= 1000 && price <= 1050, `${price}`).toBe(true);

  const saved = page.waitForEvent("download");
  await archive.file.click();
  const lines = (await readFile(await (await saved).path(), "utf8")).trimEnd().split("\r\n");
  expect(lines.length).toBe(1 + prices.length);
  expect(lines[1]).toContain(`,${prices[0]?.toFixed(2)},`);

  const name = (await archive.names.first().textContent()) ?? "";
  await archive.names.first().getByRole("link").click();
  await expect(new ResultPage(page).heading).toContainText(name);
});

test("the archive can be searched, and an invalid filter is reported and not applied", async ({ page }) => {
  const archive = new ArchivePage(page);
  await archive.open();
  await archive.search("campaign");
  await expect(archive.count).toHaveText("1 auction with a winner");
  await expect(archive.names).toHaveText(["Winter season campaign for a mountain guesthouse"]);
  await archive.filters.getByRole("group", { name: "Number of bids" }).getByLabel("From").fill("a few");
  await archive.submitFilters();
  await expect(archive.errorSummary).toContainText("Enter a whole number such as 3.");
  await expect(archive.names, "the rest applies").toHaveCount(1);
});

test("each category's prices link to its awarded auctions", async ({ page }) => {
  const site = new Site(page);
  await site.goto("/archive");
  await page.getByRole("main").getByRole("link", { name: "Prices by category" }).click();
  const table = page.getByRole("region", { name: "Winning bids in CHF" });
  const row = table.getByRole("row").filter({ hasText: "Marketing" });
  const [awarded] = await row.getByRole("cell").allTextContents();
  await row.getByRole("link", { name: "Marketing" }).click();
  const archive = new ArchivePage(page);
  await expect(archive.cards).toHaveCount(Number(awarded));
  await expect(archive.count).toHaveText(new RegExp(`^${awarded} auctions? with a winner$`));
});

test("the price statistics fit every width, as tables with rows and headers", async ({ page }) => {
  await new Site(page).goto("/archive/statistics");
  const tables = page.getByRole("region");
  expect(await tables.count()).toBeGreaterThan(1);
  // Other tests finish auctions with the largest amounts, whose tables may scroll.
  await tables.locator(".money").evaluateAll((all) => all.forEach((amount) => (amount.textContent = "CHF 19,000.00")));
  for (const width of [320, 600, 768, 1024, 1440]) {
    await page.setViewportSize({ width, height: 800 });
    const sideways = await tables.evaluateAll((all) => all.filter((table) => table.scrollWidth > table.clientWidth).map((table) => table.ariaLabel));
    expect.soft(sideways, `at ${width} px`).toEqual([]);
    // What assistive technology is told: Chromium's own tree, because a style may take a table's meaning away.
    const tree = await (await page.context().newCDPSession(page)).send("Accessibility.getFullAXTree");
    const roles = new Set(tree.nodes.map((node) => node.role?.value));
    for (const role of ["table", "row", "columnheader", "rowheader", "cell"]) expect.soft(roles.has(role), `${role} at ${width} px`).toBe(true);
  }
});
