import { AccountPage, SettingsPage } from "./pages/account";
import { ProjectPage } from "./pages/project";
import { SignInPage } from "./pages/sign-in";
import { Site } from "./pages/site";
import { newAccount, openProject, signIn, somebody } from "./support/fixtures";
import { linkInLetter } from "./support/letters";
import { looksRight } from "./support/looks";
import { expect, test } from "./support/test";

test("changing the password needs the current one and ends every other session", async ({ page, newcomer }) => {
  const account = await newAccount(page, "buyer", "New Password");
  const elsewhere = await newcomer();
  await signIn(elsewhere, account);
  const own = new AccountPage(page);
  await own.open();
  await own.changePassword("this is not the current one", "harbour lamp in the fog");
  await expect(own.errorAt("present_password")).toContainText("This is not your current password.");
  await expect(page).toHaveTitle("Error: Your account – Guildhall");
  await new AccountPage(elsewhere).open();
  await expect(elsewhere, "a refused change ends no session").toHaveURL("/account");

  await own.changePassword(account.password, "short");
  await expect(own.errorAt("new_password")).toContainText("Use at least 10 characters.");

  await own.changePassword(account.password, "harbour lamp in the fog");
  await own.says("Your password is changed. All other sessions have ended, all access tokens, connected apps and the calendar address are revoked, webhooks are turned off, and your own apps need new secrets.");
  await expect(own.sessions).toHaveCount(1);
  await new AccountPage(elsewhere).asksToSignIn();

  const again = new SignInPage(elsewhere);
  await again.attempt(account.email, account.password);
  await expect(again.alert).toContainText("don't match an account");
  await again.attempt(account.email, "harbour lamp in the fog");
  await expect(elsewhere, "the sign-in continues to the requested page").toHaveURL("/account");
});

test("a new name is shown on the page, in the header and to others", async ({ page, newcomer }) => {
  await newAccount(page, "seller", "Old Name");
  const path = await openProject(page);
  const own = new AccountPage(page);
  await own.open();
  await own.rename("N");
  await expect(own.errorAt("name")).toContainText("Use at least 2 characters.");
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("N");
  await own.rename("New & Better Name");
  await own.says("Your name is changed, also on your earlier projects and bids.");
  await expect(page.getByRole("banner")).toContainText("New & Better Name");
  const other = new ProjectPage(await newcomer());
  await other.goto(path);
  await expect(other.page.getByRole("main")).toContainText("New & Better Name");
});

test("changing the e-mail needs the password, tells nobody whether an address is taken and ends every other session", async ({ page, newcomer }) => {
  const taken = await newAccount(await newcomer(), "seller", "Was First");
  const account = await newAccount(page, "buyer", "New Address");
  const elsewhere = await newcomer();
  await signIn(elsewhere, account);
  const next = somebody("buyer", "Next Address").email;
  const own = new AccountPage(page);
  await own.open();
  await own.openEmail();
  await own.changeEmail(next, "this is not the current one");
  await expect(own.errorAt("present_password")).toContainText("This is not your current password.");
  await expect(page).toHaveTitle("Error: Change your e-mail address – Guildhall");
  await new AccountPage(elsewhere).open();
  await expect(elsewhere, "a refused change ends no session").toHaveURL("/account");
  await own.changeEmail(taken.email, account.password);
  await own.says("Until then, everything stays as it is.");
  const told = async () => (await page.request.get("/dev/mail", { params: { to: taken.email } })).text();
  await expect.poll(told, "only its owner learns it").toContain("You already have an account");
  await own.openEmail();

  await own.changeEmail(next, account.password);
  await own.says("Until then, everything stays as it is.");
  await expect(page.getByRole("region", { name: "Name and e-mail" })).toContainText(`Changes to ${next}`);
  await looksRight(page, "account-pending-email");
  await new AccountPage(elsewhere).open();
  await expect(elsewhere, "a typing error ends no session").toHaveURL("/account");
  await own.goto(await linkInLetter(page, next, "Confirm your new e-mail address"));
  await expect(page.getByRole("main")).toContainText("should your account New Address on Guildhall change to it?");
  await looksRight(page, "confirm-email-link-change");
  await page.getByRole("button", { name: "Yes, confirm this address" }).click();
  await expect(own.heading).toHaveText("Your e-mail address is confirmed");
  await new AccountPage(elsewhere).asksToSignIn();
  const again = new SignInPage(elsewhere);
  await again.attempt(account.email, account.password);
  await expect(again.alert).toContainText("don't match an account");
  await again.attempt(next, account.password);
  await expect(elsewhere).toHaveURL("/account");
});

