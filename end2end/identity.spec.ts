import { randomUUID } from "node:crypto";
import { AccountPage } from "./pages/account";
import { SignInPage } from "./pages/sign-in";
import { SignInMethods } from "./pages/provider";
import { newAccount, somebody } from "./support/fixtures";
import { providers } from "./support/provider";
import { expect, test } from "./support/test";

const NOT_FINISHED = "could not be finished";

/** The name at the provider of a person without an account here. */
const stranger = (name: string) => `${name}.${randomUUID().slice(0, 8)}`;

/** The sign-in providers on the account page. */
const identities = (account: AccountPage) => account.page.getByRole("region", { name: "Sign-in providers" });

/** Unlinks the account's only identity. */
async function unlink(own: AccountPage, password: string): Promise<void> {
  await identities(own).getByRole("link", { name: /^Unlink/ }).click();
  await expect(own.page).toHaveURL(/\/account\/identities\/\d+\/unlink$/);
  await own.awake();
  await own.page.getByLabel("Current password").fill(password);
  await own.page.getByRole("button", { name: "Unlink Example ID" }).click();
  await own.says("The provider is unlinked.");
}

test("a first sign-in asks for the role, a second one does not", async ({ page, newcomer }) => {
  const name = stranger("ada-lovelace");
  const methods = new SignInMethods(page);
  await methods.arriveNew("Example ID", name);
  await expect(page.getByRole("main")).toContainText(`Example ID says that you are ${name}@example.org`);
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("ada lovelace");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(methods.errorAt("role"), "the role must be chosen").toBeVisible();
  await methods.finish("buyer", "Ada Lovelace");
  await expect(page).toHaveURL("/dashboard");
  await expect(page.getByRole("banner")).toContainText("Ada Lovelace buyer");

  const elsewhere = new SignInMethods(await newcomer());
  await elsewhere.signInKnown("Example ID", name);
  await expect(elsewhere.page.getByRole("banner")).toContainText("Ada Lovelace buyer");
});

test("signing in continues to the requested page", async ({ page, newcomer }) => {
  const name = stranger("grace");
  const methods = new SignInMethods(page);
  await methods.arriveNew("Example ID", name);
  await methods.finish("seller", "Grace Hopper");
  const elsewhere = new SignInMethods(await newcomer());
  await elsewhere.goto("/account");
  await elsewhere.page.getByRole("link", { name: "Continue with Example ID" }).click();
  await elsewhere.page.getByLabel("Name").fill(name);
  await elsewhere.page.getByRole("button", { name: "Sign in here" }).click();
  await expect(elsewhere.page).toHaveURL("/account");
  await elsewhere.awake();
});

test("an account with the same e-mail is linked only after its own sign-in", async ({ page, newcomer }) => {
  const account = await newAccount(await newcomer(), "seller", "Same Address");
  const name = account.email.replace(/@.*/, "");
  const methods = new SignInMethods(page);
  await methods.arriveNew("Example ID", name);
  await expect(methods.heading).toHaveText("You have an account here");
  await methods.isSignedOut();
  await page.getByRole("link", { name: "Sign in and link it" }).click();
  await new SignInPage(page).attempt(account.email, account.password);
  await expect(page).toHaveURL("/account/identities/link");
  await methods.awake();
  await expect(methods.heading).toHaveText(`Link Example ID (${account.email}) to this account?`);
  await page.getByRole("button", { name: "Link Example ID" }).click();
  await expect(methods.errorAt("present_password"), "an open session alone cannot link an identity").toBeVisible();
  await page.getByLabel("Current password").fill(account.password);
  await page.getByRole("button", { name: "Link Example ID" }).click();
  await methods.says("You can now sign in to this account with Example ID.");

  const elsewhere = new SignInMethods(await newcomer());
  await elsewhere.signInKnown("Example ID", name);
  await expect(elsewhere.page.getByRole("banner")).toContainText("Same Address seller");
});

test("a provider is linked and unlinked on the account page", async ({ page }) => {
  const account = await newAccount(page, "buyer", "Own Way");
  const own = new AccountPage(page);
  await own.open();
  await page.getByRole("button", { name: "Link Example ID" }).click();
  const name = stranger("own-way");
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Sign in here" }).click();
  await expect(page).toHaveURL("/account/identities/link");
  await own.awake();
  await page.getByLabel("Current password").fill(account.password);
  await page.getByRole("button", { name: "Link Example ID" }).click();
  await own.says("You can now sign in to this account with Example ID.");
  await expect(identities(own).getByRole("listitem")).toContainText(`${name}@example.org`);
  await unlink(own, account.password);
  await expect(identities(own).getByRole("listitem")).toHaveCount(0);
  await own.signOut();
  await new SignInPage(page).open();
  await new SignInPage(page).signIn(account);
});

