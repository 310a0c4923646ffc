import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { withOutput } from "./output";
import { freePort, startProviders, writeConfiguration } from "./provider";

const repository = resolve(__dirname, "../..");
/** The first start creates a PostgreSQL cluster, runs the migrations and seeds the demo data. */
const START_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 30_000;
/** The server's log, which has the cause of any 500 in a test. */
const LOG = join(__dirname, "../test-results/server.log");

/** Starts a server with its own database for the whole run, and sign-in providers; removes everything at the end. */
export default async function startServer(): Promise<() => Promise<void>> {
  const dataDir = newDataDir();
  const addr = `127.0.0.1:${await freePort()}`;
  const [outside, addresses] = await startProviders(`http://${addr}`);
  process.env.GUILDHALL_TEST_PROVIDERS = JSON.stringify(addresses);
  const providers = join(dataDir, "providers.toml");
  writeConfiguration(providers, addresses);
  mkdirSync(dirname(LOG), { recursive: true });
  writeFileSync(LOG, "");
  try {
    // The receivers of webhooks are on this machine.
    const server = await serve(dataDir, addr, ["--providers", providers, "--webhook-networks", "127.0.0.0/8"]);
    process.env.GUILDHALL_URL = server.url;
    return async () => {
      await server.stop();
      outside.kill();
    };
  } catch (error) {
    outside.kill();
    throw error;
  }
}

export interface Server {
  url: string;
  /** Stops it and removes its database. */
  stop: () => Promise<void>;
}

/** Starts another server, with its own database, whose address is a domain name: passkeys need one. */
export async function serveDomain(): Promise<Server> {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const { stop } = await serve(newDataDir(), `127.0.0.1:${port}`, ["--public-url", url]);
  return { url, stop };
}

function newDataDir(): string {
  const dataDir = mkdtempSync(join(tmpdir(), "guildhall-end2end-"));
  // PostgreSQL does not run as root and must be able to enter the directory.
  chmodSync(dataDir, 0o711);
  return dataDir;
}

/** Starts a server, and waits until it answers. */
async function serve(dataDir: string, addr: string, flags: string[]): Promise<Server> {
  // All accounts of the run are created from one IP address.
  const limits = ["--sign-ups-per-address", "0", "--no-daily-limits", "--page-rate-limit", "0"];
  const server = spawn(binary(), ["serve", "--demo", "--addr", addr, ...limits, ...flags], {
    cwd: repository,
    env: environment(dataDir),
    stdio: ["ignore", "ignore", "pipe"],
  });
  const output: string[] = [];
  const stop = async () => {
    await stopServer(server, output);
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    const url = await address(server, output);
    await waitUntilReady(url, output);
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function binary(): string {
  return resolve(process.env.GUILDHALL_BIN ?? join(repository, "target/debug/guildhall"));
}

function environment(dataDir: string): NodeJS.ProcessEnv {
  const { DATABASE_URL: _, ...others } = process.env;
  return {
    // bin/test sets where it built the pages; otherwise they are in cargo-leptos' default directory.
    LEPTOS_SITE_ROOT: join(repository, "target/site"),
    ...others,
    GUILDHALL_DATA_DIR: join(dataDir, "postgres"),
    LEPTOS_OUTPUT_NAME: "guildhall",
    LEPTOS_SITE_PKG_DIR: "pkg",
    LEPTOS_HASH_FILES: "true",
  };
}

/** The server's address, from its output. */
function address(server: ChildProcess, output: string[]): Promise<string> {
  return new Promise((found, failed) => {
    const timer = setTimeout(() => failed(new Error(withOutput("The server did not start", output))), START_TIMEOUT_MS);
    const end = (settle: () => void) => {
      clearTimeout(timer);
      settle();
    };
    server.once("error", (error) => end(() => failed(new Error(`Cannot run the server; build it first. ${error.message}`))));
    server.once("exit", (code) => end(() => failed(new Error(withOutput(`The server exited with ${code}`, output)))));
    createInterface({ input: server.stderr! }).on("line", (line) => {
      output.push(line);
      appendFileSync(LOG, `${line}\n`);
      const url = /Guildhall serves on (http:\S+)/.exec(line)?.[1];
      if (url) end(() => found(url));
    });
  });
}

async function waitUntilReady(url: string, output: string[]): Promise<void> {
  const until = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < until) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await pause(100);
  }
  throw new Error(withOutput("The server did not become ready", output));
}

/** Asks the server to stop, and kills it only if it does not. */
async function stopServer(server: ChildProcess, output: string[]): Promise<void> {
  if (server.exitCode !== null || server.pid === undefined) return;
  const exit = new Promise<number | null>((ended) => server.once("exit", ended));
  server.kill("SIGTERM");
  const code = await Promise.race([exit, pause(STOP_TIMEOUT_MS, "late" as const, { ref: false })]);
  if (code === "late") {
    server.kill("SIGKILL");
    await exit;
  }
  if (code !== 0) console.error(withOutput(`The server exited with ${code}`, output));
}
