// Mail that the demo keeps, as its reader would see it.

import { Site } from "./pages/site";
import { looksRight } from "./support/looks";
import { expect, test } from "./support/test";

const FRAME = "The message as a mail program shows it";

test("a kept message shows all its parts, and its links open in a new tab", async ({ page, context }) => {
  const site = new Site(page);
  await site.goto("/dev/mail");
  await page.getByRole("link", { name: /An example of a letter/ }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("日本語");
  await expect(page.getByRole("region", { name: "Plain text" })).toContainText("Open projects:");
  await expect(page.getByRole("region", { name: "Headers" })).toContainText("Message-ID: <example@");
  const message = page.getByTitle(FRAME).contentFrame();
  await expect(message.getByRole("heading", { name: "An example of a letter" })).toBeVisible();
  await expect(message.getByRole("row", { name: /Lowest bid/ })).toContainText("EUR 12,450.00");
  const opened = context.waitForEvent("page");
  await message.getByRole("link", { name: "Open projects" }).click();
  await expect((await opened).getByRole("heading", { level: 1 })).toBeVisible();
  expect((await opened).url()).toMatch(/\/projects$/);
});

test("a message looks right in both themes, on a phone and in a wide window", async ({ page }) => {
  const answer = await page.request.get("/dev/mail/1/html");
  expect(answer.status()).toBe(200);
  // Where it is served, nothing may run, and so neither may axe.
  await page.setContent(await answer.text());
  await looksRight(page, "letter", [320, 640]);
});
