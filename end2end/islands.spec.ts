import { ProjectPage } from "./pages/project";
import { ProjectFormPage } from "./pages/project-form";
import { ProjectsPage } from "./pages/projects";
import { SettingsPage } from "./pages/account";
import { Site } from "./pages/site";
import { bid, inSeconds, newAccount, openProject, rareWord } from "./support/fixtures";
import { type Page, expect, test } from "./support/test";

/** Creates a seller's project and signs `page` in as a buyer who can bid on it; returns the project's path. */
async function projectFor(page: Page, newcomer: () => Promise<Page>, openForSeconds = 1800): Promise<string> {
  const seller = await newcomer();
  await newAccount(seller, "seller", "Island Seller");
  await newAccount(page, "buyer", "Island Buyer");
  return openProject(seller, { deadline: inSeconds(openForSeconds) });
}

test.describe("countdown", () => {
  test("it ticks", async ({ page, newcomer }) => {
    const project = new ProjectPage(page);
    await project.goto(await projectFor(page, newcomer));
    await expect(project.timer).toHaveText(/^\s*\d\d\s+min\s+\d\d\s+sec\s*$/);
    const before = await project.timer.innerText();
    await expect(project.timer).not.toHaveText(before);
  });

  for (const hours of [-7, 5]) {
    test(`it follows the server's clock when the browser's is ${hours} hours off`, async ({ page, newcomer }) => {
      const path = await projectFor(page, newcomer);
      await page.addInitScript((offset) => {
        const Real = Date;
        class Shifted extends Real {
          constructor(...args: unknown[]) {
            super(...((args.length ? args : [Real.now() + offset]) as []));
          }
          static override now = () => Real.now() + offset;
        }
        globalThis.Date = Shifted as DateConstructor;
      }, hours * 3_600_000);
      const project = new ProjectPage(page);
      await project.goto(path);
      expect(await page.evaluate(() => Date.now())).not.toBeLessThan(Date.now() + hours * 3_600_000 - 60_000);
      const before = await project.timer.innerText();
      await expect(project.timer).not.toHaveText(before);
      await expect(project.timer).toHaveText(/^\s*2\d\s+min\s+\d\d\s+sec\s*$/);
    });
  }

  test("at the deadline it reports the end, and the page shows the result by itself", async ({ page, newcomer }) => {
    const path = await projectFor(page, newcomer, 12);
    await bid(page, path, "640");
    const project = new ProjectPage(page);
    await project.goto(path);
    await expect(project.auction).toContainText("You won this project with your bid of €640.00", { timeout: 60_000 });
    await expect(project.timer).toHaveCount(0);
  });
});

