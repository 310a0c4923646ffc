import { ProjectPage } from "./pages/project";
import { ProjectFormPage } from "./pages/project-form";
import { SignInPage, SignUpPage } from "./pages/sign-in";
import { Site } from "./pages/site";
import { bid, inSeconds, newAccount, openProject, projectFields, saveDraft, somebody, waitForDeadline } from "./support/fixtures";
import { expect, scripted, test } from "./support/test";

const AMOUNTS = [
  ["", "Enter an amount."],
  ["twelve", "Enter an amount in digits"],
  ["1,000.50", "Your bid is over the €1,000.00 budget."],
  ["1.000", "Do you mean €1,000.00 or €1.00? Write 1000 or 1."],
  ["$500", "This amount is in USD, but EUR is expected here."],
  ["1,00,50", "Enter an amount in digits"],
  ["-5", "Enter an amount above zero."],
  ["0", "Enter an amount above zero."],
  ["1000.01", "Your bid is over the €1,000.00 budget."],
  ["12.345", "Use at most 2 decimals."],
  ["12345678901234567890", "Enter an amount of at most 10,000,000,000,000,000."],
] as const;

test("an invalid amount is refused at its field, stays in it, and is not stored", async ({ page, newcomer }) => {
  await newAccount(page, "buyer", "Wrong Amounts");
  const seller = await newcomer();
  await newAccount(seller, "seller", "Some Seller");
  const project = new ProjectPage(page);
  const path = await openProject(seller);
  await project.goto(path);
  for (const [amount, words] of AMOUNTS) {
    await test.step(`'${amount}'`, async () => {
      await project.bidInVain(amount);
      await expect(project.amountError).toContainText(words);
      await expect(project.amount).toHaveValue(amount);
      await expect(project.amount).toHaveAttribute("aria-invalid", "true");
      if (scripted()) {
        await expect(project.amount).toBeFocused();
      } else {
        await expect(project.errorSummary).toContainText(words);
        await expect(page).toHaveTitle(/^Error: .* – Guildhall$/);
      }
    });
  }
  await project.goto(path);
  await expect(project.fact("Active bids")).toHaveText("0 bids");
  await expect(project.historyCount).toHaveText("0 bids in total");
});

test("a new bid that is not lower than the buyer's own is refused, and the old one stays active", async ({ page, newcomer }) => {
  const seller = await newcomer();
  await newAccount(seller, "seller", "Some Seller");
  await newAccount(page, "buyer", "Not Lower");
  const path = await openProject(seller);
  await bid(page, path, "500");
  const project = new ProjectPage(page);
  await project.goto(path);
  for (const amount of ["500", "500.01", "999"]) {
    await project.bidInVain(amount);
    await expect(project.amountError).toContainText(/€500\.00.* must be lower\.$/);
  }
  await project.goto(path);
  await expect(project.standing).toContainText("Your bid €500.00");
  await expect(project.historyCount).toHaveText("1 bid in total");
});

test("a completely invalid project form comes back with every error and every value", async ({ page }) => {
  await newAccount(page, "seller", "All Wrong");
  const form = new ProjectFormPage(page);
  await form.open();
  const wrong = { name: " ", summary: "", description: "  \n", category: "", skills: "a", budget: "a lot", time_zone: "UTC" };
  await form.fill(wrong);
  await form.typeDeadline("tomorrow");
  await form.publishInVain();
  await expect(page).toHaveTitle("Error: Post a project – Guildhall");
  const problems = {
    name: "Enter a name.",
    summary: "Enter a summary.",
    description: "Enter a description.",
    category: "Choose a category.",
    skills: "Use at least 2 characters.",
    budget: "Enter an amount in digits",
    deadline: "Enter a date and time such as",
  };
  for (const [name, words] of Object.entries(problems)) {
    await expect(form.errorAt(name)).toContainText(words);
    await expect(form.errorSummary.locator(`a[href="#${name}"]`)).toContainText(words);
  }
  await expect(form.errorSummary.getByRole("link")).toHaveCount(Object.keys(problems).length);
  for (const [name, value] of Object.entries(wrong)) await expect(form.field(name as keyof typeof wrong)).toHaveValue(value);
});

