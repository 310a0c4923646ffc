// Binding actions ask for confirmation, and "Keep" leaves everything as it was.
import { ProjectPage } from "./pages/project";
import { ProjectFormPage } from "./pages/project-form";
import { bid, newAccount, openProject, saveDraft } from "./support/fixtures";
import { expect, test } from "./support/test";

test("withdrawing, cancelling and discarding ask for confirmation and can be called off", async ({ page, newcomer }) => {
  const buyer = new ProjectPage(await newcomer());
  await Promise.all([newAccount(page, "seller", "Careful Seller"), newAccount(buyer.page, "buyer", "Careful Buyer")]);
  const path = await openProject(page);

  const own = new ProjectPage(page);
  await own.goto(path);
  await own.askToCancel();
  await page.getByRole("link", { name: "Keep the project" }).click();
  await expect(page).toHaveURL(path);
  await expect(own.auction).toContainText("Bidding ends");

  await bid(buyer.page, path, "640");
  await buyer.goto(path);
  await buyer.askToWithdraw();
  await expect(buyer.page.getByRole("main")).toContainText("Your bid of €640.00 on Leaflet for a bicycle kitchen will be withdrawn.");
  await expect(buyer.page.getByRole("main")).toContainText("but only below €640.00.");
  await buyer.page.getByRole("link", { name: "Keep my bid" }).click();
  await expect(buyer.page).toHaveURL(path);
  await expect(buyer.standing).toContainText("You’re in the lead");

  const form = new ProjectFormPage(page);
  const edit = `${await saveDraft(page)}/edit`;
  await form.goto(edit);
  await form.askToDiscard();
  await page.getByRole("link", { name: "Keep the draft" }).click();
  await expect(page).toHaveURL(edit);
});

test("an unusually low bid is placed only after it is confirmed, can be undone, and then no longer binds", async ({ page, newcomer }) => {
  const [buyer, other] = [new ProjectPage(await newcomer()), await newcomer()];
  await Promise.all([newAccount(page, "seller", "Fair Seller"), newAccount(buyer.page, "buyer", "Hasty Buyer"), newAccount(other, "buyer", "Usual Buyer")]);
  const path = await openProject(page);
  await bid(other, path, "900");

  await buyer.goto(path);
  await expect(buyer.bidForm).toContainText("You bid a fixed price for the whole project; the lowest bid wins at");
  await buyer.bidLow("€70.00");
  const main = buyer.page.getByRole("main");
  await expect(main).toContainText("You bid €70.00 for the whole project Leaflet for a bicycle kitchen. That is 92% below the next lowest bid, €900.00.");
  await buyer.page.getByRole("button", { name: "Change my bid" }).click();
  await buyer.awake();
  await expect(buyer.amount).toHaveValue("€70.00");
  await expect(buyer.auction).toContainText("€900.00");
  await expect(buyer.standing).toHaveCount(0);

  await buyer.bidLow("€70.00");
  await buyer.page.getByRole("button", { name: "Bid €70.00 anyway" }).click();
  await buyer.says("Your bid is in.");
  await expect(buyer.standing).toContainText("Your bid €70.00");

  await expect(buyer.page.getByText("You can undo this bid until")).toBeVisible();
  await buyer.undo();
  await buyer.says("Your bid is undone, as if you had not placed it.");
  await expect(buyer.standing).toHaveCount(0);
  await expect(buyer.history.nth(1)).toContainText("€70.00");
  await expect(buyer.history.nth(1)).toContainText("Undone");
  await expect(buyer.bidForm).toContainText("at most €1,000.00");
  await buyer.bid("700");
  await expect(buyer.standing).toContainText("Your bid €700.00");
  await expect(buyer.page.getByRole("button", { name: "Undo" }), "one undo per minute").toHaveCount(0);
});

test("undoing a bid that replaced another makes the other active again", async ({ page, newcomer }) => {
  const buyer = new ProjectPage(await newcomer());
  await Promise.all([newAccount(page, "seller", "Open Seller"), newAccount(buyer.page, "buyer", "Second Thoughts")]);
  const path = await openProject(page);
  await bid(buyer.page, path, "900");
  await bid(buyer.page, path, "890");
  await buyer.goto(path);
  await buyer.reload();
  await expect(buyer.standing.getByRole("button", { name: "Undo" })).toBeVisible();
  await buyer.undo();
  await buyer.says("Your bid is undone. Your earlier bid of €900.00 is active again.");
  await expect(buyer.standing).toContainText("Your bid €900.00");
  await expect(buyer.bidForm).toContainText("must be lower than €900.00");
});

test("the button that undoes a bid disappears in time, also with reduced motion", async ({ page, newcomer }) => {
  const buyer = new ProjectPage(await newcomer());
  await Promise.all([newAccount(page, "seller", "Calm Seller"), newAccount(buyer.page, "buyer", "Calm Buyer")]);
  const path = await openProject(page);
  for (const [reducedMotion, amount] of [["reduce", "900"], ["no-preference", "890"]] as const) {
    await buyer.page.emulateMedia({ reducedMotion });
    await buyer.goto(path);
    await buyer.bid(amount);
    const undo = buyer.page.getByRole("button", { name: "Undo" });
    await expect(undo).toBeVisible();
    // To just before the end of the minute.
    await buyer.page.locator(".undo").evaluate((form) => {
      for (const animation of form.getAnimations()) animation.currentTime = 49_000;
    });
    await expect(undo).toBeVisible();
    await buyer.page.locator(".undo").evaluate((form) => {
      for (const animation of form.getAnimations()) animation.finish();
    });
    await expect(undo, reducedMotion).toBeHidden();
  }
});

test("confirming a cancellation after a bid has arrived is refused on the project's page", async ({ page, newcomer }) => {
  const buyer = await newcomer();
  await Promise.all([newAccount(page, "seller", "Late Seller"), newAccount(buyer, "buyer", "Quick Buyer")]);
  const path = await openProject(page);
  const own = new ProjectPage(page);
  await own.goto(path);
  await own.askToCancel();
  await bid(buyer, path, "640");
  await page.getByRole("button", { name: "Cancel project" }).click();
  await expect(own.alert).toContainText("There is a bid already, so the project can't be cancelled.");
  await expect(own.auction).toContainText("€640.00");
  await own.awake();
  expect(await own.goto(`${path}/cancel`)).toBe(409);
  await expect(own.alert).toContainText("There is a bid already");
});
