// Passkeys: adding one, signing in with it by the button and in the e-mail's field, and removing it.

import type { CDPSession } from "@playwright/test";
import { TOTP } from "otpauth";
import { AccountPage } from "./pages/account";
import { PasskeysPage } from "./pages/passkeys";
import { SignInPage } from "./pages/sign-in";
import { Site } from "./pages/site";
import { test } from "./support/domain";
import { newAccount } from "./support/fixtures";
import { looksRight } from "./support/looks";
import { type Page, expect } from "./support/test";

interface Device {
  session: CDPSession;
  authenticatorId: string;
}

/** A device of the browser that keeps passkeys, and whose owner shows a fingerprint whenever it is asked for. */
async function device(page: Page): Promise<Device> {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable", { enableUI: false });
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { session, authenticatorId };
}

/** Whether the owner shows a fingerprint. */
async function answersByItself({ session, authenticatorId }: Device, enabled: boolean): Promise<void> {
  await session.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled });
}

/** From the account's page on. */
async function turnOnTwoFactor(page: Page, password: string): Promise<void> {
  const site = new Site(page);
  await site.goto("/account/two-factor");
  await expect(page.getByRole("main")).toContainText("Your passkey signs in without a code");
  await page.getByLabel("Current password").fill(password);
  await page.getByRole("button", { name: "Set it up" }).click();
  await expect(site.heading).toHaveText("Set up two-factor authentication");
  const app = new TOTP({ secret: (await page.locator(".setup-key").innerText()).replaceAll(/\s/g, "") });
  await page.getByRole("textbox", { name: "Code" }).fill(app.generate());
  await page.getByRole("button", { name: "Turn it on" }).click();
  await expect(site.heading).toHaveText("Your recovery codes");
  await site.awake();
}

test("a passkey signs in by the button and in the field, until it is removed", async ({ page }) => {
  const account = await newAccount(page, "buyer", "Pat Keys");
  const site = new Site(page);
  const passkeys = new PasskeysPage(page);
  const key = await device(page);
  await passkeys.open();
  await looksRight(page, "passkeys-none");
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue(/^Chrome on /);
  await page.getByLabel("Name", { exact: true }).fill("");
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(site.errorSummary).toContainText("Name");
  await looksRight(page, "passkeys-refused");
  await page.getByLabel("Name", { exact: true }).fill("My phone");
  await page.getByLabel("Current password").fill(account.password);
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(site.heading).toHaveText("Add a passkey");
  await site.awake();
  await looksRight(page, "passkey-new");
  // The first device has no user who could be verified.
  await key.session.send("WebAuthn.setUserVerified", { authenticatorId: key.authenticatorId, isUserVerified: false });
  await page.getByRole("button", { name: "Make the passkey" }).click();
  await expect(page.getByRole("alert")).toContainText("No passkey was made or used.");
  await key.session.send("WebAuthn.setUserVerified", { authenticatorId: key.authenticatorId, isUserVerified: true });
  await page.getByRole("button", { name: "Make the passkey" }).click();
  await expect(site.notice).toContainText("The passkey is added.");
  await expect(page.getByRole("region", { name: "Your passkeys" })).toContainText("My phone");
  await looksRight(page, "passkeys-one");

  await new AccountPage(page).signOut();
  const signIn = new SignInPage(page);
  // Without automatic presence, what the browser offers in the field waits, and the button replaces it.
  await answersByItself(key, false);
  await site.goto("/sign-in?next=/account/tokens");
  await expect(passkeys.signInButton).toBeVisible();
  await looksRight(page, "sign-in-passkey");
  await answersByItself(key, true);
  await passkeys.signInButton.click();
  await expect(page).toHaveURL("/account/tokens");

  // The browser offers the passkey in the field; the owner's device answers by itself.
  await new AccountPage(page).signOut();
  await signIn.page.goto("/sign-in");
  await expect(page).toHaveURL("/dashboard");

  // With two-factor authentication, it answers instead of a code after the password.
  await turnOnTwoFactor(page, account.password);
  await new AccountPage(page).signOut();
  await answersByItself(key, false);
  await signIn.open();
  await signIn.attempt(account.email, account.password);
  await expect(page).toHaveURL("/sign-in/code");
  await signIn.awake();
  await looksRight(page, "sign-in-code-passkey");
  await answersByItself(key, true);
  await page.getByRole("button", { name: "Use a passkey instead" }).click();
  await expect(page).toHaveURL("/dashboard");

  await passkeys.open();
  await expect(page.getByRole("region", { name: "Your passkeys" })).toContainText("last used");
  await page.getByRole("link", { name: "Rename or remove My phone" }).click();
  await expect(site.heading).toHaveText("My phone");
  await site.awake();
  await looksRight(page, "passkey");
  await page.getByLabel("Name", { exact: true }).fill("Key ring");
  await page.getByLabel("Current password").fill(account.password);
  await page.getByRole("button", { name: "Rename", exact: true }).click();
  await expect(site.notice).toContainText("The passkey is renamed.");
  await page.getByRole("link", { name: "Rename or remove Key ring" }).click();
  await page.getByLabel("Current password").fill(account.password);
  await page.getByRole("button", { name: "Remove passkey" }).click();
  await expect(site.notice).toContainText("The passkey is removed.");

  // The device answers only once, or the page that is refused would offer the passkey again. It must be ready before it is
  // asked: it does not return to a request that it left waiting.
  await new AccountPage(page).signOut();
  await answersByItself(key, false);
  await site.goto("/sign-in");
  await page.getByLabel("E-mail").fill(account.email);
  await expect(passkeys.signInButton).toBeVisible();
  const used = new Promise((resolve) => key.session.once("WebAuthn.credentialAsserted", resolve));
  await answersByItself(key, true);
  await passkeys.signInButton.click();
  await used;
  await answersByItself(key, false);
  await expect(page.getByRole("alert").filter({ visible: true })).toContainText("No account here uses this passkey");
  await expect(page.getByLabel("E-mail")).toHaveValue(account.email);
});
