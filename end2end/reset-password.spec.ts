// Getting an account back by the link in a letter: after a forgotten password, and after somebody else has changed its address.

import { AccountPage } from "./pages/account";
import { SignInPage } from "./pages/sign-in";
import { Site } from "./pages/site";
import { newAccount, signIn as signInByRequest, somebody } from "./support/fixtures";
import { linkInLetter } from "./support/letters";
import { looksRight } from "./support/looks";
import { expect, test } from "./support/test";

const NEW = "harbour lamp in the fog";

test("a forgotten password is replaced by the link in a letter, and every session ends", async ({ page, newcomer }) => {
  const account = await newAccount(page, "buyer", "Forgot It");
  const elsewhere = await newcomer();
  const signIn = new SignInPage(elsewhere);
  await signIn.open();
  await elsewhere.getByRole("link", { name: "Forgot your password?" }).click();
  await expect(elsewhere).toHaveURL("/reset-password");
  await signIn.awake();
  await looksRight(elsewhere, "reset-password");
  await elsewhere.getByLabel("E-mail").fill(account.email);
  await elsewhere.getByRole("button", { name: "Send the link" }).click();
  await expect(elsewhere.getByRole("heading", { level: 1 })).toHaveText("Check your mail");
  await expect(elsewhere.getByRole("main")).toContainText(account.email);
  await looksRight(elsewhere, "reset-password-sent");

  const link = await linkInLetter(elsewhere, account.email, "Choose a new password");
  const site = new Site(elsewhere);
  await site.goto(link);
  await elsewhere.getByLabel("New password").fill("short");
  await elsewhere.getByRole("button", { name: "Set new password" }).click();
  await expect(site.errorSummary).toBeVisible();
  await looksRight(elsewhere, "reset-password-link-refused");
  await elsewhere.getByLabel("New password").fill(NEW);
  await looksRight(elsewhere, "reset-password-link");
  await elsewhere.getByRole("button", { name: "Set new password" }).click();
  await expect(elsewhere.getByRole("heading", { level: 1 })).toHaveText("Your password is changed");
  await looksRight(elsewhere, "reset-password-done");

  await new AccountPage(page).asksToSignIn();
  await elsewhere.getByRole("main").getByRole("link", { name: "Sign in" }).click();
  await signIn.awake();
  await signIn.signIn({ ...account, password: NEW });

  expect(await site.goto(link)).toBe(409);
  await expect(elsewhere.getByRole("main")).toContainText("has been used already");
});

test("the owner of an account whose address somebody else has changed takes it back", async ({ page, newcomer }) => {
  const account = await newAccount(page, "buyer", "Taken Over");
  const elsewhere = await newcomer();
  await signInByRequest(elsewhere, account);
  const thief = new AccountPage(elsewhere);
  await thief.open();
  await thief.openEmail();
  const stolen = somebody("buyer", "The Thief").email;
  await thief.changeEmail(stolen, account.password);
  await thief.says("Until then, everything stays as it is.");
  await thief.goto(await linkInLetter(elsewhere, stolen, "Confirm your new e-mail address"));
  await elsewhere.getByRole("button", { name: "Yes, confirm this address" }).click();
  await expect(thief.heading).toHaveText("Your e-mail address is confirmed");
  await new AccountPage(page).asksToSignIn();

  const site = new Site(page);
  const link = await linkInLetter(page, account.email, "Your e-mail address was changed");
  await site.goto(link);
  await expect(page.getByRole("main")).toContainText(stolen);
  await looksRight(page, "undo-email-change");
  await page.getByLabel("New password").fill("short");
  await page.getByRole("button", { name: "Take my account back" }).click();
  await expect(site.errorSummary).toBeVisible();
  await looksRight(page, "undo-email-change-refused");
  await page.getByLabel("New password").fill(NEW);
  await page.getByRole("button", { name: "Take my account back" }).click();
  await expect(site.heading).toHaveText("Your account is yours again");
  await looksRight(page, "undo-email-change-done");

  await new AccountPage(elsewhere).asksToSignIn();
  await page.getByRole("main").getByRole("link", { name: "Sign in" }).click();
  const signIn = new SignInPage(page);
  await signIn.awake();
  await signIn.signIn({ ...account, password: NEW });
  expect(await site.goto(link)).toBe(409);
});
