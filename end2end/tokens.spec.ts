import { AccountPage } from "./pages/account";
import { TOKEN, TokensPage, copied } from "./pages/tokens";
import { newAccount } from "./support/fixtures";
import { expect, scripted, test } from "./support/test";

test("a token is created, shown once, copied and revoked", async ({ page }) => {
  await newAccount(page, "seller", "Token Owner");
  await new AccountPage(page).open();
  await page.getByRole("link", { name: "Manage access tokens" }).click();
  const tokens = new TokensPage(page);
  await expect(tokens.heading).toHaveText("Access tokens");
  await expect(tokens.tokens).toHaveCount(0);

  const token = await tokens.make("Nightly report", ["projects:read", "account:read"], "90");
  expect(token).toMatch(TOKEN);
  await expect(page).toHaveTitle("Your new access token – Guildhall");
  expect(await copied(tokens)).toBe(token);
  await expect(tokens.example).toHaveText(new RegExp(`^curl -H "Authorization: Bearer ${token}" http://[^ ]+/api/v1/account$`));
  await expect(tokens.tokens).toHaveCount(1);

  await tokens.open();
  await expect(tokens.minted, "the token is not shown again").toHaveCount(0);
  expect(await page.content()).not.toContain(token);
  const listed = tokens.token("Nightly report");
  await expect(listed).toContainText(`…${token.slice(-4)}`);
  await expect(listed.getByRole("listitem")).toHaveText(["See your own projects, drafts included", "See your name, your e-mail address and your role"]);
  await expect(listed).toContainText(/Last used\s*never/);

  await tokens.make("Laptop", ["bids:read"], "7");
  await tokens.revoke("Nightly report");
  await expect(tokens.tokens).toHaveCount(1);
  await expect(tokens.token("Laptop")).toBeVisible();
});

test("a new token is shown whole and unchanged on a phone, and a button copies it", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.setViewportSize({ width: 320, height: 800 });
  await newAccount(page, "buyer", "Token Phone");
  const tokens = new TokensPage(page);
  await tokens.open();
  const token = await tokens.make("Phone", ["bids:read"], "30");
  const shown = await tokens.minted.evaluate((field) => ({
    isWhole: field.scrollWidth <= field.clientWidth && field.scrollHeight <= field.clientHeight,
    letters: getComputedStyle(field).textTransform,
  }));
  expect(shown).toEqual({ isWhole: true, letters: "none" });
  const copy = page.getByRole("button", { name: "Copy token" });
  if (!scripted()) return expect(copy).toBeHidden();
  await copy.click();
  await expect(page.getByText("Copied.")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(token);
});

test("reloading the response creates no second token", async ({ page }) => {
  await newAccount(page, "buyer", "Token Reloader");
  const tokens = new TokensPage(page);
  await tokens.open();
  const token = await tokens.make("Laptop", ["bids:read"], "30");
  await tokens.reload();
  await expect(tokens.alert).toContainText("Laptop was already created, and a token is shown only once.");
  expect(await page.content()).not.toContain(token);
  await expect(tokens.tokens).toHaveCount(1);
});

test("a refused form reports what is missing and keeps the rest", async ({ page }) => {
  await newAccount(page, "buyer", "Token Refused");
  const tokens = new TokensPage(page);
  await tokens.open();
  await tokens.name().fill("Laptop");
  await page.getByLabel("Valid for").selectOption("366");
  await tokens.makeButton.click();
  await expect(tokens.errorAt("scopes")).toContainText("Choose at least one.");
  await tokens.errorSummary.getByRole("link", { name: "What it may do" }).click();
  await expect(tokens.scope("bids:read")).toBeFocused();
  await expect(tokens.name()).toHaveValue("Laptop");
  await expect(page.getByLabel("Valid for")).toHaveValue("366");

  await tokens.name().fill("");
  await tokens.scope("bids:write").check();
  await tokens.makeButton.click();
  await expect(tokens.errorAt("name")).toContainText("Enter a name.");
  await expect(tokens.scope("bids:write")).toBeChecked();
  await expect(tokens.scope("bids:read")).not.toBeChecked();
  await expect(tokens.tokens).toHaveCount(0);
});
