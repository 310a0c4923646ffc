import { type BrowserContext, type BrowserContextOptions, type ConsoleMessage, type Page, test as base } from "@playwright/test";

export { expect, type Page } from "@playwright/test";

/** True if this run has JavaScript enabled. */
export const scripted = () => base.info().project.use.javaScriptEnabled !== false;

/** The errors a browser reported, and those a test expects. */
class Complaints {
  private readonly reported: string[] = [];
  private readonly expected: RegExp[] = [];

  watch(context: BrowserContext): void {
    context.on("console", (message) => {
      if (message.type() === "error" && !isRefusal(message)) this.reported.push(`${message.text()} (${message.location().url})`);
    });
    context.on("weberror", (error) => this.reported.push(`${error.error()}`));
  }

  /** Declares an error that the test provokes. */
  expect(pattern: RegExp): void {
    this.expected.push(pattern);
  }

  unexpected(): string[] {
    return this.reported.filter((complaint) => !this.expected.some((pattern) => pattern.test(complaint)));
  }
}

/** Chromium reports every page with a status above 399 as an error. A refused form is not an error; a missing file is. */
function isRefusal(message: ConsoleMessage): boolean {
  if (!/the server responded with a status of 4\d\d/.test(message.text())) return false;
  const { pathname } = new URL(message.location().url);
  return !/^\/(pkg|fonts)\/|\.\w+$/.test(pathname);
}

interface Fixtures {
  complaints: Complaints;
  /** Opens another person's browser, with its own cookies. */
  newcomer: (options?: BrowserContextOptions) => Promise<Page>;
}

export const test = base.extend<Fixtures>({
  baseURL: async ({}, use) => use(process.env.GUILDHALL_URL),
  complaints: [
    async ({}, use) => {
      const complaints = new Complaints();
      await use(complaints);
      base.expect(complaints.unexpected(), "errors in the browser's console").toEqual([]);
    },
    { auto: true },
  ],
  context: async ({ context, complaints }, use) => {
    complaints.watch(context);
    await use(context);
  },
  newcomer: async ({ browser, complaints, baseURL }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (options = {}) => {
      const context = await browser.newContext({ baseURL, ...options });
      complaints.watch(context);
      contexts.push(context);
      return context.newPage();
    });
    await Promise.all(contexts.map((context) => context.close()));
  },
});
