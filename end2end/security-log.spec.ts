// The log of sign-ins and changes that an account's owner sees.

import { AccountPage } from "./pages/account";
import { Site } from "./pages/site";
import { newAccount, signIn } from "./support/fixtures";
import { looksRight } from "./support/looks";
import { expect, test } from "./support/test";

test("the owner finds a sign-in from elsewhere and a new password in the security log", async ({ page, newcomer }) => {
  const account = await newAccount(page, "buyer", "Careful Owner");
  const elsewhere = await newcomer({ userAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0" });
  await signIn(elsewhere, account);
  const own = new AccountPage(page);
  await own.open();
  await own.changePassword(account.password, "harbour lamp in the fog");
  await own.says("password is changed");
  await page.getByRole("link", { name: "All sign-ins and changes to your account" }).click();
  const site = new Site(page);
  await expect(site.heading).toHaveText("Security log");
  await site.awake();
  const row = page.getByRole("row").filter({ hasText: "Firefox on Windows" });
  await expect(row).toContainText("127.0.0.1");
  await expect(row).toContainText("New browser");
  // The record is written a moment after the change.
  await expect(async () => {
    await site.reload();
    await expect(page.getByRole("listitem").filter({ hasText: "Password changed" })).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 15_000 });
  await looksRight(page, "security-log");
});
