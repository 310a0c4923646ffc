import { Webhook } from "standardwebhooks";
import { AccountPage } from "./pages/account";
import { WebhooksPage } from "./pages/webhooks";
import { bid, newAccount, openProject } from "./support/fixtures";
import { receive } from "./support/receiver";
import { expect, scripted, test } from "./support/test";

const SIGNED = /Signed JSON/;

test("a webhook is added, tested, and what arrives is verified by a library", async ({ page, newcomer }) => {
  const buyer = await newcomer();
  await Promise.all([newAccount(page, "seller", "Webhook Seller"), newAccount(buyer, "buyer", "Webhook Buyer")]);
  const receiver = await receive();
  await new AccountPage(page).open();
  await page.getByRole("link", { name: "Manage webhooks" }).click();
  const webhooks = new WebhooksPage(page);
  await webhooks.awake();
  await webhooks.add("Ledger", SIGNED, receiver.address);
  await webhooks.says("Copy it now: it will not be shown again.");
  const secret = await webhooks.secret.inputValue();
  await webhooks.show("Ledger");
  await expect(webhooks.secret, "the secret is not shown again").toHaveCount(0);
  expect(await page.content()).not.toContain(secret);

  await webhooks.press("Send a test message");
  await webhooks.says("The test message is on its way.");
  await webhooks.logs(1);
  await expect(webhooks.log).toContainText("Accepted (200)");
  await expect(webhooks.log).toContainText("Thanks");
  const test = receiver.messages[0]!;
  const verified = new Webhook(secret).verify(test.body, test.headers) as { type: string };
  expect(verified.type).toBe("webhook.test");

  const path = await openProject(page, { name: "Leaflet <!channel> X-Evil: 1", budget: "1000" });
  await bid(buyer, path, "800.50");
  await expect.poll(() => receiver.messages.length).toBe(2);
  const told = receiver.messages[1]!;
  const { type, data } = new Webhook(secret).verify(told.body, told.headers) as { type: string; data: Record<string, unknown> };
  expect(type).toBe("bid.first");
  expect(data).toMatchObject({ lowest_bid_amount: 800.5, currency: "EUR", url: expect.stringContaining(path) });
  expect(data.project).toMatchObject({ name: "Leaflet <!channel> X-Evil: 1" });
  expect(told.headers["x-evil"]).toBeUndefined();
  expect(() => new Webhook(secret).verify(told.body.replace("800.5", "8.5"), told.headers)).toThrow();
  receiver.close();
});

test("a secret is replaced, and for a day both verify", async ({ page }) => {
  await newAccount(page, "buyer", "Webhook Rotation");
  const receiver = await receive();
  const webhooks = new WebhooksPage(page);
  await webhooks.open();
  await webhooks.add("Ledger", SIGNED, receiver.address);
  await webhooks.says("Copy it now");
  const first = await webhooks.secret.inputValue();
  await webhooks.press("Make a new secret");
  await expect(page.getByText("The previous and the current secret both verify your messages until")).toBeVisible();
  await expect(page.getByRole("button", { name: "Make a new secret" }), "a second one would end the first at once").toHaveCount(0);
  await webhooks.awake();
  const second = await webhooks.secret.inputValue();
  expect(second).not.toBe(first);
  await webhooks.press("Send a test message");
  await expect.poll(() => receiver.messages.length).toBe(1);
  const { body, headers } = receiver.messages[0]!;
  for (const secret of [first, second]) new Webhook(secret).verify(body, headers);
  receiver.close();
});

test("a chat gets a line of text, ends when it is gone, starts again, and is removed", async ({ page }) => {
  await newAccount(page, "buyer", "Webhook Chat");
  const receiver = await receive();
  const webhooks = new WebhooksPage(page);
  await webhooks.open();
  await webhooks.add("Team", /Discord/, receiver.address);
  await webhooks.says("Added. Send a test message to see whether it arrives.");
  await webhooks.press("Send a test message");
  await webhooks.logs(1);
  const said = JSON.parse(receiver.messages[0]!.body) as { content: string };
  expect(said.content).toContain("Test message\nThis is a test.");

  receiver.answers(410);
  await webhooks.press("Send a test message");
  await webhooks.logs(2);
  await expect(page.getByText("It answered 410 Gone.").first()).toBeVisible();
  receiver.answers(200);
  await webhooks.press("Start again");
  await webhooks.says("Turned on.");
  await webhooks.log.first().getByRole("button", { name: /^Send again/ }).click();
  await webhooks.says("The message is on its way.");
  await webhooks.logs(3);
  const ids = await webhooks.log.evaluateAll((items) => items.slice(0, 2).map((item) => /id (\S+)/.exec(item.textContent ?? "")?.[1]));
  expect(ids[0]).toBe(ids[1]);

  await page.getByRole("link", { name: "Remove", exact: true }).click();
  await webhooks.awake();
  await webhooks.press("Remove webhook");
  await webhooks.says("Webhook removed.");
  await expect(webhooks.webhooks).toHaveCount(0);
  receiver.close();
});

test("a wrong address is explained beside its field, and what was typed is kept", async ({ page }) => {
  await newAccount(page, "buyer", "Webhook Typo");
  const webhooks = new WebhooksPage(page);
  await webhooks.open();
  await webhooks.add("Ledger", SIGNED, "https://169.254.169.254/latest/meta-data");
  await expect(webhooks.errorSummary).toContainText("This address is not on the public internet.");
  await expect(page.getByLabel("Name")).toHaveValue("Ledger");
  await expect(page.getByLabel("Address")).toHaveValue("https://169.254.169.254/latest/meta-data");
  if (scripted()) await expect(webhooks.errorSummary).toBeFocused();
});

test("the secret is copied by a button, which is hidden without scripts", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await newAccount(page, "buyer", "Webhook Copier");
  const webhooks = new WebhooksPage(page);
  await webhooks.open();
  await webhooks.add("Ledger", SIGNED, "https://hooks.example.com/guildhall");
  await webhooks.awake();
  const secret = await webhooks.secret.inputValue();
  const copy = page.getByRole("button", { name: "Copy secret" });
  if (!scripted()) return expect(copy).toBeHidden();
  await copy.click();
  await expect(page.getByText("Copied.")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(secret);
});
