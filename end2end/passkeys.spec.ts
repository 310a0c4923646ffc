// Passkeys: adding one, signing in with it by the button and in the e-mail's field, and removing it.

import type { CDPSession } from "@playwright/test";
import { TOTP } from "otpauth";
import { AccountPage } from "./pages/account";
import { SignInPage } from "./pages/sign-in";
import { Site } from "./pages/site";
import { newAccount } from "./support/fixtures";
import { looksRight } from "./support/looks";
import { serveDomain } from "./support/server";
import { type Page, expect, scripted, test as base } from "./support/test";

/** On a server with a domain name, because no passkey can be bound to an IP address. */
const test = base.extend<object, { domain: string }>({
  domain: [
    async ({}, use) => {
      const server = await serveDomain();
      await use(server.url);
      await server.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  baseURL: async ({ domain }, use) => use(domain),
});
test.describe.configure({ mode: "serial" });

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

const passkeyButton = (page: Page) => page.getByRole("button", { name: "Sign in with a passkey" });

async function openPasskeys(page: Page): Promise<void> {
  await new AccountPage(page).open();
  await page.getByRole("link", { name: "Manage passkeys" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Passkeys");
  await new Site(page).awake();
}

test("a passkey signs in by the button and in the field, until it is removed", async ({ page }) => {
  test.skip(!scripted(), "passkeys need JavaScript");
  const account = await newAccount(page, "buyer", "Pat Keys");
  const site = new Site(page);
  const key = await device(page);
  await openPasskeys(page);
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
  await expect(passkeyButton(page)).toBeVisible();
  await looksRight(page, "sign-in-passkey");
  await answersByItself(key, true);
  await passkeyButton(page).click();
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

  await openPasskeys(page);
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
  await expect(passkeyButton(page)).toBeVisible();
  const used = new Promise((resolve) => key.session.once("WebAuthn.credentialAsserted", resolve));
  await answersByItself(key, true);
  await passkeyButton(page).click();
  await used;
  await answersByItself(key, false);
  await expect(page.getByRole("alert").filter({ visible: true })).toContainText("No account here uses this passkey");
  await expect(page.getByLabel("E-mail")).toHaveValue(account.email);
});

test("without JavaScript, the pages say what needs it", async ({ page }) => {
  test.skip(scripted(), "only without JavaScript");
  const account = await newAccount(page, "buyer", "Pat Noscript");
  const site = new Site(page);
  await openPasskeys(page);
  await expect(page.getByRole("main")).toContainText("This needs JavaScript.");
  await page.getByLabel("Current password").fill(account.password);
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(site.heading).toHaveText("Add a passkey");
  await expect(page.getByRole("button", { name: "Make the passkey" })).toBeHidden();
  await expect(page.getByRole("main")).toContainText("Making a passkey needs JavaScript");
  await new AccountPage(page).signOut();
  await site.goto("/sign-in");
  await expect(passkeyButton(page)).toBeHidden();
});
