// What the pages of sellers and buyers look like.

import { DashboardPage } from "./pages/dashboard";
import { SignInMethods } from "./pages/provider";
import { ProjectFormPage } from "./pages/project-form";
import { ConsentPage, ProgramPage, ProgramsPage } from "./pages/programs";
import { SignInPage } from "./pages/sign-in";
import { Site } from "./pages/site";
import { TokensPage } from "./pages/tokens";
import { WebhooksPage } from "./pages/webhooks";
import { DEMO, autosaveProject, newAccount, projectFields, signIn, somebody } from "./support/fixtures";
import { looksRight } from "./support/looks";
import { receive } from "./support/receiver";
import { expect, test } from "./support/test";

test("the project form looks right when new, previewed, refused and a draft", async ({ page }) => {
  await signIn(page, DEMO.seller);
  const form = new ProjectFormPage(page);
  await form.open();
  await looksRight(page, "project-form");
  await form.fill({ description: "## What is needed\n\n- **Bold** words\n- A list\n\n> A quote\n\n`code`" });
  await form.presets.getByRole("button", { name: "In 1 week" }).click();
  await form.previewDescription();
  await looksRight(page, "project-form-preview");
  await form.publishInVain();
  await looksRight(page, "project-form-refused");
  await form.fill(projectFields({ time_zone: "America/Argentina/Buenos_Aires" }));
  await form.review();
  await looksRight(page, "project-review");
  const dashboard = new DashboardPage(page);
  await dashboard.open();
  await dashboard.goto(await dashboard.firstIn("Drafts"));
  await looksRight(page, "draft");
  await form.askToDiscard();
  await looksRight(page, "discard");
});

test("an unfinished project looks right where it is offered, restored and discarded", async ({ page }) => {
  await newAccount(page, "seller", "Typing Seller");
  const autosave = await autosaveProject(page, { name: "Sign for a bakery", budget: "about 300" });
  const form = new ProjectFormPage(page);
  await form.open();
  await looksRight(page, "project-form-unfinished");
  await new DashboardPage(page).open();
  await looksRight(page, "dashboard-seller-unfinished");
  await form.goto(`/projects/new?continue=${autosave}`);
  await looksRight(page, "project-form-restored");
  await form.goto(`/autosaves/${autosave}/discard`);
  await looksRight(page, "autosave-discard");
});

test("the dashboards look right", async ({ page, newcomer }) => {
  for (const [name, account] of [["seller", DEMO.seller], ["buyer", DEMO.buyer]] as const) {
    const full = await newcomer();
    await signIn(full, account);
    await new DashboardPage(full).open();
    await looksRight(full, `dashboard-${name}`);
    await newAccount(page, name, "New Here");
    await new DashboardPage(page).open();
    await looksRight(page, `dashboard-${name}-empty`);
  }
});

test("the watched projects look right, and nothing watched yet", async ({ page, newcomer }) => {
  const full = await newcomer();
  await signIn(full, DEMO.buyer);
  const site = new Site(full);
  await site.goto("/account/watching");
  await looksRight(full, "watching");
  await full.getByRole("main").getByRole("article").first().getByRole("link").click();
  await site.awake();
  await looksRight(full, "project-watched");
  await newAccount(page, "buyer", "Watching Nothing");
  await new Site(page).goto("/account/watching");
  await looksRight(page, "watching-empty");
});

test("the saved searches look right, also empty, new, refused and changed", async ({ page, newcomer }) => {
  const full = await newcomer();
  await signIn(full, DEMO.buyer);
  const site = new Site(full);
  await site.goto("/account/searches");
  await looksRight(full, "searches");
  await full.getByRole("link", { name: "Change Writing on site" }).click();
  await site.awake();
  await looksRight(full, "search-change");
  await newAccount(page, "buyer", "Searching Nothing");
  const own = new Site(page);
  await own.goto("/account/searches");
  await looksRight(page, "searches-empty");
  await own.goto("/projects?q=poster&category=design&budget_from=100&closing=today");
  await page.getByRole("link", { name: "Save this search" }).click();
  await own.awake();
  await looksRight(page, "search-new");
  await page.getByLabel("Name").fill("");
  await page.getByRole("button", { name: "Save search" }).click();
  await expect(own.errorSummary).toBeVisible();
  await looksRight(page, "search-new-refused");
});