test("a deadline that is past, invalid or more than a year ahead is refused", async ({ page }) => {
  await newAccount(page, "seller", "Bad Deadlines");
  const form = new ProjectFormPage(page);
  await form.open();
  await form.fill(projectFields());
  for (const [deadline, words] of [
    [inSeconds(-3600), "This time has passed; choose a later one."],
    ["2027-02-30T10:00", "Enter a date and time such as"],
    ["next Friday", "Enter a date and time such as"],
    [inSeconds(400 * 24 * 3600), "Choose a time within the next year."],
    ["", "Enter a date and time."],
  ] as const) {
    await test.step(`'${deadline}'`, async () => {
      await form.typeDeadline(deadline);
      await form.publishInVain();
      await expect(form.errorAt("deadline")).toContainText(words);
      await expect(form.field("name")).toHaveValue(projectFields().name);
    });
  }
});

test("signing up with a known e-mail gets the same response as with a new one", async ({ page, newcomer }) => {
  const owner = await newcomer();
  const known = await newAccount(owner, "buyer", "Was First");
  const signUp = new SignUpPage(page);
  const answers: string[] = [];
  for (const account of [somebody("buyer", "New Here"), { ...known, name: "Somebody Else", password: "a lantern made of brass" }]) {
    await signUp.open();
    await signUp.signUp(account);
    answers.push((await page.getByRole("main").innerText()).replace(account.email, "(address)"));
  }
  expect(answers[1]).toBe(answers[0]);
  // The newcomer's account is empty, and in the same browser its owner's password opens the owner's.
  await signUp.continueToSignIn();
  await new SignInPage(page).signIn(known);
  await expect(page.getByRole("banner")).toContainText("Was First");
});

test("a wrong password and an unknown e-mail get the same response", async ({ page, newcomer }) => {
  const known = await newAccount(await newcomer(), "buyer", "Known Buyer");
  const signIn = new SignInPage(page);
  await signIn.open();
  const answers: string[] = [];
  for (const email of [known.email, somebody("buyer", "Nobody").email]) {
    await signIn.attempt(email, "not the password at all");
    await expect(page).toHaveTitle("Error: Sign in – Guildhall");
    await expect(page.getByLabel("E-mail")).toHaveValue(email);
    await expect(page.getByLabel("Password")).toHaveValue("");
    answers.push(await signIn.alert.innerText());
  }
  expect(answers[1]).toBe(answers[0]);
  expect(answers[0]).toContain("don't match an account");
});

test("a double click places one bid and publishes one project", async ({ page, newcomer }) => {
  const seller = await newcomer();
  await newAccount(seller, "seller", "Twice Clicking");
  const form = new ProjectFormPage(seller);
  await form.open();
  await form.fill(projectFields());
  await form.review();
  await form.publishButton.dblclick();
  await expect(seller).toHaveURL(/\/projects\/\d+$/);
  const path = new URL(seller.url()).pathname;
  await form.goto("/dashboard");
  await expect(seller.getByRole("article")).toHaveCount(1);

  await newAccount(page, "buyer", "Twice Bidding");
  const project = new ProjectPage(page);
  await project.goto(path);
  await project.amount.fill("700");
  await project.bidButton.dblclick();
  await expect(project.standing).toContainText("You’re in the lead");
  await project.goto(path);
  await expect(project.historyCount).toHaveText("1 bid in total");
});

test("an amount that was typed is still there after following a link and coming back", async ({ page, newcomer }) => {
  const seller = await newcomer();
  await newAccount(seller, "seller", "Ada Bakery");
  const path = await openProject(seller, {});
  await newAccount(page, "buyer", "Ben Signs");
  const project = new ProjectPage(page);
  await project.goto(path);
  await project.amount.fill("640");
  await project.goto("/how-it-works");
  await page.goBack();
  await project.awake();
  await expect(project.amount).toHaveValue("640");
  if (scripted()) await expect(project.echo).toHaveText("You bid €640.00");
  await project.bidButton.click();
  await project.says("Your bid is in.");
});

