import { type Locator, type Page, expect } from "@playwright/test";
import { Site } from "./site";

/** The account page: the name, the e-mail, the password and the sessions. */
export class AccountPage extends Site {
  readonly sessions: Locator;

  constructor(page: Page) {
    super(page);
    this.sessions = page.getByRole("region", { name: "Sessions" }).getByRole("listitem");
  }

  async open(): Promise<void> {
    await this.goto("/account");
  }

  async rename(name: string): Promise<void> {
    await this.page.getByLabel("Name", { exact: true }).fill(name);
    await this.page.getByRole("button", { name: "Save name" }).click();
  }

  /** Follows the link to the page of the e-mail. */
  async openEmail(): Promise<void> {
    await this.page.getByRole("link", { name: "Change e-mail address" }).click();
    await expect(this.heading).toHaveText("Change your e-mail address");
    await this.awake();
  }

  async changeEmail(email: string, present: string): Promise<void> {
    await this.page.getByLabel("New e-mail address").fill(email);
    await this.page.getByLabel("Current password").fill(present);
    await this.page.getByRole("button", { name: "Change e-mail address" }).click();
  }

  async changePassword(present: string, next: string): Promise<void> {
    await this.page.getByLabel("Current password").fill(present);
    await this.page.getByLabel("New password").fill(next);
    await this.page.getByRole("button", { name: "Change password" }).click();
  }

  /** Asserts that a signed-out visitor is redirected to the sign-in page. */
  async asksToSignIn(): Promise<void> {
    await this.page.goto("/account");
    await expect(this.page).toHaveURL(/\/sign-in\?next=\/account$/);
    await this.awake();
  }
}

/** The settings for theme and time zone, which need no account. */
export class SettingsPage extends Site {
  async open(): Promise<void> {
    await this.goto("/settings");
  }

  async showTimesIn(zone: string): Promise<void> {
    await this.page.getByLabel("Show times in").selectOption(zone);
    await this.page.getByRole("button", { name: "Save time zone" }).click();
    await this.says("Times are now shown in your time zone.");
  }
}
