import { type Locator, type Page, expect } from "@playwright/test";
import { Site } from "./site";

/** The list of webhooks, and the page of each. */
export class WebhooksPage extends Site {
  readonly webhooks: Locator;
  /** A new secret, shown once. */
  readonly secret: Locator;
  readonly addButton: Locator;
  readonly log: Locator;

  constructor(page: Page) {
    super(page);
    this.webhooks = page.getByRole("region", { name: "Your webhooks" }).getByRole("listitem");
    this.secret = page.getByRole("region", { name: "The secret" }).getByLabel("Secret");
    this.addButton = page.getByRole("button", { name: "Add webhook" });
    this.log = page.getByRole("region", { name: "Log" }).getByRole("listitem");
  }

  async open(): Promise<void> {
    await this.goto("/account/webhooks");
  }

  async add(name: string, format: RegExp, address: string): Promise<void> {
    await this.page.getByLabel("Name").fill(name);
    await this.page.getByRole("radio", { name: format }).check();
    await this.page.getByLabel("Address").fill(address);
    await this.addButton.click();
  }

  /** The page of this webhook. */
  async show(name: string): Promise<void> {
    await this.open();
    await this.page.getByRole("link", { name, exact: true }).click();
    await this.awake();
  }

  async press(button: string): Promise<void> {
    await this.page.getByRole("button", { name: button, exact: true }).click();
  }

  /** Reloads the page until its log has this many attempts. */
  async logs(count: number): Promise<void> {
    await expect(async () => {
      await this.reload();
      await expect(this.log).toHaveCount(count, { timeout: 100 });
    }).toPass({ timeout: 15_000 });
  }
}