test("the sessions are listed, and ending one signs that browser out", async ({ page, newcomer }) => {
  const account = await newAccount(page, "seller", "Two Sessions");
  const elsewhere = await newcomer();
  await signIn(elsewhere, account);
  const own = new AccountPage(page);
  await own.open();
  await expect(own.sessions).toHaveCount(2);
  await expect(own.sessions.filter({ hasText: "This browser" })).toHaveCount(1);
  await own.sessions.getByRole("button", { name: /^End/ }).click();
  await own.says("The session has ended.");
  await expect(own.sessions).toHaveCount(1);
  await new AccountPage(elsewhere).asksToSignIn();

  await signIn(elsewhere, account);
  await own.open();
  await page.getByRole("button", { name: "Sign out everywhere else" }).click();
  await own.says("All other sessions have ended.");
  await new AccountPage(elsewhere).asksToSignIn();
});

test("signing out ends the session", async ({ page }) => {
  await newAccount(page, "buyer", "Going Away");
  const site = new Site(page);
  await site.goto("/dashboard");
  await expect(page.getByRole("banner")).toContainText("Going Away");
  await site.signOut();
  await new AccountPage(page).asksToSignIn();
});

test("times are shown in the chosen time zone", async ({ page }) => {
  await newAccount(page, "seller", "Far Away");
  // The next 31 January that is at least a day ahead: winter, when New York is five hours behind.
  const tomorrow = new Date(Date.now() + 86_400_000);
  const isOver = tomorrow > new Date(Date.UTC(tomorrow.getUTCFullYear(), 0, 31, 17));
  const year = tomorrow.getUTCFullYear() + (isOver ? 1 : 0);
  const weekday = new Date(Date.UTC(year, 0, 31)).toLocaleDateString("en-GB", { weekday: "short", timeZone: "UTC" });
  const path = await openProject(page, { deadline: `${year}-01-31T17:00` });
  const project = new ProjectPage(page);
  await project.goto(path);
  await expect(project.fact("Bidding ends").getByRole("time")).toHaveText(`${weekday} 31 Jan ${year}, 17:00 UTC`);
  const settings = new SettingsPage(page);
  await settings.open();
  await settings.showTimesIn("America/New_York");
  await expect(page.getByRole("contentinfo")).toContainText("Times shown in America/New_York");
  await project.goto(path);
  await expect(project.fact("Bidding ends").getByRole("time")).toHaveText(`${weekday} 31 Jan ${year}, 12:00 EST`);
});

test("a theme is chosen from any page, with and without JavaScript", async ({ page }) => {
  const site = new Site(page);
  await site.goto("/how-it-works");
  for (const [name, attribute] of [["Dark", "guildhall-dark"], ["Light", "guildhall-light"]] as const) {
    await site.theme(name).click();
    await expect(page.locator("html")).toHaveAttribute("data-theme", attribute);
    await expect(page).toHaveURL("/how-it-works");
    await expect(site.theme(name)).toHaveAttribute("aria-pressed", "true");
    await site.reload();
    await expect(page.locator("html")).toHaveAttribute("data-theme", attribute);
  }
  await site.theme("System").click();
  await expect(page.locator("html")).not.toHaveAttribute("data-theme", /.*/);
});

test("the theme follows the device until one is chosen", async ({ page }) => {
  const site = new Site(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await site.goto("/");
  const background = () => page.locator("body").evaluate((body) => getComputedStyle(body).backgroundColor);
  const dark = await background();
  await page.emulateMedia({ colorScheme: "light" });
  await expect.poll(background).not.toBe(dark);
  await site.theme("Dark").click();
  await expect.poll(background).toBe(dark);
});
