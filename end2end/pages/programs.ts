import { type Locator, type Page, expect } from "@playwright/test";
import { Site } from "./site";

/** The lists of authorized and registered programs. */
export class ProgramsPage extends Site {
  readonly allowed: Locator;
  readonly owned: Locator;

  constructor(page: Page) {
    super(page);
    this.allowed = page.getByRole("region", { name: "Apps you allowed" });
    this.owned = page.getByRole("region", { name: "Apps you registered" });
  }

  async open(): Promise<void> {
    await this.goto("/account/programs");
  }

  async revoke(name: string): Promise<void> {
    await this.allowed.getByRole("button", { name: `Revoke access for ${name}` }).click();
    await this.says("Revoked.");
  }
}

export interface Typed {
  name: string;
  kind: "On a server" | "On people's devices";
  redirects: string[];
  scopes: string[];
  byCode?: boolean;
}

/** A program with its credentials. */
export interface Program {
  id: string;
  secret: string | undefined;
}

/** The form to register a program, and the program's page. */
export class ProgramPage extends Site {
  readonly secret: Locator;

  constructor(page: Page) {
    super(page);
    this.secret = page.locator("#client-secret");
  }

  async openNew(): Promise<void> {
    await this.goto("/account/programs/new");
  }

  async register({ name, kind, redirects, scopes, byCode = false }: Typed): Promise<Program> {
    await this.openNew();
    await this.page.getByRole("radio", { name: kind }).check();
    await this.page.getByRole("textbox", { name: "Name" }).fill(name);
    await this.page.getByLabel("Redirect addresses").fill(redirects.join("\n"));
    if (byCode) await this.page.getByRole("checkbox", { name: "with a code" }).check();
    for (const scope of scopes) await this.page.getByRole("checkbox", { name: scope }).check();
    await this.page.getByRole("button", { name: "Register app" }).click();
    await expect(this.heading).toHaveText(name);
    await this.awake();
    const id = await this.page.getByRole("region", { name: "Client id", exact: true }).locator("code").innerText();
    return { id, secret: kind === "On a server" ? await this.secret.innerText() : undefined };
  }
}

/** The consent page. */
export class ConsentPage extends Site {
  async allow(): Promise<void> {
    await this.page.getByRole("main").getByRole("button", { name: "Allow", exact: true }).click();
  }

  async refuse(): Promise<void> {
    await this.page.getByRole("main").getByRole("button", { name: "Don't allow" }).click();
  }
}
