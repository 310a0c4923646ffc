import { DashboardPage } from "./pages/dashboard";
import { ProjectPage, ResultPage } from "./pages/project";
import { SignInMethods } from "./pages/provider";
import { ProjectFormPage } from "./pages/project-form";
import { ConsentPage, ProgramPage, ProgramsPage } from "./pages/programs";
import { SignInPage } from "./pages/sign-in";
import { Site } from "./pages/site";
import { TokensPage } from "./pages/tokens";
import { WebhooksPage } from "./pages/webhooks";
import { type Account, DEMO, autosaveProject, newAccount, openProject, projectFields, signIn, somebody } from "./support/fixtures";
import { looksRight } from "./support/looks";
import { receive } from "./support/receiver";
import { type Page, expect, test } from "./support/test";

const FINISHED = { "Not awarded": "result-unawarded", Cancelled: "project-cancelled" };

/** The path of a project of this kind on the dashboard of the demo's seller or buyer. */
async function demoProject(newcomer: () => Promise<Page>, who: Account, part: string): Promise<string> {
  const page = await newcomer();
  await signIn(page, who);
  const dashboard = new DashboardPage(page);
  await dashboard.open();
  return dashboard.firstIn(part);
}

test.describe("for everybody", () => {
  for (const [name, path, status] of [
    ["home", "/", 200],
    ["list", "/projects", 200],
    ["list-filtered", "/projects?q=book&category=software&budget_from=100&sort=budget", 200],
    ["list-empty", "/projects?q=zzzznothing", 200],
    ["list-refused", "/projects?budget_from=cheap", 422],
    ["archive", "/archive", 200],
    ["archive-filtered", "/archive?category=writing&currency=EUR&price_from=100&bids_from=1&ended_from=2026-01-01", 200],
    ["archive-empty", "/archive?q=zzzznothing", 200],
    ["archive-refused", "/archive?price_from=cheap&bids_to=few&ended_to=soon", 422],
    ["archive-statistics", "/archive/statistics", 200],
    ["calculator", "/calculator?sent=yes&amount=1250&currency=EUR&costs=120&fee=5&tax=19", 200],
    ["calculator-refused", "/calculator?sent=yes&amount=few&currency=EUR&fee=101", 422],
    ["how-it-works", "/how-it-works", 200],
    ["sign-up", "/sign-up", 200],
    ["sign-in", "/sign-in", 200],
    ["settings", "/settings", 200],
    ["api", "/api/docs", 200],
    ["api-problems", "/api/docs/problems", 200],
    ["api-problem", "/api/docs/problems/above-budget", 200],
    ["mail", "/dev/mail", 200],
    ["mail-example", "/dev/mail/1", 200],
    ["not-found", "/nothing/here", 404],
  ] as const) {
    test(`${name} looks right`, async ({ page }) => {
      expect(await new Site(page).goto(path)).toBe(status);
      await looksRight(page, name);
    });
  }

  test("a refused sign-up looks right", async ({ page }) => {
    const site = new Site(page);
    await site.goto("/sign-up");
    await page.getByRole("button", { name: "Create account" }).click();
    await expect(site.errorSummary).toBeVisible();
    await looksRight(page, "sign-up-refused");
  });

  test("a refused sign-in looks right", async ({ page }) => {
    const site = new Site(page);
    await site.goto("/sign-in");
    await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
    await expect(site.errorSummary).toBeVisible();
    await looksRight(page, "sign-in-empty");
    await new SignInPage(page).attempt(somebody("buyer", "Nobody").email, "not the password at all");
    await expect(site.alert).toBeVisible();
    await looksRight(page, "sign-in-refused");
  });

  test("the menu of a narrow page opens and looks right", async ({ page }) => {
    await page.setViewportSize({ width: 320, height: 800 });
    const site = new Site(page);
    await site.goto("/");
    await page.getByRole("button", { name: "Menu" }).click();
    await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
    await looksRight(page, "menu");
  });
});