test.describe("bid form", () => {
  test("it validates an amount when the field loses focus, and from then on while typing", async ({ page, newcomer }) => {
    const project = new ProjectPage(page);
    await project.goto(await projectFor(page, newcomer));
    await project.amount.pressSequentially("12x");
    await expect(project.amountError, "an incomplete amount is not an error").toBeHidden();
    await project.amount.blur();
    await expect(project.amountError).toContainText("Enter an amount in digits");
    await expect(project.amount).toHaveAttribute("aria-describedby", "amount-help amount-error");
    await project.amount.fill("2000");
    await expect(project.amountError).toContainText("Your bid is over the €1,000.00 budget.");
    await project.amount.fill("999,99");
    await expect(project.amountError).toBeHidden();
    await expect(project.amount).not.toHaveAttribute("aria-invalid", /.*/);
  });

  test("it echoes the amount while it is typed, asks if it is ambiguous, and bids what it showed", async ({ page, newcomer }) => {
    const project = new ProjectPage(page);
    await project.goto(await projectFor(page, newcomer));
    await expect(project.echo).toHaveText("You bid a fixed price");
    await project.amount.pressSequentially("998,5");
    await expect(project.echo).toHaveText("You bid €998.50");
    for (const [typed, echoed] of [
      ["1,000.00", "You bid €1,000.00"],
      ["1 000", "You bid €1,000.00"],
      ["1.000", "You bid a fixed price"],
    ] as const) {
      await project.amount.fill(typed);
      await expect(project.echo).toHaveText(echoed);
    }
    await project.amount.blur();
    await expect(project.amountError).toContainText("Do you mean €1,000.00 or €1.00? Write 1000 or 1.");
    await project.amount.fill("998,50 €");
    await expect(project.echo).toHaveText("You bid €998.50");
    await expect(project.amountError).toBeHidden();
    await project.bidButton.click();
    await project.says("Your bid is in.");
    await expect(project.standing).toContainText("Your bid €998.50");
  });

  test("it submits without leaving the page and shows the result", async ({ page, newcomer }) => {
    const path = await projectFor(page, newcomer);
    const project = new ProjectPage(page);
    await project.goto(path);
    const sent = page.waitForRequest((request) => request.method() === "POST");
    await project.bid("640");
    expect((await sent).isNavigationRequest()).toBe(false);
    await expect(page).toHaveURL(path);
    await expect(project.standing).toContainText("You’re in the lead");
    await expect(project.amount, "the next bid starts empty").toHaveValue("");
  });

  test("it submits what was typed before its code had loaded", async ({ page, newcomer }) => {
    const path = await projectFor(page, newcomer);
    let arrive = () => {};
    const arrived = new Promise<void>((done) => (arrive = done));
    await page.route("**/pkg/split_islands*", async (route) => {
      await arrived;
      await route.continue();
    });
    const project = new ProjectPage(page);
    await page.goto(path, { waitUntil: "commit" });
    await project.amount.fill("640");
    arrive();
    await project.awake();
    await expect(project.echo).toHaveText("You bid €640.00");
    await project.bidButton.click();
    await project.says("Your bid is in.");
    await expect(project.standing).toContainText("€640.00");
  });

  test("it shows the server's refusal at the field even if the page is stale", async ({ page, newcomer }) => {
    const path = await projectFor(page, newcomer);
    const project = new ProjectPage(page);
    await project.goto(path);
    // The same buyer bids in another window.
    await bid(page, path, "500");
    await project.bidInVain("600");
    await expect(project.amountError).toContainText(/€500\.00.* must be lower\.$/);
    await expect(project.amount).toHaveValue("600");
    await expect(project.amount).toBeFocused();
  });

  test("without a network it reports the failure, keeps the input and can be submitted again", async ({ page, newcomer, complaints }) => {
    complaints.expect(/net::ERR_FAILED/);
    const project = new ProjectPage(page);
    await project.goto(await projectFor(page, newcomer));
    await page.route("**/writes/place-bid*", (route) => route.abort());
    await project.amount.fill("333.33");
    await project.bidButton.click();
    await expect(project.alert).toContainText("The server could not be reached, so this may not have been done. Try again.");
    await expect(project.amount).toHaveValue("333.33");
    await page.unroute("**/writes/place-bid*");
    await expect(project.bidButton).toHaveText("Place bid");
    await project.bidButton.click();
    await project.says("Your bid is in.");
    await expect(project.standing).toContainText("€333.33");
  });

  test("after signing out elsewhere it leads to the sign-in page and back", async ({ page, newcomer }) => {
    const path = await projectFor(page, newcomer);
    const project = new ProjectPage(page);
    await project.goto(path);
    await page.context().clearCookies({ name: "guildhall" });
    await project.amount.fill("640");
    await project.bidButton.click();
    await expect(page).toHaveURL((url) => url.pathname === "/sign-in" && url.searchParams.get("next") === path);
  });
});

test("the project form echoes the budget in the chosen currency", async ({ page }) => {
  await newAccount(page, "seller", "Echoing Seller");
  const form = new ProjectFormPage(page);
  await form.open();
  await form.field("budget").pressSequentially("1.250,5");
  await expect(form.echo).toHaveText("= €1,250.50");
  await form.field("currency").selectOption("CHF");
  await expect(form.echo).toHaveText("= CHF 1,250.50");
  await form.field("budget").fill("€1,250");
  await expect(form.echo, "the amount is in another currency").toHaveText("");
  await form.field("currency").selectOption("EUR");
  await expect(form.echo).toHaveText("= €1,250.00");
});

