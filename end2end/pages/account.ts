import { type Locator, type Page, expect } from "@playwright/test";
import { Site } from "./site";

/** The account page: the password and the sessions. */
export class AccountPage extends Site {
  readonly sessions: Locator;

  constructor(page: Page) {
    super(page);
    this.sessions = page.getByRole("region", { name: "Sessions" }).getByRole("listitem");
  }

  async open(): Promise<void> {
    await this.goto("/account");
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
