// The passkey pages with and without JavaScript. Creating or using a passkey needs JavaScript.

import { PasskeysPage } from "./pages/passkeys";
import { test } from "./support/domain";
import { newAccount } from "./support/fixtures";
import { expect, scripted } from "./support/test";

test("the passkey buttons are visible only with JavaScript, and the pages say so", async ({ page }) => {
  const account = await newAccount(page, "buyer", "Pat Pages");
  const passkeys = new PasskeysPage(page);
  await passkeys.open();
  await expect(page.getByRole("main")).toContainText("This needs JavaScript.");
  await page.getByLabel("Current password").fill(account.password);
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(passkeys.heading).toHaveText("Add a passkey");
  const visible = scripted();
  await expect(page.getByRole("button", { name: "Make the passkey" })).toBeVisible({ visible });
  await expect(page.getByRole("main")).toContainText("Making a passkey needs JavaScript");
  await passkeys.signOut();
  await passkeys.goto("/sign-in");
  await expect(passkeys.signInButton).toBeVisible({ visible });
});
