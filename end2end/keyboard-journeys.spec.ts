// The journeys of a seller and a buyer, by the keyboard alone.

import { AccountPage } from "./pages/account";
import { ArchivePage } from "./pages/archive";
import { ProjectPage } from "./pages/project";
import { ProjectFormPage } from "./pages/project-form";
import { Site } from "./pages/site";
import { newAccount, openProject, somebody } from "./support/fixtures";
import { enter, press } from "./support/keyboard";
import { linkInLetter } from "./support/letters";
import { expect, test } from "./support/test";

test("name, e-mail and calendar of an account are changed without a mouse", async ({ page }) => {
  const { password } = await newAccount(page, "buyer", "Key Account");
  const own = new AccountPage(page);
  await own.open();
  await enter(page, page.getByLabel("Name", { exact: true }), "Keyed Account");
  await page.keyboard.press("Enter");
  await own.says("Your name is changed");
  await press(page, page.getByRole("link", { name: "Change e-mail address" }));
  await expect(own.heading).toHaveText("Change your e-mail address");
  await own.awake();
  await enter(page, page.getByLabel("New e-mail address"), somebody("buyer", "Keyed").email);
  await page.keyboard.press("Enter");
  await expect(own.errorSummary).toBeFocused();
  await enter(page, page.getByLabel("Current password"), password);
  await page.keyboard.press("Enter");
  await own.says("Until then, everything stays as it is.");
  await press(page, page.getByRole("link", { name: "Deadlines in your calendar" }));
  await expect(page).toHaveURL("/account/calendar");
  await own.awake();
  await press(page, page.getByRole("button", { name: "Create address" }), "Space");
  await press(page, page.getByRole("button", { name: /^Copy/ }));
  await own.goto("/account/calendar");
  await press(page, page.getByRole("button", { name: /^Revoke/ }));
  await own.says("The address is revoked.");
});

test("the question about a low bid is answered and the bid undone without a mouse", async ({ page, newcomer }) => {
  const seller = await newcomer();
  await newAccount(seller, "seller", "Key Seller");
  const path = await openProject(seller);
  await newAccount(page, "buyer", "Key Buyer");
  const project = new ProjectPage(page);
  await project.goto(path);
  await enter(page, project.amount, "70");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Bid €70.00 anyway" })).toBeVisible();
  await project.awake();
  await press(page, page.getByRole("button", { name: "Bid €70.00 anyway" }));
  await project.says("Your bid is in.");
  await press(page, page.getByRole("button", { name: "Undo" }));
  await project.says("Your bid is undone");
});

test("typed text is found again and discarded, and a finished auction found, without a mouse", async ({ page }) => {
  await newAccount(page, "seller", "Key Typist");
  const form = new ProjectFormPage(page);
  await form.open();
  await enter(page, form.field("name"), "Only a thought");
  await expect(form.autosaved).toBeVisible();
  await form.open();
  await press(page, page.getByRole("link", { name: "Only a thought" }));
  await expect(form.field("name")).toHaveValue("Only a thought");
  await form.awake();
  await press(page, page.getByRole("link", { name: "Discard it" }));
  await expect(form.heading).toHaveText("Discard what you typed?");
  await form.awake();
  await press(page, page.getByRole("button", { name: "Discard it" }));
  await new Site(page).says("What you typed has been discarded.");

  await press(page, page.getByRole("contentinfo").getByRole("link", { name: "Finished auctions" }));
  const archive = new ArchivePage(page);
  await expect(archive.cards.first()).toBeVisible();
  await archive.awake();
  await enter(page, page.getByRole("searchbox"), "campaign");
  await page.keyboard.press("Enter");
  await expect(archive.count).toHaveText("1 auction with a winner");
  await archive.awake();
  await press(page, archive.names.first().getByRole("link"));
  await expect(page).toHaveURL(/\/projects\/\d+\/result$/);
});

test("a project is watched and a search saved without a mouse", async ({ page, newcomer }) => {
  const seller = await newcomer();
  await newAccount(seller, "seller", "Watched Seller");
  const path = await openProject(seller);
  await newAccount(page, "buyer", "Key Watcher");
  const site = new Site(page);
  await site.goto(path);
  await press(page, page.getByRole("button", { name: "Watch", exact: true }));
  await expect(page.getByRole("button", { name: "Stop watching" })).toBeVisible();
  await site.awake();
  await press(page, page.getByRole("button", { name: "Stop watching" }));
  await expect(page.getByRole("button", { name: "Watch", exact: true })).toBeVisible();

  await site.goto("/projects?q=leaflet");
  await press(page, page.getByRole("link", { name: "Save this search" }));
  await site.awake();
  await press(page, page.getByRole("radio", { name: /At once/ }), "Space");
  await press(page, page.getByRole("button", { name: "Save search" }));
  await site.says("Your search is saved.");
  await press(page, page.getByRole("link", { name: "Change leaflet" }));
  await site.awake();
  await enter(page, page.getByLabel("Name"), "Leaflets");
  await press(page, page.getByRole("button", { name: "Save changes" }));
  await site.says("Search updated.");
});

test("notifications are chosen and a webhook is added and removed without a mouse", async ({ page }) => {
  await newAccount(page, "seller", "Key Notified");
  const site = new Site(page);
  await site.goto("/account/notices");
  await press(page, page.getByRole("checkbox", { name: "The first bid on your project: E-mail" }), "Space");
  await press(page, page.getByRole("button", { name: "Save" }));
  await site.says("Your choices are saved.");

  await site.goto("/account/webhooks");
  await enter(page, page.getByLabel("Name"), "Ledger");
  await press(page, page.getByRole("radio", { name: /Signed JSON/ }), "Space");
  await enter(page, page.getByLabel("Address"), "https://hooks.example.com/guildhall");
  await page.keyboard.press("Enter");
  await site.says("Copy it now: it will not be shown again.");
  await site.goto("/account/webhooks");
  await press(page, page.getByRole("link", { name: "Ledger", exact: true }));
  await site.awake();
  await press(page, page.getByRole("link", { name: "Remove", exact: true }));
  await site.awake();
  await press(page, page.getByRole("button", { name: "Remove webhook" }));
  await site.says("Webhook removed.");
});

test("the security log is read, and an address confirmed, without a mouse", async ({ page }) => {
  const account = await newAccount(page, "buyer", "Key Secured");
  const own = new AccountPage(page);
  await own.open();
  await press(page, page.getByRole("link", { name: "All sign-ins and changes to your account" }));
  await expect(own.heading).toHaveText("Security log");
  const next = somebody("buyer", "Key Confirmed").email;
  await own.goto("/account/email");
  await enter(page, page.getByLabel("New e-mail address"), next);
  await enter(page, page.getByLabel("Current password"), account.password);
  await page.keyboard.press("Enter");
  await own.says("Until then, everything stays as it is.");
  await own.goto(await linkInLetter(page, next, "Confirm your new e-mail address"));
  await press(page, page.getByRole("button", { name: "Yes, confirm this address" }));
  await expect(own.heading).toHaveText("Your e-mail address is confirmed");
});
