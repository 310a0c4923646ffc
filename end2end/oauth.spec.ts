import * as oauth from "openid-client";
import { ConsentPage, type Program, ProgramPage, ProgramsPage } from "./pages/programs";
import { SignInPage } from "./pages/sign-in";
import { type Callback, listen } from "./support/callback";
import { newAccount } from "./support/fixtures";
import { type Page, expect, test } from "./support/test";

const SCOPES = ["projects:read", "bids:read"];

/** A third-party client library, configured for this program. */
function configure({ id, secret }: Program): Promise<oauth.Configuration> {
  return oauth.discovery(new URL(process.env.GUILDHALL_URL!), id, {}, secret ? oauth.ClientSecretBasic(secret) : oauth.None(), {
    algorithm: "oauth2",
    execute: [oauth.allowInsecureRequests],
  });
}

async function register(page: Page, kind: "On a server" | "On people's devices", callback: Callback, byCode = false): Promise<Program> {
  await newAccount(page, "seller", "Maker of Programs");
  return new ProgramPage(page).register({ name: "Ledger Sync", kind, redirects: [callback.registered], scopes: SCOPES, byCode });
}

async function authorizationRequest(config: oauth.Configuration, callback: Callback) {
  const pkceCodeVerifier = oauth.randomPKCECodeVerifier();
  const expectedState = oauth.randomState();
  const url = oauth.buildAuthorizationUrl(config, {
    redirect_uri: callback.address,
    scope: SCOPES.join(" "),
    code_challenge: await oauth.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
  });
  return { url: url.href, checks: { pkceCodeVerifier, expectedState } };
}

async function oauthError(promise: Promise<unknown>): Promise<string> {
  const refused = await promise.then(
    () => undefined,
    (error) => error,
  );
  expect(refused, "the server refuses the request").toBeInstanceOf(oauth.ResponseBodyError);
  return refused.error;
}

let callback: Callback;
test.beforeEach(async () => {
  callback = await listen();
});
test.afterEach(() => callback.close());

for (const kind of ["On people's devices", "On a server"] as const) {
  test(`a program ${kind.toLowerCase()} is allowed, refreshes its tokens and revokes them`, async ({ page, newcomer }) => {
    const program = await register(page, kind, callback);
    const config = await configure(program);
    const person = await newcomer();
    const account = await newAccount(person, "seller", "Careful Person");
    const { url, checks } = await authorizationRequest(config, callback);
    await person.goto(url);
    const consent = new ConsentPage(person);
    await consent.awake();
    await expect(consent.heading).toHaveText("Allow Ledger Sync to act for you?");
    await expect(person.getByRole("main")).toContainText(account.email);
    await expect(person.getByRole("main")).toContainText("Maker of Programs");
    await expect(person.getByRole("main")).toContainText("see your own projects, drafts included");
    await consent.allow();
    await expect(person).toHaveTitle("Back");
    const tokens = await oauth.authorizationCodeGrant(config, await callback.called(), checks);
    expect(tokens.scope).toBe(SCOPES.join(" "));

    const renewed = await oauth.refreshTokenGrant(config, tokens.refresh_token!);
    expect(renewed.refresh_token).not.toBe(tokens.refresh_token);
    if (program.secret) expect((await oauth.tokenIntrospection(config, renewed.access_token)).active).toBe(true);
    await oauth.tokenRevocation(config, renewed.refresh_token!);
    if (program.secret) expect((await oauth.tokenIntrospection(config, renewed.access_token)).active).toBe(false);
    expect(await oauthError(oauth.refreshTokenGrant(config, renewed.refresh_token!))).toBe("invalid_grant");
  });
}

test("denying redirects back to the program, and a consent can be revoked", async ({ page, newcomer }) => {
  const config = await configure(await register(page, "On people's devices", callback));
  const person = await newcomer();
  await newAccount(person, "seller", "Careful Person");
  const consent = new ConsentPage(person);
  const first = await authorizationRequest(config, callback);
  await person.goto(first.url);
  await consent.awake();
  await consent.refuse();
  const refused = await callback.called();
  await expect(oauth.authorizationCodeGrant(config, refused, first.checks)).rejects.toMatchObject({ error: "access_denied" });

  const second = await authorizationRequest(config, callback);
  await person.goto(second.url);
  await consent.awake();
  await consent.allow();
  const tokens = await oauth.authorizationCodeGrant(config, await callback.called(), second.checks);
  const programs = new ProgramsPage(person);
  await programs.open();
  await expect(programs.allowed).toContainText("Ledger Sync");
  await programs.revoke("Ledger Sync");
  await expect(programs.allowed).toContainText("No connected apps");
  expect(await oauthError(oauth.refreshTokenGrant(config, tokens.refresh_token!))).toBe("invalid_grant");
});

