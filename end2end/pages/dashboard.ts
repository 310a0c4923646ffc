import { type Locator, expect } from "@playwright/test";
import { Site } from "./site";

/** A seller's projects by state, or a buyer's bids by standing. */
export class DashboardPage extends Site {
  async open(): Promise<void> {
    await this.goto("/dashboard");
  }

  part(heading: string): Locator {
    return this.page.getByRole("region", { name: heading, exact: true });
  }

  project(name: string): Locator {
    return this.page.getByRole("article").filter({ has: this.page.getByRole("link", { name, exact: true }) });
  }

  /** The link that reloads the page in its new order. */
  get moved(): Locator {
    return this.page.locator("[data-live=moved]");
  }

  /** Opens the tab of a state or a standing. */
  async openTab(name: string): Promise<void> {
    await this.page.getByRole("navigation", { name: /states|standings/ }).getByRole("link", { name: new RegExp(`^${name} \\d`) }).click();
    await expect(this.part(name)).toBeVisible();
    await this.awake();
  }

  /** The path of the first project in this tab. */
  async firstIn(heading: string): Promise<string> {
    await this.openTab(heading);
    const link = this.part(heading).getByRole("heading", { level: 3 }).getByRole("link").first();
    await expect(link, `a project under ${heading}`).toBeVisible();
    return (await link.getAttribute("href"))!;
  }
}