test("an outdated draft form reports that the draft has been published", async ({ page }) => {
  await newAccount(page, "seller", "Two Windows");
  const path = await saveDraft(page);
  const stale = new ProjectFormPage(page);
  await stale.goto(`${path}/edit`);
  const other = new ProjectFormPage(await page.context().newPage());
  await other.goto(`${path}/edit`);
  await other.publish();
  await stale.publishInVain();
  await expect(stale.alert).toContainText("This is no longer a draft. You can't edit a project once it's published.");
});

test("a page left open past the deadline refuses bids and says why", async ({ page, newcomer }) => {
  const seller = await newcomer();
  await newAccount(seller, "seller", "Soon Over");
  await newAccount(page, "buyer", "Too Late");
  const deadline = inSeconds(25);
  const path = await openProject(seller, { deadline });
  const project = new ProjectPage(page);
  await project.goto(path);
  if (scripted()) {
    await project.amount.fill("100");
    await expect(project.bidForm, "an open page removes its form by itself").toHaveCount(0, { timeout: 60_000 });
    await expect(project.auction).toContainText(/The deadline has passed|There were no active bids at the deadline/);
  } else {
    await waitForDeadline(seller, path);
    await project.amount.fill("100");
    await project.bidButton.click();
    await expect(project.alert).toContainText("The deadline has passed; bids are no longer accepted.");
  }
  await project.goto(path);
  await expect(project.historyCount).toHaveText("0 bids in total");
});

test("forbidden actions are refused with an explanation", async ({ page, newcomer }) => {
  const [seller, otherSeller, buyer] = [await newcomer(), await newcomer(), await newcomer()];
  await newAccount(seller, "seller", "The Owner");
  await newAccount(otherSeller, "seller", "Another Seller");
  await newAccount(buyer, "buyer", "A Buyer");
  const open = await openProject(seller);
  const hidden = await saveDraft(seller);

  await test.step("sellers have no bid form", async () => {
    for (const [who, words] of [[seller, "This is your project."], [otherSeller, "sellers don’t bid"]] as const) {
      const project = new ProjectPage(who);
      await project.goto(open);
      await expect(project.auction).toContainText(words);
      await expect(project.bidForm).toHaveCount(0);
    }
  });
  await test.step("somebody else's draft is not found", async () => {
    for (const who of [page, buyer, otherSeller]) expect(await new Site(who).goto(hidden)).toBe(404);
    expect(await new Site(otherSeller).goto(`${hidden}/edit`)).toBe(404);
    await expect(new Site(otherSeller).heading).toHaveText("Page not found");
  });
  await test.step("a buyer cannot post a project", async () => {
    expect(await new Site(buyer).goto("/projects/new")).toBe(403);
    await expect(new Site(buyer).heading).toHaveText("You don't have access to this page");
    await expect(buyer.getByRole("link", { name: "Go to your dashboard" })).toBeVisible();
  });
  await test.step("a signed-out visitor is sent to the sign-in page and then on", async () => {
    await new Site(page).goto("/projects/new");
    await expect(page).toHaveURL("/sign-in?next=/projects/new");
  });
});

test("every refusal has its own page", async ({ page }) => {
  const site = new Site(page);
  for (const [path, status, heading] of [
    ["/no-such-page", 404, "Page not found"],
    ["/projects/999999999", 404, "Page not found"],
    ["/projects/0x10", 404, "Page not found"],
    ["/sign-out", 405, "That can't be done here"],
  ] as const) {
    expect(await site.goto(path), path).toBe(status);
    await expect(site.heading).toHaveText(heading);
    await expect(page.locator(".error-code")).toHaveText(String(status));
    await expect(page.getByRole("banner")).toBeVisible();
  }
  await test.step("a form that none of our pages sends", async () => {
    await site.goto("/sign-in");
    await page.getByRole("main").locator("form").evaluate((form) => {
      for (let i = 0; i < 120; i++) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: `extra${i}` }));
    });
    await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
    await expect(site.heading).toHaveText("We could not read that");
    await expect(page.locator(".error-code")).toHaveText("422");
  });
});
