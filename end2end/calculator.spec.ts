import { Site } from "./pages/site";
import { expect, test } from "./support/test";

test("the calculator shows what remains, and the browser remembers the percentages", async ({ page }) => {
  const site = new Site(page);
  await site.goto("/calculator");
  const result = page.getByRole("region", { name: "What remains" });
  await page.getByLabel("Amount", { exact: true }).fill("1.250,50");
  await page.getByLabel("Other costs").fill("100");
  await page.getByLabel("Fee in percent").fill("5");
  await page.getByLabel("Tax in percent").fill("19");
  await page.getByLabel("Tax in percent").press("Enter");
  await expect(result).toContainText("€881.26");
  await expect(result).toContainText("€206.71");

  await site.goto("/calculator?amount=1000&currency=EUR");
  await expect(page.getByLabel("Fee in percent")).toHaveValue("5");
  await expect(page.getByLabel("Tax in percent")).toHaveValue("19");
  await expect(result).toContainText("€769.50");
});
