import { type Locator, type Page, expect } from "@playwright/test";
import { AccountPage } from "./account";
import { Site } from "./site";

/** The list of passkeys. */
export class PasskeysPage extends Site {
  /** Signs in, on the sign-in page. */
  readonly signInButton: Locator;

  constructor(page: Page) {
    super(page);
    this.signInButton = page.getByRole("button", { name: "Sign in with a passkey" });
  }

  /** From the account's page. */
  async open(): Promise<void> {
    await new AccountPage(this.page).open();
    await this.page.getByRole("link", { name: "Manage passkeys" }).click();
    await expect(this.heading).toHaveText("Passkeys");
    await this.awake();
  }
}
