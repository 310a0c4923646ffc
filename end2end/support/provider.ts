import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { withOutput } from "./output";

/** As long as Guildhall's own first start: loading the library and generating RSA keys take seconds on a busy machine. */
const START_TIMEOUT_MS = 90_000;

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
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output: string[] = [];
  createInterface({ input: child.stderr! }).on("line", (line) => output.push(line));
  const addresses = await new Promise<Addresses>((found, failed) => {
    const timer = setTimeout(() => {
      child.kill();
      failed(new Error(withOutput("The program with the providers did not start", output)));
    }, START_TIMEOUT_MS);
    child.once("exit", (code) => {
      clearTimeout(timer);
      failed(new Error(withOutput(`The program with the providers exited with ${code}`, output)));
    });
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
