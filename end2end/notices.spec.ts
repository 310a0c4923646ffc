import { NoticesPage } from "./pages/notices";
import { bid, newAccount, openProject, signIn } from "./support/fixtures";
import { looksRight } from "./support/looks";
import { expect, scripted, test } from "./support/test";

test("a bid is at the seller's bell, in the list and in the mail", async ({ page, newcomer }) => {
  const [seller, buyer] = [new NoticesPage(page), await newcomer()];
  const [account] = await Promise.all([newAccount(page, "seller", "Told Seller"), newAccount(buyer, "buyer", "Bidding Buyer")]);
  const path = await openProject(page);
  await seller.goto("/dashboard");
  await expect(seller.count).toHaveText("");

  await bid(buyer, path, "900");
  if (scripted()) {
    // On the page that is open.
    await expect(seller.count).toHaveText("1");
  } else {
    await expect(async () => {
      await seller.goto("/dashboard");
      await expect(seller.count).toHaveText("1", { timeout: 100 });
    }).toPass();
  }
  await seller.open();
  await expect(seller.rows).toHaveCount(1);
  await expect(seller.rows).toContainText("First bid");
  await expect(seller.rows).toContainText("Leaflet for a bicycle kitchen");
  await expect(seller.rows).toContainText("Someone has bid €900.00.");
  await expect(seller.rows).toContainText("New");
  await looksRight(page, "notices");

  await seller.rows.getByRole("button", { name: "Open" }).click();
  await page.waitForURL(`**${path}`);
  await seller.awake();
  await expect(seller.count).toHaveText("");
  await seller.open();
  await expect(seller.rows.getByText("New", { exact: true })).toHaveCount(0);

  await seller.goto("/account/notices");
  const box = page.getByRole("checkbox", { name: "The first bid on your project: E-mail" });
  await expect(box).toBeChecked();
  await box.uncheck();
  await page.getByRole("button", { name: "Save" }).click();
  await seller.says("Your choices are saved.");
  await expect(box).not.toBeChecked();
  await expect(page.getByRole("checkbox", { name: "Your password is changed: E-mail" })).toBeDisabled();
  await looksRight(page, "notice-choices");

  await expect(async () => {
    const mail = await page.request.get("/dev/mail", { params: { to: account.email } });
    expect(await mail.text()).toContain("First bid");
  }).toPass();
});

test("a sign-in from another browser is told at once", async ({ page, newcomer }) => {
  const notices = new NoticesPage(page);
  const account = await newAccount(page, "buyer", "Careful Buyer");
  await signIn(await newcomer(), account);
  await expect(async () => {
    await notices.goto("/notices?show=account");
    await expect(notices.rows).toContainText("New sign-in", { timeout: 100 });
  }).toPass();
});

test("quiet hours and a digest are chosen; what is refused is kept", async ({ page }) => {
  const settings = new NoticesPage(page);
  await newAccount(page, "seller", "Sleeping Seller");
  await settings.goto("/account/notices");
  const [from, until] = [page.getByLabel("Quiet from"), page.getByLabel("Quiet until")];
  const box = page.getByRole("checkbox", { name: "The first bid on your project: E-mail" });
  await expect(page.getByRole("radio", { name: /At once/ })).toBeChecked();
  await from.fill("22:00");
  await until.fill("22:00");
  await box.uncheck();
  await page.getByRole("radio", { name: /Daily/ }).check();
  await page.getByLabel("Digest time").selectOption("18:00");
  await page.getByLabel("Time zone").selectOption("America/Argentina/Buenos Aires");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page).toHaveTitle(/^Error: Notification settings/);
  await expect(page.getByRole("alert")).toContainText("Quiet until: Choose another time: quiet hours can't last the whole day.");
  await expect(until).toHaveAttribute("aria-invalid", "true");
  await looksRight(page, "notice-schedule-refused");

  await until.fill("07:00");
  await page.getByRole("button", { name: "Save" }).click();
  await settings.says("Your choices are saved.");
  await settings.goto("/account/notices");
  await expect(from).toHaveValue("22:00");
  await expect(until).toHaveValue("07:00");
  await expect(box).not.toBeChecked();
  await expect(page.getByRole("radio", { name: /Daily/ })).toBeChecked();
  await expect(page.getByLabel("Digest time")).toHaveValue("18");
  await expect(page.getByLabel("Time zone")).toHaveValue("America/Argentina/Buenos_Aires");
});