test("the account looks right, also with a notice and a refusal", async ({ page, newcomer }) => {
  const account = await newAccount(page, "buyer", "Own Account");
  await signIn(await newcomer(), account);
  const site = new Site(page);
  await site.goto("/account");
  await looksRight(page, "account");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(site.errorSummary).toBeVisible();
  await looksRight(page, "account-refused");
  await page.getByRole("button", { name: "Sign out everywhere else" }).click();
  await site.says("All other sessions have ended.");
  await looksRight(page, "account-notice");
  await site.goto("/account/email");
  await looksRight(page, "account-email");
  await page.getByRole("button", { name: "Change e-mail address" }).click();
  await expect(site.errorSummary).toBeVisible();
  await looksRight(page, "account-email-refused");
});

test("the calendar page looks right when empty, with a new address and with an old one", async ({ page }) => {
  await newAccount(page, "buyer", "Punctual Buyer");
  const site = new Site(page);
  await site.goto("/account/calendar");
  await looksRight(page, "calendar-empty");
  await page.getByRole("button", { name: "Create address" }).click();
  await expect(page.getByLabel("Address", { exact: true })).toBeVisible();
  await looksRight(page, "calendar-new");
  await site.goto("/account/calendar");
  await looksRight(page, "calendar");
});

test("the access tokens page looks right when empty, refused, with a new token and with a list", async ({ page }) => {
  await newAccount(page, "buyer", "Own Tokens");
  const tokens = new TokensPage(page);
  await tokens.open();
  await looksRight(page, "tokens-empty");
  await tokens.makeButton.click();
  await expect(tokens.errorSummary).toBeVisible();
  await looksRight(page, "tokens-refused");
  await tokens.make("Nightly report of a colleague with a long name", ["bids:read", "bids:write", "account:read"], "90");
  await looksRight(page, "tokens-made");
  await tokens.open();
  await tokens.make("Laptop", ["bids:read"], "7");
  await tokens.open();
  await looksRight(page, "tokens");
});

test("the webhooks look right, also empty, refused, with a secret, failing, off and about to be removed", async ({ page }) => {
  await newAccount(page, "seller", "Own Webhooks");
  const receiver = await receive();
  const webhooks = new WebhooksPage(page);
  await webhooks.open();
  await looksRight(page, "webhooks-empty");
  await webhooks.addButton.click();
  await expect(webhooks.errorSummary).toBeVisible();
  await looksRight(page, "webhooks-refused");
  await webhooks.add("Ledger of the workshop in the old town", /Signed JSON/, receiver.address);
  await expect(webhooks.secret).toBeVisible();
  await looksRight(page, "webhook-secret");
  await webhooks.press("Send a test message");
  await webhooks.logs(1);
  receiver.answers(500);
  await webhooks.press("Send a test message");
  await webhooks.logs(2);
  await looksRight(page, "webhook-failing");
  await webhooks.press("Turn off");
  await expect(page.getByText("This webhook is turned off. Nothing is sent to it.")).toBeVisible();
  await looksRight(page, "webhook-off");
  await page.getByRole("link", { name: "Remove", exact: true }).click();
  await webhooks.awake();
  await looksRight(page, "webhook-remove");
  await webhooks.open();
  await webhooks.add("Team", /Discord/, receiver.address);
  await webhooks.open();
  await looksRight(page, "webhooks");
  await webhooks.goto("/account/notices");
  await looksRight(page, "notice-choices-webhook");
  receiver.close();
});

