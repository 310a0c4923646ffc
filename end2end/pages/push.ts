import type { Locator, Page } from "@playwright/test";
import { AccountPage } from "./account";
import { Site } from "./site";

/** The browsers that show somebody's notifications. */
export class PushPage extends Site {
  readonly turnOnButton: Locator;
  readonly browsers: Locator;

  constructor(page: Page) {
    super(page);
    this.turnOnButton = page.getByRole("button", { name: "Show notifications here" });
    this.browsers = page.getByRole("region", { name: "Browsers that show your notifications" }).getByRole("listitem");
  }

  /** From the account's page. */
  async open(): Promise<void> {
    await new AccountPage(this.page).open();
    await this.page.getByRole("link", { name: "Notifications in your browser" }).click();
    await this.awake();
  }
}
