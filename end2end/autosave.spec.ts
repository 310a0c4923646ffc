// Text that is typed into a project's form and never sent.

import { DashboardPage } from "./pages/dashboard";
import { ProjectFormPage } from "./pages/project-form";
import { Site } from "./pages/site";
import { violations } from "./support/accessibility";
import { newAccount, signIn } from "./support/fixtures";
import { expect, test } from "./support/test";

test("what is typed survives a closed tab, is found in another browser, and is gone once it is published", async ({ page, newcomer }) => {
  const seller = await newAccount(page, "seller", "Typing Seller");
  const form = new ProjectFormPage(page);
  await form.open();
  await form.fill({ name: "Sign for a bakery", budget: "about 300", work_place: "on_site", site: "Lee" });
  await expect(form.autosaved).toBeVisible();
  await page.close();

  const elsewhere = await newcomer();
  await signIn(elsewhere, seller);
  await new DashboardPage(elsewhere).open();
  await expect(elsewhere.getByRole("link", { name: "Sign for a bakery" })).toBeVisible();
  const again = new ProjectFormPage(elsewhere);
  await again.open();
  await expect(again.field("name")).toHaveValue("");
  await elsewhere.getByRole("link", { name: "Sign for a bakery" }).click();
  await again.awake();
  await expect(again.field("name")).toHaveValue("Sign for a bakery");
  await expect(again.field("budget"), "half-typed fields are kept, too").toHaveValue("about 300");
  await expect(again.field("work_place")).toHaveValue("on_site");
  await expect(again.field("site")).toHaveValue("Lee");
  expect(await violations(elsewhere), "WCAG 2.2 AA").toEqual([]);

  await again.fill({ summary: "Painted by hand", description: "On wood", category: "trades", budget: "300" });
  await again.fill({ deadline: new Date(Date.now() + 86_400_000).toISOString().slice(0, 16) });
  await again.publish();
  await again.open();
  await expect(elsewhere.getByRole("link", { name: "Sign for a bakery" })).toHaveCount(0);
});

test("what was typed can be discarded after a confirmation", async ({ page }) => {
  await newAccount(page, "seller", "Discarding Seller");
  const form = new ProjectFormPage(page);
  await form.open();
  await form.fill({ description: "Only a thought" });
  await expect(form.autosaved).toBeVisible();
  await form.open();
  await page.getByRole("link", { name: "Untitled project" }).click();
  await page.getByRole("link", { name: "Discard it" }).click();
  await expect(form.heading).toHaveText("Discard what you typed?");
  await form.awake();
  expect(await violations(page), "WCAG 2.2 AA").toEqual([]);
  await page.getByRole("button", { name: "Discard it" }).click();
  await new Site(page).says("What you typed has been discarded.");
  await form.open();
  await expect(page.getByRole("link", { name: "Untitled project" })).toHaveCount(0);
});

test("after the session has ended, the form says that what is typed is not saved", async ({ page }) => {
  await newAccount(page, "seller", "Absent Seller");
  const form = new ProjectFormPage(page);
  await form.open();
  await page.context().clearCookies();
  await form.fill({ name: "Sign for a bakery" });
  await expect(page.getByText(/^What you type is not being saved\. /)).toBeVisible();
});

test("a page that is left at once has saved what was typed", async ({ page }) => {
  await newAccount(page, "seller", "Leaving Seller");
  const form = new ProjectFormPage(page);
  await form.open();
  await form.fill({ name: "Sign for a bakery" });
  await new DashboardPage(page).open();
  await expect(async () => {
    await form.open();
    await expect(page.getByRole("link", { name: "Sign for a bakery" })).toBeVisible({ timeout: 500 });
  }).toPass();
});

test("while the server is away the form stays, and is saved when it is back", async ({ page, complaints }) => {
  complaints.expect(/net::ERR_FAILED/);
  await newAccount(page, "seller", "Patient Seller");
  const form = new ProjectFormPage(page);
  await form.open();
  await page.route("**/writes/*", (route) => route.abort());
  await form.fill({ name: "Sign for a bakery" });
  await form.reviewButton.click();
  await expect(page.locator("main .field-error:visible")).not.toBeEmpty();
  await expect(form.field("name")).toHaveValue("Sign for a bakery");
  await page.unroute("**/writes/*");
  await expect(form.autosaved).toBeVisible({ timeout: 30_000 });
});

test("two windows with the same text do not overwrite each other", async ({ page }) => {
  await newAccount(page, "seller", "Two Windows");
  const first = new ProjectFormPage(page);
  await first.open();
  await first.fill({ name: "Sign for a bakery" });
  await expect(first.autosaved).toBeVisible();
  const second = new ProjectFormPage(await page.context().newPage());
  await second.open();
  await second.page.getByRole("link", { name: "Sign for a bakery" }).click();
  await second.awake();
  await second.fill({ summary: "From the second window" });
  await expect(second.autosaved).toBeVisible();
  await first.fill({ summary: "From the first window" });
  await expect(page.getByText("You changed this form in another window.")).toBeVisible();
});

test("a draft that was saved in another window is replaced only knowingly", async ({ page, context }) => {
  await newAccount(page, "seller", "Two Minds");
  const first = new ProjectFormPage(page);
  await first.open();
  await first.fill({ name: "Sign" });
  await first.saveDraft();
  const edit = new URL(page.url()).pathname;
  const second = new ProjectFormPage(await context.newPage());
  // Each opens it without the message about the first save.
  for (const form of [first, second]) await form.goto(edit);
  await first.fill({ name: "Sign for a bakery" });
  await first.saveDraft();

  await second.fill({ name: "Sign for a school" });
  await second.saveDraftInVain();
  await expect(second.alert).toContainText("This draft was changed in another window.");
  await expect(second.field("name")).toHaveValue("Sign for a school");
  expect(await violations(second.page), "WCAG 2.2 AA").toEqual([]);
  const [newer] = await Promise.all([
    context.waitForEvent("page"),
    second.page.getByRole("link", { name: "Open the newer version in a new tab" }).click(),
  ]);
  await expect(new ProjectFormPage(newer).field("name")).toHaveValue("Sign for a bakery");
  await expect(newer.getByText("You typed this in other windows"), "what was typed here survives, too").toHaveCount(1);
  await newer.close();

  await second.page.getByRole("button", { name: "Save this form anyway" }).click();
  await second.says("The draft is saved. Only you can see it.");
  await first.goto(edit);
  await expect(first.field("name")).toHaveValue("Sign for a school");
});
