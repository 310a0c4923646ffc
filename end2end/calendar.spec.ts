import { Site } from "./pages/site";
import { newAccount, openProject } from "./support/fixtures";
import { expect, test } from "./support/test";

test("a private address shows a seller's deadlines to a calendar until it is revoked", async ({ page, newcomer }) => {
  const calendar = await newcomer();
  await newAccount(page, "seller", "Punctual Seller");
  const path = await openProject(page, { name: "Menu for a tea house" });
  const site = new Site(page);
  await site.goto("/dashboard");
  await page.getByRole("link", { name: "Deadlines in your calendar" }).click();
  await site.awake();
  await page.getByRole("button", { name: "Create address" }).click();
  const field = page.getByLabel("Address", { exact: true });
  await expect(field).toBeVisible();
  const address = await field.inputValue();
  const file = await calendar.request.get(address);
  expect(file.headers()["content-type"]).toBe("text/calendar; charset=utf-8");
  expect(await file.text()).toContain("SUMMARY:Bidding ends: Menu for a tea house");

  await site.goto("/account/calendar");
  await expect(page.getByRole("region", { name: "Your address" })).toContainText(address.slice(-4));
  await expect(field, "it is shown once").toHaveCount(0);
  await page.getByRole("button", { name: "Revoke" }).click();
  await site.says("The address is revoked.");
  expect((await calendar.request.get(address)).status()).toBe(404);

  await site.goto(path);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Add to calendar" }).click();
  expect((await download).suggestedFilename()).toMatch(/^guildhall-project-\d+\.ics$/);
});
