import { type Locator, type Page, expect } from "@playwright/test";
import type { ProjectFields } from "../support/fixtures";
import { Site } from "./site";

const LABELS: Record<keyof ProjectFields, string> = {
  name: "Name",
  summary: "Summary",
  description: "Description",
  category: "Category",
  skills: "Skills (optional)",
  budget: "Budget",
  currency: "Currency",
  deadline: "Bidding ends",
  time_zone: "Time zone",
  work_place: "Where (optional)",
  site: "Town or area (optional)",
  delivery_date: "Delivery date (optional)",
  duration: "Expected duration (optional)",
  duration_unit: "Unit of the duration",
};
const CHOICES: (keyof ProjectFields)[] = ["category", "currency", "time_zone", "work_place", "duration_unit"];

/** The form to post a project or edit a draft. */
export class ProjectFormPage extends Site {
  readonly reviewButton: Locator;
  /** The button on the review page. */
  readonly publishButton: Locator;
  readonly presets: Locator;
  /** The deadline in words, as the island understands it. */
  readonly liveLine: Locator;
  readonly preview: Locator;
  /** Says when what is typed was last saved. */
  readonly autosaved: Locator;
  /** The budget that was typed, as the form understands it. */
  readonly echo: Locator;

  constructor(page: Page) {
    super(page);
    this.reviewButton = page.getByRole("button", { name: "Review and publish" });
    this.publishButton = page.getByRole("button", { name: "Publish now" });
    this.presets = page.getByRole("group", { name: "Set the deadline to" });
    this.liveLine = page.locator("fieldset", { hasText: "Deadline" }).locator("p[aria-live]");
    this.autosaved = page.getByText(/^What you typed was saved at \d\d:\d\d\.$/);
    this.echo = page.getByRole("group", { name: "Price" }).getByRole("status");
    this.preview = page.getByRole("region", { name: "Preview of the description" });
  }

  async open(): Promise<void> {
    await this.goto("/projects/new");
  }

  field(name: keyof ProjectFields): Locator {
    return this.page.getByRole("main").getByLabel(LABELS[name], { exact: true });
  }

  async fill(values: Partial<ProjectFields>): Promise<void> {
    for (const [name, value] of Object.entries(values) as [keyof ProjectFields, string][]) {
      const field = this.field(name);
      if (CHOICES.includes(name)) await field.selectOption(value);
      else await field.fill(value);
    }
  }

  /** Enters text that a browser's date field would not accept, as in a browser without date fields. */
  async typeDeadline(text: string): Promise<void> {
    await this.field("deadline").evaluate((field) => field.setAttribute("type", "text"));
    await this.field("deadline").fill(text);
  }

  /** Shows the project as buyers will see it. */
  async review(): Promise<void> {
    await this.reviewButton.click();
    await expect(this.publishButton).toBeVisible();
    await this.awake();
  }

  /** Returns from the review to the form. */
  async backToEditing(): Promise<void> {
    await this.page.getByRole("button", { name: "Back to editing" }).click();
    await expect(this.reviewButton).toBeVisible();
    await this.awake();
  }

  /** Publishes after the review and returns the project's path. */
  async publish(): Promise<string> {
    await this.review();
    await this.publishButton.click();
    await this.says("The project is published and takes bids.");
    return new URL(this.page.url()).pathname;
  }

  async saveDraft(): Promise<void> {
    await this.page.getByRole("button", { name: "Save draft" }).click();
    await this.says("The draft is saved. Only you can see it.");
  }

  /** Saves the draft and waits for the refused form. */
  async saveDraftInVain(): Promise<void> {
    await this.arrive(() => this.page.getByRole("button", { name: "Save draft" }).click());
    await expect(this.page).toHaveTitle(/^Error: /);
  }

  async askToDiscard(): Promise<void> {
    await this.page.getByRole("link", { name: "Discard draft" }).click();
    await expect(this.heading).toHaveText("Discard this draft?");
    await this.awake();
  }

  async discard(): Promise<void> {
    await this.askToDiscard();
    await this.page.getByRole("button", { name: "Discard draft" }).click();
    await this.says("The draft is discarded.");
  }

  async previewDescription(): Promise<void> {
    await this.page.getByRole("button", { name: "Preview description" }).click();
    await expect(this.preview).toBeVisible();
    await this.awake();
  }

  /** Asks for the review and waits for the refused form. */
  async publishInVain(): Promise<void> {
    await this.arrive(() => this.reviewButton.click());
    await expect(this.page).toHaveTitle(/^Error: /);
  }
}
