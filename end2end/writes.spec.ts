// Forms whose islands call server functions. Other specs test the same forms without JavaScript, and their refusals.

import { AccountPage, SettingsPage } from "./pages/account";
import { ProjectPage } from "./pages/project";
import { ProjectFormPage } from "./pages/project-form";
import { Site } from "./pages/site";
import { TokensPage } from "./pages/tokens";
import { bid, newAccount, openProject, post, projectFields, saveDraft, signIn } from "./support/fixtures";
import { type Page, expect, test } from "./support/test";

/** The paths of the page's POST requests, except autosaves: server functions and forms that the browser submits. */
function sent(page: Page): string[] {
  const paths: string[] = [];
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (request.method() === "POST" && pathname !== "/writes/autosave-project") paths.push(pathname);
  });
  return paths;
}

test("the fields of a form that an island submits have space between them", async ({ page }) => {
  await newAccount(page, "seller", "Tidy Seller");
  const form = new ProjectFormPage(page);
  await form.open();
  const [name, summary] = [form.field("name"), form.page.getByText("Summary", { exact: true })];
  const [above, below] = [(await name.boundingBox())!, (await summary.boundingBox())!];
  expect(below.y - above.y - above.height).toBeGreaterThanOrEqual(16);
});

test("a project's form saves and publishes through server functions", async ({ page }) => {
  await newAccount(page, "seller", "Calling Seller");
  const form = new ProjectFormPage(page);
  await form.open();
  const paths = sent(page);
  await form.fill(projectFields({ description: "## What is needed\n\nTwo pages." }));
  await form.previewDescription();
  await expect(form.preview.getByRole("heading")).toHaveText("What is needed");
  await form.saveDraft();
  const path = new URL(page.url()).pathname;
  await form.publish();
  expect(paths).toEqual(["/projects/new", "/writes/save-draft", path, "/writes/publish-project"]);
});

test("withdrawing, cancelling, discarding, revoking and choosing a time zone call server functions; ending sessions posts forms", async ({ page, newcomer }) => {
  const seller = await newAccount(page, "seller", "Tidying Seller");
  const site = new Site(page);
  const paths = sent(page);

  const path = await openProject(page);
  const buyer = new ProjectPage(await newcomer());
  await newAccount(buyer.page, "buyer", "Withdrawing Buyer");
  await bid(buyer.page, path, "700");
  await buyer.goto(path);
  const buyersPaths = sent(buyer.page);
  await buyer.withdraw();
  expect(buyersPaths).toEqual(["/writes/withdraw-bid"]);

  const project = new ProjectPage(page);
  await project.goto(path);
  await project.cancel();

  const form = new ProjectFormPage(page);
  await form.goto(`${await saveDraft(page)}/edit`);
  await form.discard();

  await signIn(await newcomer(), seller);
  const account = new AccountPage(page);
  await account.open();
  await page.getByRole("button", { name: /^End session/ }).click();
  await site.says("The session has ended.");
  await signIn(await newcomer(), seller);
  await account.open();
  await page.getByRole("button", { name: "Sign out everywhere else" }).click();
  await site.says("All other sessions have ended.");

  await post(page, "/account/tokens", { name: "Nightly job", scopes: "account:read", days: "30" });
  const tokens = new TokensPage(page);
  await tokens.open();
  await tokens.revoke("Nightly job");

  const settings = new SettingsPage(page);
  await settings.open();
  await settings.showTimesIn("Asia/Tokyo");
  expect(paths.map((path) => path.replace(/\d+/, "N"))).toEqual([
    "/writes/cancel-project",
    "/writes/discard-draft",
    "/account/sessions/N/end",
    "/account/sessions/end-others",
    "/writes/revoke-token",
    "/writes/choose-time-zone",
  ]);
});

test("without a network a project's form says so, keeps what was typed, and can be sent again", async ({ page, complaints }) => {
  complaints.expect(/net::ERR_FAILED/);
  await newAccount(page, "seller", "Travelling Seller");
  const form = new ProjectFormPage(page);
  await form.open();
  await form.fill(projectFields());
  const unreachable = "The server could not be reached, so this may not have been done. Try again.";
  await page.route("**/writes/*", (route) => route.abort());
  await page.getByRole("button", { name: "Save draft" }).click();
  await expect(page.getByRole("alert")).toHaveText(unreachable);
  await form.reviewButton.click();
  await expect(page.getByRole("alert")).toHaveText(unreachable);
  await expect(form.field("name")).toHaveValue(projectFields().name);
  await page.unroute("**/writes/*");
  await form.review();
  await page.route("**/writes/*", (route) => route.abort());
  await form.publishButton.click();
  await expect(page.getByRole("alert")).toHaveText(unreachable);
  await page.unroute("**/writes/*");
  await form.backToEditing();
  await expect(form.field("name")).toHaveValue(projectFields().name);
  await form.publish();
});

test("a project's form that was open when the session ended is shown again after the sign-in", async ({ page }) => {
  const seller = await newAccount(page, "seller", "Interrupted Seller");
  const form = new ProjectFormPage(page);
  await form.open();
  await form.fill(projectFields({ name: "Typed before the session ended" }));
  await form.review();
  await page.context().clearCookies({ name: "guildhall" });
  await form.publishButton.click();
  await expect(page).toHaveURL(/\/sign-in/);
  await page.getByLabel("E-mail").fill(seller.email);
  await page.getByLabel("Password").fill(seller.password);
  await page.getByRole("main").getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page).toHaveURL(/\/projects\/new$/);
  await expect(form.field("name")).toHaveValue("Typed before the session ended");
});
