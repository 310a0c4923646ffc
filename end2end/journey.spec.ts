import { DashboardPage } from "./pages/dashboard";
import { ProjectPage, ResultPage } from "./pages/project";
import { ProjectFormPage } from "./pages/project-form";
import { SignInPage, SignUpPage } from "./pages/sign-in";
import { type Account, inSeconds, newAccount, openProject, projectFields, rareWord, somebody, waitForResult } from "./support/fixtures";
import { confirmEmail } from "./support/letters";
import { type Page, expect, test } from "./support/test";

/** Much longer than the bids below take, so that a busy machine does not miss the deadline. */
const OPEN_FOR_SECONDS = 45;

async function arrive(page: Page, account: Account): Promise<void> {
  const signUp = new SignUpPage(page);
  await signUp.open();
  await signUp.signUp(account);
  await confirmEmail(page, account.email);
  await signUp.continueToSignIn();
  await new SignInPage(page).signIn(account);
}

test("a project goes from posting to award, and everybody sees what they may see", async ({ newcomer }) => {
  test.setTimeout(180_000);
  const [sellerPage, firstPage, secondPage, strangerPage] = [await newcomer(), await newcomer(), await newcomer(), await newcomer()];
  const seller = somebody("seller", "Ada Bakery");
  const first = somebody("buyer", "Ben First");
  const second = somebody("buyer", "Cleo Second");
  const name = `Menu cards ${rareWord()}`;
  let path = "";

  await test.step("three people sign up and sign in", async () => {
    await Promise.all([arrive(sellerPage, seller), arrive(firstPage, first), arrive(secondPage, second)]);
  });

  await test.step("the seller posts a project", async () => {
    const form = new ProjectFormPage(sellerPage);
    await form.open();
    await form.fill(projectFields({ name, budget: "1000", deadline: inSeconds(OPEN_FOR_SECONDS) }));
    path = await form.publish();
    await expect(form.heading).toHaveText(name);
  });

  const mine = new ProjectPage(firstPage);
  const theirs = new ProjectPage(secondPage);

  await test.step("the first bids and leads", async () => {
    await mine.goto(path);
    await mine.bid("900");
    await expect(mine.standing).toContainText("You’re in the lead");
  });
  await test.step("the second underbids", async () => {
    await theirs.goto(path);
    await theirs.bid("850.50");
    await expect(theirs.standing).toContainText("You’re in the lead");
  });
  await test.step("the first is outbid, bids lower and leads again", async () => {
    await mine.reload();
    await expect(mine.standing).toContainText("You’ve been outbid");
    await expect(mine.standing).toContainText("€49.50 above the lowest");
    await mine.bid("800");
    await expect(mine.standing).toContainText("You’re in the lead");
    await expect(mine.standing).toContainText("€800.00");
  });
  await test.step("the second withdraws, and bids again", async () => {
    await theirs.withdraw();
    await expect(theirs.standing).toHaveCount(0);
    await theirs.bid("820");
    await expect(theirs.standing).toContainText("You’ve been outbid");
    await expect(theirs.historyCount).toHaveText("4 bids in total");
  });

  await test.step("the deadline passes, and the page shows the result", async () => {
    await waitForResult(strangerPage, path);
    await mine.goto(path);
    await expect(mine.auction).toContainText("You won this project with your bid of €800.00");
    await expect(mine.bidForm).toHaveCount(0);
  });

  await test.step("the seller sees who won and how to reach them", async () => {
    const result = new ResultPage(sellerPage);
    await result.open(path);
    await expect(result.award).toContainText(first.name);
    await expect(result.award.getByRole("link", { name: first.email })).toHaveAttribute("href", `mailto:${first.email}`);
    await expect(result.ranking).toContainText(second.name);
  });
  await test.step("the winner sees who the seller is and how to reach them", async () => {
    const result = new ResultPage(firstPage);
    await result.open(path);
    await expect(result.award).toContainText("You won");
    await expect(result.award).toContainText(seller.name);
    await expect(result.award.getByRole("link", { name: seller.email })).toBeVisible();
    await expect(firstPage.locator("body")).not.toContainText(second.name);
  });
  await test.step("the loser and a stranger see pseudonyms only", async () => {
    for (const page of [secondPage, strangerPage]) {
      const result = new ResultPage(page);
      await result.open(path);
      await expect(result.award).toContainText("Bidder 1");
      await expect(page.locator("body")).not.toContainText(first.name);
      expect(await page.content(), "the markup does not contain the addresses either").not.toMatch(new RegExp(`${first.email}|${seller.email}`));
    }
  });

  await test.step("the winner and the seller find the next steps on the project's page, and a document to print", async () => {
    for (const [page, other] of [
      [firstPage, seller],
      [sellerPage, first],
    ] as const) {
      const project = new ProjectPage(page);
      await project.goto(path);
      const steps = page.locator(".win");
      await expect(steps).toContainText(`Write to ${other.name}`);
      await expect(steps.getByRole("link", { name: "Write an e-mail" })).toHaveAttribute("href", new RegExp(`^mailto:${other.email}\\?subject=`));
      await steps.getByRole("link", { name: "Award document" }).click();
      await expect(page).toHaveURL(`${path}/award`);
      await expect(page.getByRole("article")).toContainText(other.email);
      await expect(page.getByRole("article")).toContainText("Verified.");
    }
    await new ProjectPage(secondPage).goto(path);
    await expect(secondPage.locator(".win")).toHaveCount(0);
  });

  await test.step("each dashboard shows how it ended", async () => {
    for (const [page, heading, badge] of [
      [sellerPage, "Needs you now", "Awarded"],
      [firstPage, "You won", "Won"],
      [secondPage, "Lost", "Lost"],
    ] as const) {
      const dashboard = new DashboardPage(page);
      await dashboard.open();
      await expect(dashboard.section(heading).getByRole("link", { name })).toBeVisible();
      await expect(dashboard.project(name).locator(".badge")).toHaveText(badge);
    }
    await expect(new DashboardPage(sellerPage).project(name)).toContainText(first.email);
    await expect(new DashboardPage(firstPage).project(name)).toContainText(seller.email);
    await expect(new DashboardPage(secondPage).project(name)).not.toContainText(seller.email);
  });
});

test("the Enter key in a text field saves a draft, and does not need a category", async ({ page }) => {
  await newAccount(page, "seller", "Enter Seller");
  const form = new ProjectFormPage(page);
  await form.open();
  await expect(form.field("category")).toHaveValue("");
  await form.field("name").fill("A letterhead");
  await form.field("summary").press("Enter");
  await form.says("The draft is saved. Only you can see it.");
  await expect(form.field("name")).toHaveValue("A letterhead");
  await expect(form.field("category")).toHaveValue("");
  await form.publishInVain();
  await expect(form.errorAt("category")).toContainText("Choose a category.");
});

test("a visitor who signs up to bid lands on the project", async ({ page, newcomer }) => {
  const seller = await newcomer();
  await newAccount(seller, "seller", "Visited Seller");
  const path = await openProject(seller);
  const project = new ProjectPage(page);
  await project.goto(path);
  await project.auction.getByRole("link", { name: "Sign up" }).click();
  const account = somebody("buyer", "Late Visitor");
  const signUp = new SignUpPage(page);
  await signUp.awake();
  await signUp.signUp(account);
  await signUp.continueToSignIn();
  await expect(page.getByLabel("E-mail")).toHaveValue(account.email);
  await page.getByLabel("Password").fill(account.password);
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(path);
  await expect(project.amount).toBeVisible();
});
