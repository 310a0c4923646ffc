import { SettingsPage } from "./pages/account";
import { ProjectPage } from "./pages/project";
import { ProjectFormPage } from "./pages/project-form";
import { SignInPage } from "./pages/sign-in";
import { Site } from "./pages/site";
import { newAccount, openProject, signIn } from "./support/fixtures";
import { type Page, expect, scripted, test } from "./support/test";

const ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kathmandu"];

/** A moment in the next weeks, as the field of a form in UTC and as people read it. */
function soon(): { field: string; clock: (zone: string) => string } {
  const at = new Date(Date.now() + 10 * 86_400_000);
  at.setUTCHours(17, 20, 0, 0);
  const clock = (timeZone: string) => at.toLocaleTimeString("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" });
  return { field: at.toISOString().slice(0, 16), clock };
}

/** Counts the documents that the page requests. */
function documents(page: Page): string[] {
  const requested: string[] = [];
  page.on("request", (request) => {
    if (request.resourceType() === "document") requested.push(`${request.method()} ${new URL(request.url()).pathname}`);
  });
  return requested;
}

async function shownIn(page: Page, zone: string): Promise<void> {
  await expect(page.getByRole("contentinfo")).toContainText(`Times shown in ${zone}`);
}

for (const zone of ZONES) {
  test(`the first page shows its times in ${zone}, and UTC beside them`, async ({ page, newcomer }) => {
    await newAccount(page, "seller", "Far And Wide");
    const { field, clock } = soon();
    const path = await openProject(page, { deadline: field });
    const visitor = await newcomer({ timezoneId: zone });
    const requested = documents(visitor);
    const project = new ProjectPage(visitor);
    await project.goto(path);
    const shown = scripted() ? zone : "UTC";
    await shownIn(visitor, shown);
    const ends = project.fact("Bidding ends");
    await expect(ends.getByRole("time")).toContainText(`, ${clock(shown)} `);
    if (scripted()) await expect(ends).toContainText("17:20 UTC)");
    else await expect(ends, "UTC is said once").not.toContainText("(");
    await expect(visitor.locator("html")).toBeVisible();
    expect(requested, "a page in the wrong zone is loaded once more").toEqual(Array(scripted() ? 2 : 1).fill(`GET ${path}`));
    await project.goto("/");
    await project.goto(path);
    await shownIn(visitor, shown);
    expect(requested.length, "the zone is known from now on").toBe(scripted() ? 4 : 3);
  });
}

test("a device that travels shows its new zone, and a chosen zone stays", async ({ newcomer }) => {
  const home = await newcomer({ timezoneId: "Europe/Berlin" });
  const account = await newAccount(home, "seller", "Travelling Seller");
  await new Site(home).goto("/");
  await shownIn(home, scripted() ? "Europe/Berlin" : "UTC");
  const away = await newcomer({ timezoneId: "America/New_York", storageState: await home.context().storageState() });
  const form = new ProjectFormPage(away);
  await form.open();
  await shownIn(away, scripted() ? "America/New_York" : "UTC");
  await expect(form.field("time_zone"), "form and footer agree").toHaveValue(scripted() ? "America/New_York" : "UTC");

  const settings = new SettingsPage(away);
  await settings.open();
  await expect(away.getByLabel("Show times in")).toHaveValue("");
  await settings.showTimesIn("Asia/Tokyo");
  await form.open();
  await shownIn(away, "Asia/Tokyo");
  await expect(form.field("time_zone"), "form and footer agree").toHaveValue("Asia/Tokyo");
  const later = await newcomer({ timezoneId: "Europe/Berlin", storageState: await away.context().storageState() });
  await signIn(later, account);
  await new Site(later).goto("/dashboard");
  await shownIn(later, "Asia/Tokyo");

  await new SettingsPage(later).open();
  await later.getByLabel("Show times in").selectOption("This device’s time zone");
  await later.getByRole("button", { name: "Save time zone" }).click();
  await new SettingsPage(later).says("Times are now shown in your device’s time zone.");
  await new Site(later).goto("/dashboard");
  await shownIn(later, scripted() ? "Europe/Berlin" : "UTC");
});

test("a refused form is not loaded again for the zone, and neither is a page without cookies", async ({ newcomer }) => {
  const page = await newcomer({ timezoneId: "Europe/Berlin" });
  const signInPage = new SignInPage(page);
  await signInPage.open();
  await page.context().clearCookies();
  const requested = documents(page);
  await signInPage.attempt("nobody@example.org", "not a password");
  await expect(signInPage.alert).toContainText("don't match an account");
  await signInPage.awake();
  await expect(page.getByLabel("E-mail")).toHaveValue("nobody@example.org");
  expect(requested).toEqual(["POST /sign-in"]);

  const closed = await newcomer({ timezoneId: "Europe/Berlin" });
  await closed.addInitScript(() => Object.defineProperty(document, "cookie", { get: () => "", set: () => {} }));
  const loaded = documents(closed);
  await new Site(closed).goto("/how-it-works");
  await shownIn(closed, "UTC");
  await expect(closed.locator("html")).toHaveCSS("visibility", "visible");
  expect(loaded).toEqual(["GET /how-it-works"]);
});

for (const { zone, skipped, doubled, utc } of [
  { zone: "Europe/Berlin", skipped: "2027-03-28T02:30", doubled: "2027-10-31T02:30", utc: ["00:30 UTC", "01:30 UTC"] },
  { zone: "Australia/Sydney", skipped: "2027-10-03T02:30", doubled: "2027-04-04T02:30", utc: ["15:30 UTC", "16:30 UTC"] },
]) {
  test(`a time that clocks in ${zone} skip is explained, and of one that they show twice, one is chosen`, async ({ page }) => {
    await newAccount(page, "seller", "Summer Seller");
    const form = new ProjectFormPage(page);
    await form.open();
    const choice = page.getByRole("group", { name: "Clocks are set back on that day and show this time twice." });
    const explanation = () => (scripted() ? form.liveLine : form.errorAt("deadline"));
    const ask = async (deadline: string) => {
      await form.fill({ time_zone: zone, deadline });
      if (!scripted()) await form.publishInVain();
    };
    await ask(skipped);
    await expect(explanation()).toContainText("Clocks are set forward on that day and skip this time; choose one an hour earlier or later.");
    await expect(choice).toBeHidden();
    await ask(doubled);
    await expect(explanation()).toContainText("show this time twice; choose which of the two you mean.");
    await expect(choice.getByRole("radio", { name: `The first, before clocks are set back: ${utc[0]}` })).toBeVisible();
    await choice.getByRole("radio", { name: `The second, after clocks were set back: ${utc[1]}` }).check();
    if (scripted()) await expect(explanation()).not.toContainText("twice");
    else {
      await form.publishInVain();
      await expect(page.getByText("choose which of the two you mean")).toHaveCount(0);
      await expect(choice.getByRole("radio", { name: utc[1]! })).toBeChecked();
    }
    await form.fill({ deadline: doubled.replace("T02", "T12") });
    if (!scripted()) await form.publishInVain();
    await expect(choice).toBeHidden();
  });
}
