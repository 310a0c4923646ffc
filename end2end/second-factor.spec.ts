// Two-factor authentication: setting it up, signing in with it, and turning it off.

import { TOTP } from "otpauth";
import { AccountPage } from "./pages/account";
import { SignInPage } from "./pages/sign-in";
import { Site } from "./pages/site";
import { newAccount } from "./support/fixtures";
import { looksRight } from "./support/looks";
import { expect, test } from "./support/test";

/** The code after the one that the app shows now: the site takes it already, and nobody has used it. */
const next = (app: TOTP) => app.generate({ timestamp: Date.now() + 30_000 });

test("whoever knows the password needs a code, too", async ({ page, newcomer }) => {
  const account = await newAccount(page, "buyer", "Two Factors");
  const site = new Site(page);
  await new AccountPage(page).open();
  await page.getByRole("link", { name: "Manage two-factor authentication" }).click();
  await expect(site.heading).toHaveText("Two-factor authentication");
  await site.awake();
  await page.getByRole("button", { name: "Set it up" }).click();
  await expect(site.errorSummary).toContainText("Enter your current password.");
  await looksRight(page, "two-factor-off-refused");
  await page.getByLabel("Current password").fill(account.password);
  await page.getByRole("button", { name: "Set it up" }).click();

  await expect(site.heading).toHaveText("Set up two-factor authentication");
  await site.awake();
  await looksRight(page, "two-factor-setup");
  const key = await page.locator(".setup-key").innerText();
  const app = new TOTP({ secret: key.replaceAll(/\s/g, "") });
  const url = await page.getByRole("link", { name: "On this device: open the app" }).getAttribute("href");
  expect(url).toBe(`otpauth://totp/Guildhall:${encodeURIComponent(account.email)}?secret=${app.secret.base32}&issuer=Guildhall`);
  await page.getByRole("textbox", { name: "Code" }).fill("000000");
  await page.getByRole("button", { name: "Turn it on" }).click();
  await expect(site.errorSummary).toContainText("This code isn't right.");
  await looksRight(page, "two-factor-setup-refused");
  await page.getByRole("textbox", { name: "Code" }).fill(app.generate());
  await page.getByRole("button", { name: "Turn it on" }).click();

  await expect(site.heading).toHaveText("Your recovery codes");
  await site.awake();
  await looksRight(page, "recovery-codes");
  const codes = (await page.getByLabel("Recovery codes").inputValue()).split("\n");
  expect(codes).toHaveLength(10);
  await page.getByRole("link", { name: "I have saved them" }).click();
  await expect(page.getByRole("main")).toContainText("10 of 10 recovery codes left.");

  const elsewhere = await newcomer();
  const signIn = new SignInPage(elsewhere);
  await signIn.open();
  await signIn.attempt(account.email, account.password);
  await expect(elsewhere).toHaveURL("/sign-in/code");
  await signIn.awake();
  await looksRight(elsewhere, "sign-in-code");
  await elsewhere.getByRole("textbox", { name: "Code" }).fill(codes[0]!.slice(0, 8));
  await elsewhere.getByLabel("Trust this browser").check();
  await elsewhere.getByRole("button", { name: "Sign in", exact: true }).last().click();
  await expect(signIn.errorSummary).toContainText("Enter the six digits");
  await expect(elsewhere.getByLabel("Trust this browser")).toBeChecked();
  await looksRight(elsewhere, "sign-in-code-refused");
  await elsewhere.getByRole("textbox", { name: "Code" }).fill(next(app));
  await elsewhere.getByRole("button", { name: "Sign in", exact: true }).last().click();
  await expect(elsewhere).toHaveURL("/dashboard");

  await site.goto("/account/two-factor");
  await expect(page.getByRole("region", { name: "Trusted browsers" }).getByRole("listitem")).toHaveCount(1);
  await looksRight(page, "two-factor-on");

  // The trusted browser is not asked again, and another one can use a recovery code.
  await new AccountPage(elsewhere).signOut();
  await signIn.open();
  await signIn.signIn(account);
  const third = await newcomer();
  const other = new SignInPage(third);
  await other.open();
  await other.attempt(account.email, account.password);
  await third.getByRole("textbox", { name: "Code" }).fill(codes[1]!.toUpperCase().replaceAll("-", " "));
  await third.getByRole("button", { name: "Sign in", exact: true }).last().click();
  await expect(third).toHaveURL("/dashboard");

  await site.goto("/account/two-factor");
  await expect(page.getByRole("main")).toContainText("9 of 10 recovery codes left.");
  await page.getByRole("button", { name: "Stop trusting all browsers" }).click();
  await expect(page.getByRole("region", { name: "Trusted browsers" })).toContainText("None.");
  await page.getByLabel("Current password").fill(account.password);
  await page.getByRole("button", { name: "Turn it off" }).click();
  await expect(page.getByRole("main")).toContainText("It is off");
});
