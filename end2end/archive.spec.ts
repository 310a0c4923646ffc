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
  await expect(archive.count).toHaveText("1 auction");
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
  const [auctions, awarded] = await row.getByRole("cell").allTextContents();
  expect(Number(auctions)).toBeGreaterThanOrEqual(Number(awarded));
  await row.getByRole("link", { name: "Marketing" }).click();
  const archive = new ArchivePage(page);
  await expect(archive.cards).toHaveCount(Number(awarded));
});
