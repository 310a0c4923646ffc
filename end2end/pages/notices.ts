import type { Locator, Page } from "@playwright/test";
import { Site } from "./site";

/** The list of notifications, and the bell that leads there. */
export class NoticesPage extends Site {
  readonly bell: Locator;
  readonly count: Locator;
  readonly rows: Locator;

  constructor(page: Page) {
    super(page);
    this.bell = page.getByRole("banner").getByRole("link", { name: "Notifications" });
    this.count = this.bell.locator(".bell-count");
    this.rows = page.getByRole("main").getByRole("listitem");
  }

  async open(): Promise<void> {
    await this.bell.click();
    await this.page.waitForURL("**/notices");
    await this.awake();
  }
}