test("an account created through a provider gets a password and then unlinks the provider", async ({ page }) => {
  const name = stranger("first-password");
  const methods = new SignInMethods(page);
  await methods.arriveNew("Example ID", name);
  await methods.finish("buyer", "First Password");
  const own = new AccountPage(page);
  await own.open();
  await expect(identities(own)).toContainText("Your only sign-in method");
  await page.getByLabel("New password").fill("copper kettle under moss");
  await page.getByRole("button", { name: "Set password" }).click();
  await own.says("Your password is set");
  await unlink(own, "copper kettle under moss");
  await own.signOut();
  await new SignInPage(page).open();
  await new SignInPage(page).signIn({ ...somebody("buyer", "x"), email: `${name}@example.org` });
});

test("denying the request at the provider shows a message and has no other effect", async ({ page }) => {
  const methods = new SignInMethods(page);
  await (await methods.leave("Example ID")).cancel();
  await expect(methods.alert).toContainText("You did not allow Example ID to tell us who you are");
  await methods.isSignedOut();
});

test("an unverified e-mail creates no account", async ({ page }) => {
  const methods = new SignInMethods(page);
  await (await methods.leave("Example ID")).signInAs(stranger("unverified"));
  await expect(methods.alert).toContainText("does not say that your e-mail address is verified");
  await methods.isSignedOut();
});

test("a token with a different nonce is refused", async ({ page }) => {
  const methods = new SignInMethods(page);
  await methods.goto("/sign-in");
  // The browser is sent to the provider with a nonce that differs from the one Guildhall stored.
  const away = await page.request.get("/sign-in/with/example", { maxRedirects: 0 });
  const url = new URL(away.headers().location!);
  url.searchParams.set("nonce", "somebody-elses");
  await page.goto(url.toString());
  await page.getByLabel("Name").fill(stranger("nonce"));
  await page.getByRole("button", { name: "Sign in here" }).click();
  await expect(methods.alert).toContainText(NOT_FINISHED);
  await methods.isSignedOut();
});

test("a callback from another issuer is refused", async ({ page }) => {
  const methods = new SignInMethods(page);
  const callback = new URL(await (await methods.leave("Example ID")).signInAndStop(stranger("issuer")));
  expect(callback.searchParams.get("iss")).toBe(providers().example);
  callback.searchParams.set("iss", "https://evil.example");
  await page.goto(callback.toString());
  await expect(methods.alert).toContainText(NOT_FINISHED);
  await methods.isSignedOut();
});

test("a provider whose issuer differs from the configuration is not used", async ({ page, complaints }) => {
  complaints.expect(/502 \(Bad Gateway\)/);
  const methods = new SignInMethods(page);
  await methods.goto("/sign-in");
  await page.getByRole("link", { name: "Continue with Misnamed ID" }).click();
  await expect(methods.alert).toContainText("Misnamed ID did not give a usable answer");
  await methods.isSignedOut();
});

test("an expired token is refused", async ({ page }) => {
  const methods = new SignInMethods(page);
  await (await methods.leave("Late ID")).signInAs(stranger("late"));
  await expect(methods.alert).toContainText(NOT_FINISHED);
  await methods.isSignedOut();
});

test("an OAuth state can be used only once", async ({ page, newcomer }) => {
  const methods = new SignInMethods(page);
  const provider = await methods.leave("Example ID");
  const [callback] = await Promise.all([methods.callback(), provider.signInAs(stranger("twice"))]);
  await expect(page).toHaveURL("/sign-up/with");
  await page.goto(callback);
  await expect(methods.alert).toContainText(NOT_FINISHED);
  await methods.isSignedOut();

  await test.step("and not from another browser", async () => {
    const elsewhere = new SignInMethods(await newcomer());
    await elsewhere.goto(callback);
    await expect(elsewhere.alert).toContainText(NOT_FINISHED);
  });
});

test("a callback without a session is refused, even with an unused state", async ({ page, newcomer }) => {
  const methods = new SignInMethods(page);
  const callback = await (await methods.leave("Example ID")).signInAndStop(stranger("no-session"));
  const elsewhere = new SignInMethods(await newcomer());
  await elsewhere.goto(callback);
  await expect(elsewhere.alert).toContainText(NOT_FINISHED);
  await elsewhere.isSignedOut();

  await test.step("but its own browser can use it", async () => {
    await page.goto(callback);
    await expect(page).toHaveURL("/sign-up/with");
  });
});