test("every page of signing in with a provider looks right", async ({ page, newcomer }) => {
  const methods = new SignInMethods(page);
  await (await methods.leave("Example ID")).cancel();
  await expect(methods.alert).toBeVisible();
  await looksRight(page, "sign-in-denied");
  const name = somebody("buyer", "Looks Right").email.replace(/@.*/, "");
  await methods.arriveNew("Example ID", name);
  await looksRight(page, "sign-up-with");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(methods.errorSummary).toBeVisible();
  await looksRight(page, "sign-up-with-refused");
  await methods.finish("buyer", "Looks Right");
  await methods.goto("/account");
  await looksRight(page, "account-without-password");

  const other = await newcomer();
  const account = await newAccount(other, "seller", "Same Address");
  const taken = new SignInMethods(await newcomer());
  await taken.arriveNew("Example ID", account.email.replace(/@.*/, ""));
  await looksRight(taken.page, "sign-up-with-taken");
  await taken.page.getByRole("link", { name: "Sign in and link it" }).click();
  await new SignInPage(taken.page).attempt(account.email, account.password);
  await expect(taken.page).toHaveURL("/account/identities/link");
  await taken.awake();
  await looksRight(taken.page, "link-identity");
  await taken.page.getByRole("button", { name: "Link Example ID" }).click();
  await expect(taken.errorSummary).toBeVisible();
  await looksRight(taken.page, "link-identity-refused");
  await taken.page.getByLabel("Current password").fill(account.password);
  await taken.page.getByRole("button", { name: "Link Example ID" }).click();
  await taken.says("You can now sign in to this account with Example ID.");
  await looksRight(taken.page, "account-linked");
  await taken.page.getByRole("link", { name: /^Unlink/ }).click();
  await taken.awake();
  await looksRight(taken.page, "unlink-identity");
  await taken.goto("/account");

  // Stay on this page: drop the Refresh header, which may navigate away before the page's own files are loaded.
  await taken.page.route("**/account/identities/*/link", async (route) => {
    const response = await route.fetch();
    const { refresh: _, ...headers } = response.headers();
    await route.fulfill({ response, headers });
  });
  await taken.page.getByRole("button", { name: "Link Late ID" }).click();
  await expect(taken.heading).toHaveText("Continue to Late ID");
  await taken.awake();
  await looksRight(taken.page, "onward");
});

test("programs, their form and the consent page look right", async ({ page }) => {
  await newAccount(page, "seller", "Maker of Programs");
  const programs = new ProgramsPage(page);
  await programs.open();
  await looksRight(page, "programs-empty");
  const program = new ProgramPage(page);
  await program.openNew();
  await looksRight(page, "program-new");
  await page.getByRole("button", { name: "Register app" }).click();
  await expect(program.errorSummary).toBeVisible();
  await looksRight(page, "program-refused");
  const redirects = ["https://ledger-sync.example/callback"];
  const { id } = await program.register({ name: "Ledger Sync", kind: "On a server", redirects, scopes: ["projects:read", "bids:read", "bids:write"] });
  await looksRight(page, "program-secret");
  const query = new URLSearchParams({
    response_type: "code",
    client_id: id,
    redirect_uri: redirects[0]!,
    // A seller can't use the last one.
    scope: "projects:read bids:read bids:write",
    code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    code_challenge_method: "S256",
  });
  await programs.goto(`/oauth/authorize?${query}`);
  await looksRight(page, "consent");
  query.set("prompt", "none");
  expect(await programs.goto(`/oauth/authorize?${query}`)).toBe(400);
  await looksRight(page, "consent-not-led-back");
  query.set("redirect_uri", "https://elsewhere.example/");
  expect(await programs.goto(`/oauth/authorize?${query}`)).toBe(400);
  await looksRight(page, "consent-wrong");
  await programs.goto("/device");
  await looksRight(page, "device");
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(programs.errorAt("user_code")).toBeVisible();
  await looksRight(page, "device-refused");
  const cli = await program.register({ name: "Guildhall at the command line", kind: "On people's devices", redirects: [], scopes: ["bids:read"], byCode: true });
  const started = await page.request.post("/oauth/device_authorization", { form: { client_id: cli.id, scope: "bids:read" } });
  await programs.goto("/device");
  await page.getByLabel("Code").fill((await started.json()).user_code);
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(programs.heading).toContainText("act for you");
  await looksRight(page, "device-consent");
  await new ConsentPage(page).allow();
  await programs.says("Allowed.");
  await looksRight(page, "programs");
});

test("the page for a forbidden action looks right", async ({ page }) => {
  await signIn(page, DEMO.other);
  expect(await new Site(page).goto("/projects/new")).toBe(403);
  await looksRight(page, "forbidden");
});