test("a signed-out user signs in first and returns to the consent page", async ({ page, newcomer }) => {
  const config = await configure(await register(page, "On a server", callback));
  const other = await newcomer();
  const account = await newAccount(other, "seller", "Careful Person");
  const person = await newcomer();
  const consent = new ConsentPage(person);
  for (const visit of ["first", "second"]) {
    await person.context().clearCookies();
    const { url, checks } = await authorizationRequest(config, callback);
    await person.goto(url);
    await new SignInPage(person).awake();
    await new SignInPage(person).attempt(account.email, account.password);
    await expect(consent.heading, visit).toHaveText("Allow Ledger Sync to act for you?");
    await consent.awake();
    await consent.allow();
    await oauth.authorizationCodeGrant(config, await callback.called(), checks);
  }
  // A user who is signed in and has authorized the program before is not asked again.
  const { url, checks } = await authorizationRequest(config, callback);
  await person.goto(url);
  await expect(person).toHaveTitle("Back");
  await oauth.authorizationCodeGrant(config, await callback.called(), checks);
});

test("an unregistered redirect URI is never followed", async ({ page }) => {
  const config = await configure(await register(page, "On people's devices", callback));
  const { url } = await authorizationRequest(config, { ...callback, address: `${callback.address}/` });
  const consent = new ConsentPage(page);
  expect(await consent.goto(url)).toBe(400);
  await expect(consent.heading).toHaveText("This app's request isn't valid");
});

test("a user who never authorized the program returns to it only through a link", async ({ page, newcomer }) => {
  const config = await configure(await register(page, "On a server", callback));
  const person = await newcomer();
  const consent = new ConsentPage(person);
  const { url, checks } = await authorizationRequest(config, callback);
  expect(await consent.goto(`${url}&prompt=none`)).toBe(400);
  await expect(consent.heading).toHaveText("Go back to Ledger Sync?");
  await person.getByRole("link", { name: "Go back to" }).click();
  await expect(person).toHaveTitle("Back");
  const refused = await callback.called();
  await expect(oauth.authorizationCodeGrant(config, refused, checks)).rejects.toMatchObject({ error: "login_required" });
});

test("a device shows a code, is allowed and gets its tokens", async ({ page }) => {
  const config = await configure(await register(page, "On people's devices", callback, true));
  const started = await oauth.initiateDeviceAuthorization(config, { scope: SCOPES.join(" ") });
  const polling = oauth.pollDeviceAuthorizationGrant(config, started);
  const consent = new ConsentPage(page);
  await consent.goto("/device");
  await page.getByLabel("Code").fill("BBBB-BBBB");
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(consent.errorAt("user_code")).toContainText("No device is waiting with this code.");
  await consent.goto(started.verification_uri_complete!);
  await expect(page.getByLabel("Code")).toHaveValue(started.user_code);
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(page.getByRole("main")).toContainText(started.user_code);
  await consent.awake();
  await consent.allow();
  await consent.says("Allowed. Your device continues in a moment.");
  const tokens = await polling;
  expect(tokens.scope).toBe(SCOPES.join(" "));
  await oauth.refreshTokenGrant(config, tokens.refresh_token!);
});

test("a secret is shown once, and a new one replaces it", async ({ page }) => {
  const program = await register(page, "On a server", callback);
  const own = new ProgramPage(page);
  const config = await configure(program);
  await oauth.clientCredentialsGrant(config, { scope: "projects:read" });
  await new ProgramsPage(page).open();
  await page.getByRole("link", { name: "Ledger Sync" }).click();
  await own.awake();
  await expect(own.secret).toHaveCount(0);
  await page.getByRole("button", { name: "Create a new secret" }).click();
  const secret = await own.secret.innerText();
  expect(secret).not.toBe(program.secret);
  await oauth.clientCredentialsGrant(await configure({ ...program, secret }));
  await expect(oauth.clientCredentialsGrant(config)).rejects.toMatchObject({ status: 401 });
  await page.getByRole("button", { name: "Delete app" }).click();
  await own.says("The app is deleted.");
  await expect(new ProgramsPage(page).owned).toContainText("You have not registered any.");
});
