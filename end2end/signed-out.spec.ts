// After a session has ended: others see nothing, and typed input is not lost.
import { AccountPage } from "./pages/account";
import { ProjectFormPage } from "./pages/project-form";
import { ProjectPage } from "./pages/project";
import { SignInPage } from "./pages/sign-in";
import { Site } from "./pages/site";
import { violations } from "./support/accessibility";
import { newAccount, openProject, projectFields } from "./support/fixtures";
import { expect, test } from "./support/test";
import type { Page } from "@playwright/test";

const SHOWN_AGAIN = "Your text is below: check it and send it again.";

/** Signs out in another tab of the same browser. */
async function endSession(page: Page): Promise<void> {
  const tab = await page.context().newPage();
  const site = new Site(tab);
  await site.goto("/");
  await site.signOut();
  await tab.close();
}

test("the Back button does not show the account after signing out", async ({ page }) => {
  const account = await newAccount(page, "buyer", "Gone Home");
  const own = new AccountPage(page);
  await own.open();
  await expect(page.getByRole("main")).toContainText(account.email);
  await own.signOut();
  await page.goBack();
  await expect(page).toHaveURL(/\/sign-in/);
  await expect(page.getByText(account.email)).toHaveCount(0);
});

test("a project submitted after the session ended need not be typed again", async ({ page }) => {
  const account = await newAccount(page, "seller", "An Hour Of Typing");
  const form = new ProjectFormPage(page);
  await form.open();
  const project = projectFields();
  await form.fill(project);
  await endSession(page);
  await form.reviewButton.click();
  await expect(page).toHaveURL("/sign-in?next=/projects/new");
  await new SignInPage(page).attempt(account.email, account.password);
  await expect(page).toHaveURL("/projects/new");
  await form.awake();
  await expect(page.getByText(SHOWN_AGAIN)).toBeVisible();
  for (const name of ["name", "summary", "description", "budget", "deadline"] as const) {
    await expect(form.field(name)).toHaveValue(project[name]);
  }
  await form.publish();
  await expect(form.heading).toHaveText(project.name);
});

test("a project that is shown again after the sign-in can be discarded", async ({ page }) => {
  const account = await newAccount(page, "seller", "Changed My Mind");
  const form = new ProjectFormPage(page);
  await form.open();
  await form.fill(projectFields());
  await endSession(page);
  await form.reviewButton.click();
  await new SignInPage(page).attempt(account.email, account.password);
  await form.awake();
  await expect(page.getByText(SHOWN_AGAIN)).toBeVisible();
  await page.getByRole("link", { name: "Discard it" }).click();
  await expect(form.heading).toHaveText("Discard what you typed?");
  expect(await violations(page), "WCAG 2.2 AA").toEqual([]);
  await page.getByRole("button", { name: "Discard it" }).click();
  await form.says("What you typed has been discarded.");
  await expect(form.field("name")).toHaveValue("");
  await expect(page.getByText(SHOWN_AGAIN)).toHaveCount(0);
});

test("a bid submitted after the session ended need not be typed again", async ({ page, newcomer }) => {
  const seller = await newcomer();
  await newAccount(seller, "seller", "Patient Seller");
  const path = await openProject(seller);
  const account = await newAccount(page, "buyer", "Late Buyer");
  const project = new ProjectPage(page);
  await project.goto(path);
  await project.amount.fill("812.50");
  await endSession(page);
  await project.bidButton.click();
  await expect(page).toHaveURL((url) => url.pathname === "/sign-in" && url.searchParams.get("next") === path);
  await new SignInPage(page).attempt(account.email, account.password);
  await expect(page).toHaveURL(path);
  await project.awake();
  await expect(page.getByText(SHOWN_AGAIN)).toBeVisible();
  await expect(project.amount).toHaveValue("812.50");
  await project.bidButton.click();
  await project.says("Your bid is in.");
});
