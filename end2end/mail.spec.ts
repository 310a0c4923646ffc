// Mail that the demo keeps, as its reader would see it.

import { Site } from "./pages/site";
import { overflowingElements, violations } from "./support/accessibility";
import { looksRight, picture } from "./support/looks";
import { expect, scripted, test } from "./support/test";

/** Who the examples are addressed to. */
const READER = "reader@guildhall.example";
const FRAME = "The message as a mail program shows it";

test("a kept message shows all its parts, and its links open in a new tab", async ({ page, context }) => {
  const site = new Site(page);
  await site.goto(`/dev/mail?to=${READER}`);
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

test("every kind of message is readable, on a phone and in a wide window", async ({ page }) => {
  test.setTimeout(120_000);
  const list = await (await page.request.get("/dev/mail", { params: { to: READER } })).text();
  const messages = [...new Set(list.match(/\/dev\/mail\/\d+/g))];
  // As many as there are kinds of notices and of letters about accounts.
  expect(messages.length).toBeGreaterThan(40);
  for (const message of messages) {
    await page.setContent(await (await page.request.get(`${message}/html`)).text());
    const heading = await page.getByRole("heading").first().innerText();
    for (const width of [640, 320]) {
      await page.setViewportSize({ width, height: 800 });
      expect.soft(await overflowingElements(page), `${heading} is wider than ${width} px`).toEqual([]);
      await picture(page, `letter${message.replaceAll("/", "-")}`, width);
    }
    // axe is a script.
    if (scripted()) expect.soft(await violations(page), heading).toEqual([]);
  }
});
