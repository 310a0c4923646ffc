import { type Locator, expect } from "@playwright/test";
import { Site } from "./site";

/** A seller's projects by state, or a buyer's bids by standing. */
export class DashboardPage extends Site {
  async open(): Promise<void> {
    await this.goto("/dashboard");
  }

  section(heading: string): Locator {
    return this.page.getByRole("region", { name: heading, exact: true });
  }

  project(name: string): Locator {
    return this.page.getByRole("article").filter({ has: this.page.getByRole("link", { name, exact: true }) });
  }

  /** The link that reloads the page in its new order. */
  get movedLink(): Locator {
    return this.page.locator("[data-live=moved]");
  }

  /** Opens the tab of this state or standing. */
  async openTab(name: string): Promise<void> {
    await this.page.getByRole("navigation", { name: /states|standings/ }).getByRole("link", { name: new RegExp(`^${name} \\d`) }).click();
    await expect(this.section(name)).toBeVisible();
    await this.awake();
  }

  /** Opens the tab, and returns the path of its first project. */
  async firstIn(heading: string): Promise<string> {
    await this.openTab(heading);
    const link = this.section(heading).getByRole("heading", { level: 3 }).getByRole("link").first();
    await expect(link, `a project under ${heading}`).toBeVisible();
    return (await link.getAttribute("href"))!;
  }
}
