import { type Locator, type Page, expect } from "@playwright/test";
import { Site } from "./site";

/** The page of a published project, with its auction. */
export class ProjectPage extends Site {
  readonly timer: Locator;
  readonly auction: Locator;
  readonly bidForm: Locator;
  readonly amount: Locator;
  /** The note to the seller, folded until its summary is pressed. */
  readonly note: Locator;
  readonly bidButton: Locator;
  readonly amountError: Locator;
  /** The amount that was typed, as the form understands it. */
  readonly echo: Locator;
  /** The standing of the viewer's own bid. */
  readonly standing: Locator;
  readonly history: Locator;
  readonly historyCount: Locator;
  /** The picture of the lowest bid over time. */
  readonly picture: Locator;
  /** The link shown if there are bids that the history does not list yet. */
  readonly newer: Locator;

  constructor(page: Page) {
    super(page);
    this.auction = page.getByRole("complementary", { name: "Auction" });
    this.timer = this.auction.getByRole("timer", { name: "Time left" });
    this.bidForm = this.auction.locator("form:visible", { has: page.locator("#amount") });
    this.amount = this.bidForm.locator("#amount");
    this.note = this.bidForm.getByRole("textbox", { name: "Note to the seller" });
    this.bidButton = this.bidForm.getByRole("button");
    this.amountError = page.locator("#amount-error");
    this.echo = this.bidForm.getByRole("status");
    this.standing = this.auction.locator(".standing");
    this.history = page.getByRole("region", { name: "Bid table" }).getByRole("row");
    this.historyCount = page.getByRole("region", { name: "Bid history" }).locator(".section-head .count");
    this.picture = page.getByRole("img", { name: "The lowest bid over time" });
    this.newer = page.locator("[data-live=newer]");
  }

  /** A figure of the auction, by its label, such as `Active bids`. */
  fact(label: string): Locator {
    return this.auction.locator("dl > div", { hasText: label }).getByRole("definition");
  }

  /** Waits until the picture is loaded; returns its lines, which a bid or a withdrawal changes. */
  async drawn(): Promise<string[]> {
    await expect(this.picture).toBeVisible();
    await expect.poll(() => this.picture.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth > 0)).toBe(true);
    const answer = await this.page.request.get((await this.picture.getAttribute("src"))!);
    const lines = (await answer.text()).matchAll(/class="line" d="([^"]*)"/g);
    return [...lines].map(([, line]) => line!);
  }

  async bid(amount: string): Promise<void> {
    await this.amount.fill(amount);
    await this.bidButton.click();
    await this.says("Your bid is in.");
  }

  /** Unfolds the note and fills it in. */
  async addNote(note: string): Promise<void> {
    await this.bidForm.getByText("Add a note to the seller").click();
    await this.note.fill(note);
  }

  /** Submits an unusually low amount, written as the site prints it, and waits for the page that asks for confirmation. */
  async bidLow(amount: string): Promise<void> {
    await this.amount.fill(amount);
    await this.bidButton.click();
    await expect(this.heading).toHaveText(`Bid ${amount}?`);
    await this.awake();
  }

  /** Undoes the bid through a form that the browser submits itself. */
  async undo(): Promise<void> {
    await this.arrive(() => this.page.getByRole("button", { name: "Undo" }).click());
  }

  /** Submits an amount that is refused, and waits for the response. */
  async bidInVain(amount: string): Promise<void> {
    await this.amount.fill(amount);
    await this.bidButton.click();
    await expect(this.amountError).toBeVisible();
    await this.awake();
  }

  /** Follows the link named `act` to the page that asks for confirmation, which has a button of the same name. */
  private async ask(act: string, question: string): Promise<void> {
    await this.auction.getByRole("link", { name: act }).click();
    await expect(this.heading).toHaveText(question);
    await this.awake();
  }

  async askToWithdraw(): Promise<void> {
    await this.ask("Withdraw my bid", "Withdraw your bid?");
  }

  async askToCancel(): Promise<void> {
    await this.ask("Cancel project", "Cancel this project?");
  }

  async cancel(): Promise<void> {
    await this.askToCancel();
    await this.page.getByRole("button", { name: "Cancel project" }).click();
    await this.says("The project is cancelled. Nobody can bid on it any more.");
  }

  async withdraw(): Promise<void> {
    await this.askToWithdraw();
    await this.page.getByRole("button", { name: "Withdraw my bid" }).click();
    await this.says("Your bid is withdrawn. Until the deadline you can bid again, lower than before.");
  }
}

/** The result page of a project. */
export class ResultPage extends Site {
  readonly award: Locator;
  readonly ranking: Locator;

  constructor(page: Page) {
    super(page);
    this.award = page.locator("section.award");
    this.ranking = page.getByRole("region", { name: "Ranking table" });
  }

  async open(project: string): Promise<void> {
    await this.goto(`${project}/result`);
    await expect(this.page).toHaveURL(`${project}/result`);
  }
}
