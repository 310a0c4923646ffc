// The page of browsers with and without JavaScript, which turning notifications on needs.

import { PushPage } from "./pages/push";
import { newAccount } from "./support/fixtures";
import { expect, scripted, test } from "./support/test";

test("the button that turns notifications on is there with JavaScript only, and the page says so", async ({ page }) => {
  await newAccount(page, "seller", "Push Pages");
  const push = new PushPage(page);
  await push.open();
  await expect(page.getByRole("main")).toContainText("Notifications need JavaScript");
  await expect(push.turnOnButton).toBeVisible({ visible: scripted() });
  // Whoever presses Enter in the name without JavaScript learns why nothing was turned on.
  if (scripted()) return;
  await page.getByLabel("Name").press("Enter");
  await expect(page.getByRole("alert")).toContainText("That needs JavaScript; reload the page and try again.");
});
