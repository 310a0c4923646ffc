import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

const START_TIMEOUT_MS = 30_000;

/** The providers' URLs by slug. */
export type Addresses = Record<"example" | "rotating" | "late" | "misnamed", string>;

/** The providers' URLs, available in every test. */
export const providers = (): Addresses => JSON.parse(process.env.GUILDHALL_TEST_PROVIDERS!);

/** A port that is currently free, for a URL that others must know before the server starts. */
export function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer();
    server.once("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => found(port));
    });
  });
}

/** Starts the providers for the Guildhall server at this URL. */
export async function startProviders(guildhall: string): Promise<[ChildProcess, Addresses]> {
  const child = spawn(process.execPath, [resolve(__dirname, "provider.mjs"), guildhall], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const addresses = await new Promise<Addresses>((found, failed) => {
    const timer = setTimeout(() => failed(new Error("The providers did not start")), START_TIMEOUT_MS);
    child.once("exit", (code) => failed(new Error(`The providers exited with ${code}`)));
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const json = /^Providers (.*)/.exec(line)?.[1];
      if (!json) return;
      clearTimeout(timer);
      found(JSON.parse(json));
    });
  });
  return [child, addresses];
}

/** Writes Guildhall's providers file. */
export function writeConfiguration(file: string, addresses: Addresses): void {
  const entries = Object.entries(addresses).map(([slug, issuer]) => {
    const label = `${slug.slice(0, 1).toUpperCase()}${slug.slice(1)} ID`;
    return `[[provider]]
slug = "${slug}"
label = "${label}"
kind = "oidc"
issuer = "${issuer}"
client_id = "guildhall"
client_secret = "a secret between the two"
`;
  });
  writeFileSync(file, entries.join("\n"), { mode: 0o600 });
}
