import { type Locator, type Page, expect } from "@playwright/test";
import { scripted } from "../support/test";

/** The elements that every page has. */
export class Site {
  readonly heading: Locator;
  /** The notice about what has just succeeded. */
  readonly notice: Locator;
  /** The refusal of a whole form. */
  readonly alert: Locator;
  readonly errorSummary: Locator;
  /** The live region for screen readers. */
  readonly said: Locator;
  /** The mark that tells whether the page is live. */
  readonly live: Locator;

  constructor(readonly page: Page) {
    this.heading = page.getByRole("heading", { level: 1 });
    this.notice = page.locator("main .notice-success");
    this.alert = page.locator("main .notice-error:visible");
    this.errorSummary = page.locator(".error-summary");
    this.said = page.locator("[aria-live=polite]");
    this.live = page.locator("main .live-mark");
  }

  /** Navigates to a page and returns its status. */
  async goto(path: string): Promise<number> {
    const response = await this.page.goto(path);
    await this.awake();
    return response!.status();
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.awake();
  }

  /** With JavaScript, waits until every island is hydrated. */
  async awake(): Promise<void> {
    await this.page.waitForLoadState();
    if (!scripted()) return;
    await expect(this.page.locator("leptos-island").first()).toBeAttached();
    await expect(this.page.locator("leptos-island:not(:has(> [data-ready='true']))")).toHaveCount(0);
  }

  /** Acts, and waits until the page that the act leads to has replaced this one, even if both look the same. */
  async arrive(act: () => Promise<void>): Promise<void> {
    const arrival = this.page.waitForEvent("domcontentloaded");
    await act();
    await arrival;
    await this.awake();
  }

  /** Waits for the message about the last step. */
  async says(words: string | RegExp): Promise<void> {
    await expect(this.notice).toContainText(words);
    await this.awake();
  }

  /** The error of the field with this name. */
  errorAt(field: string): Locator {
    return this.page.locator(`#${field}-error`);
  }

  theme(name: "System" | "Light" | "Dark"): Locator {
    return this.page.locator("main, header").getByRole("button", { name, exact: true }).first();
  }

  async signOut(): Promise<void> {
    await this.page.getByRole("button", { name: "Sign out", exact: true }).click();
    await expect(this.page.getByRole("banner").getByRole("link", { name: "Sign in" })).toBeVisible();
    await this.awake();
  }
}