test.describe("deadline picker", () => {
  test.use({ timezoneId: "America/New_York" });

  test("it selects the browser's zone, fills the field from presets and describes the time in words", async ({ page }) => {
    await newAccount(page, "seller", "Picking Seller");
    const form = new ProjectFormPage(page);
    await form.open();
    await expect(form.field("time_zone")).toHaveValue("America/New_York");
    for (const name of ["In 1 day", "In 3 days", "In 1 week", "In 2 weeks"]) {
      const before = await form.field("deadline").inputValue();
      await form.presets.getByRole("button", { name }).click();
      await expect(form.field("deadline")).not.toHaveValue(before);
      await expect(form.field("deadline")).toHaveValue(/^\d{4}-\d\d-\d\dT\d\d:00$/);
      await expect(form.liveLine).toHaveText(/^Closes \w{3} \d+ \w{3} \d{4}, \d\d:00 \(America\/New_York\), in (\d+ d \d+ h|23 h \d+ min)\.$/);
    }
    await form.field("time_zone").selectOption("Asia/Tokyo");
    await expect(form.liveLine).toContainText("(Asia/Tokyo)");
    await form.field("deadline").fill("2020-01-01T10:00");
    await expect(form.liveLine).toHaveText("This time has passed; choose a later one.");
  });

  test("it does not change the time zone of a draft", async ({ page }) => {
    await newAccount(page, "seller", "Keeping Seller");
    const form = new ProjectFormPage(page);
    await form.open();
    await form.fill({ name: "A draft with a zone", time_zone: "UTC", deadline: "2027-01-31T17:00" });
    await form.previewDescription();
    await expect(form.field("time_zone")).toHaveValue("UTC");
    await expect(form.field("deadline")).toHaveValue("2027-01-31T17:00");
  });
});

test.describe("theme switch", () => {
  test("it changes the theme at once, marks the pressed button and stores the choice", async ({ page }) => {
    const html = page.locator("html");
    const site = new Site(page);
    await site.goto("/");
    const requests: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    await site.theme("Dark").click();
    await expect(html).toHaveAttribute("data-theme", "guildhall-dark");
    await expect(site.theme("Dark")).toHaveAttribute("aria-pressed", "true");
    await expect(site.theme("System")).toHaveAttribute("aria-pressed", "false");
    expect(requests, "no request is sent").toEqual([]);
    await site.reload();
    await expect(html).toHaveAttribute("data-theme", "guildhall-dark");
    await expect(site.theme("Dark")).toHaveAttribute("aria-pressed", "true");
    await site.theme("System").click();
    await expect(html).not.toHaveAttribute("data-theme", /.*/);
    await site.reload();
    await expect(html).not.toHaveAttribute("data-theme", /.*/);
  });

  test("the two theme switches on the settings page agree", async ({ page }) => {
    const settings = new SettingsPage(page);
    await settings.open();
    const [header, panel] = [page.getByRole("banner"), page.getByRole("region", { name: "Theme" })];
    await panel.getByRole("button", { name: "Light" }).click();
    await expect(page.locator("html")).toHaveAttribute("data-theme", "guildhall-light");
    for (const part of [header, panel]) {
      await expect(part.getByRole("button", { name: "Light" })).toHaveAttribute("aria-pressed", "true");
      await expect(part.getByRole("button", { name: "System" })).toHaveAttribute("aria-pressed", "false");
    }
  });
});

test("the ticker keeps the time left in a list current", async ({ page }) => {
  await newAccount(page, "seller", "Ticking Seller");
  const word = rareWord();
  await openProject(page, { name: `Posters ${word}`, deadline: inSeconds(500) });
  const list = new ProjectsPage(page);
  await list.open(`?q=${word}`);
  const left = list.cards.locator(".time-left");
  await expect(left).toHaveText(/^\d min \d\d s$/);
  const before = await left.innerText();
  await expect(left).not.toHaveText(before);
});

test("islands start on a page that is never idle", async ({ page }) => {
  await page.addInitScript(() => {
    // Without a timeout, a busy browser would never run the callback.
    window.requestIdleCallback = (run, options) =>
      options?.timeout ? window.setTimeout(() => run({ didTimeout: true, timeRemaining: () => 0 }), options.timeout) : 0;
  });
  const site = new Site(page);
  await site.goto("/how-it-works");
  await site.theme("Dark").click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "guildhall-dark");
});
