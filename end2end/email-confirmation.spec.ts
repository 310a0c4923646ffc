// Confirming the e-mail address of a new account, on the way to a first bid and a first project.

import { ProjectPage } from "./pages/project";
import { ProjectFormPage } from "./pages/project-form";
import { SignInPage, SignUpPage } from "./pages/sign-in";
import { Site } from "./pages/site";
import { newAccount, openProject, post, projectFields, signIn, somebody } from "./support/fixtures";
import { linkInLetter } from "./support/letters";
import { looksRight } from "./support/looks";
import { expect, test } from "./support/test";

const SUBJECT = "Confirm your e-mail address";

test("a bid before the confirmation leads to it, and back to what was typed", async ({ page, newcomer }) => {
  const seller = await newcomer();
  await newAccount(seller, "seller", "Patient Seller");
  const path = await openProject(seller);
  const account = somebody("buyer", "Eager Buyer");
  const signUp = new SignUpPage(page);
  await signUp.open();
  await signUp.signUp(account);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Check your mail");
  await expect(page.getByRole("main")).toContainText(account.email);
  await looksRight(page, "check-your-mail");
  await signUp.continueToSignIn();
  await new SignInPage(page).signIn(account);
  await expect(page.getByRole("main")).toContainText("Your e-mail address is not confirmed yet");
  await looksRight(page, "dashboard-unconfirmed");

  const project = new ProjectPage(page);
  await project.goto(path);
  await project.amount.fill("951");
  await project.bidButton.click();
  await expect(page).toHaveURL(`/confirm-email?next=${path}`);
  await expect(page.getByRole("main")).toContainText("What you typed is kept");
  await looksRight(page, "confirm-email");

  // The letter is opened on a phone that is not signed in.
  const phone = await newcomer();
  await new Site(phone).goto(await linkInLetter(page, account.email, SUBJECT));
  await expect(phone.getByRole("main")).toContainText(account.name);
  await looksRight(phone, "confirm-email-link");
  await phone.getByRole("button", { name: "Yes, confirm this address" }).click();
  await expect(phone.getByRole("heading", { level: 1 })).toHaveText("Your e-mail address is confirmed");
  await looksRight(phone, "confirm-email-done");

  await page.getByRole("link", { name: "I’ve confirmed it, continue" }).click();
  await expect(page).toHaveURL(path);
  await project.awake();
  await expect(project.amount).toHaveValue("951");
  await project.bidButton.click();
  await project.says("Your bid is in.");
});

test("a project before the confirmation leads to it, and the link leads back to the form", async ({ page }) => {
  const account = somebody("seller", "Eager Seller");
  await post(page, "/sign-up", { ...account });
  await signIn(page, account);
  const form = new ProjectFormPage(page);
  await form.open();
  const project = projectFields();
  await form.fill(project);
  await form.reviewButton.click();
  await expect(page).toHaveURL("/confirm-email?next=/projects/new");
  await page.getByRole("button", { name: "Send the e-mail again" }).click();
  await new Site(page).says("A new e-mail is on its way.");
  await new Site(page).goto(await linkInLetter(page, account.email, SUBJECT));
  await page.getByRole("button", { name: "Yes, confirm this address" }).click();
  await page.getByRole("link", { name: "Continue" }).click();
  await expect(page).toHaveURL("/projects/new");
  await form.awake();
  await expect(form.field("name")).toHaveValue(project.name);
  await form.publish();
  await expect(form.heading).toHaveText(project.name);
});

test("a link that doesn't work says so", async ({ page }) => {
  expect(await new Site(page).goto("/confirm-email/link?secret=guildhall_ml_nonsense")).toBe(404);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("This link doesn't work");
  await looksRight(page, "dead-link");
});