test.describe("projects and results", () => {
  test("an open project looks right to a stranger and to a buyer with a bid", async ({ page, newcomer }) => {
    const path = await demoProject(newcomer, DEMO.buyer, "Outbid");
    await new Site(page).goto(path);
    await looksRight(page, "project-stranger");
    await signIn(page, DEMO.buyer);
    const project = new ProjectPage(page);
    await project.goto(path);
    await expect(project.standing).toBeVisible();
    await looksRight(page, "project-buyer");
    await project.bidInVain("a lot");
    await looksRight(page, "project-buyer-refused");
    await project.goto(path);
    await project.amount.fill("1");
    await project.bidButton.click();
    await expect(project.heading).toHaveText(/^Bid .+\?$/);
    await looksRight(page, "low-bid");
    await project.goto(path);
    await project.askToWithdraw();
    await looksRight(page, "withdraw");
  });

  test("a bid looks right while it can be undone, and its history afterwards", async ({ page, newcomer }) => {
    const seller = await newcomer();
    await Promise.all([newAccount(seller, "seller", "Undo Seller"), newAccount(page, "buyer", "Undo Buyer")]);
    const project = new ProjectPage(page);
    await project.goto(await openProject(seller));
    await project.bid("640");
    await expect(page.getByRole("button", { name: "Undo" })).toBeVisible();
    await looksRight(page, "project-bid-in");
    await project.reload();
    await expect(page.getByRole("button", { name: "Undo" })).toBeVisible();
    await looksRight(page, "project-undo");
    await project.undo();
    await looksRight(page, "project-undone");
  });

  test("a seller's own open project looks right with and without bids", async ({ page }) => {
    await newAccount(page, "seller", "New Here");
    const project = new ProjectPage(page);
    await project.goto(await openProject(page));
    await looksRight(page, "project-owner-no-bid");
    await project.askToCancel();
    await looksRight(page, "cancel");
    await signIn(page, DEMO.seller);
    const dashboard = new DashboardPage(page);
    await dashboard.open();
    await dashboard.goto(await dashboard.firstIn("Open"));
    await looksRight(page, "project-owner");
  });

  test("a result looks right to its seller, its winner and a stranger", async ({ page, newcomer }) => {
    const path = (await demoProject(newcomer, DEMO.buyer, "Won")).replace(/\/result$/, "");
    const result = new ResultPage(page);
    await result.open(path);
    await looksRight(page, "result-stranger");
    await new Site(page).goto(path);
    await looksRight(page, "project-awarded");
    await signIn(page, DEMO.buyer);
    await result.open(path);
    await expect(result.award).toContainText("You won");
    await looksRight(page, "result-winner");
    await result.goto(path);
    await looksRight(page, "project-won");
    await result.goto(`${path}/award`);
    await looksRight(page, "award-document");
    const seller = await newcomer();
    await signIn(seller, DEMO.seller);
    await new Site(seller).goto(await demoProject(newcomer, DEMO.seller, "Awarded"));
    await expect(seller.getByRole("main").getByRole("link", { name: /@/ }).first()).toBeVisible();
    await looksRight(seller, "result-seller");
  });

  test("unawarded and cancelled projects look right", async ({ page, newcomer }) => {
    for (const [part, name] of Object.entries(FINISHED)) {
      await new Site(page).goto(await demoProject(newcomer, DEMO.seller, part));
      await looksRight(page, name);
    }
  });
});

test.describe("for sellers and buyers", () => {
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
});

test("with reduced motion nothing moves, and the page still works", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  const site = new Site(page);
  await site.goto("/");
  await site.theme("Dark").click();
  const moving = await page.evaluate(() => document.getAnimations().filter((animation) => animation.playState === "running").length);
  expect(moving).toBe(0);
  await newAccount(page, "seller", "Still Seller");
  await site.goto(await openProject(page));
  const timer = page.getByRole("timer").first();
  const before = await timer.innerText();
  await expect(timer).not.toHaveText(before);
});
