import { existsSync } from "node:fs";
import { defineConfig, devices } from "@playwright/test";

const withoutJavaScript = [/(calendar|dashboard|journey|confirmation|review|refusals|account|search|identity|oauth|passkey-pages|push-pages|privacy|reset-password|second-factor|security-log|tokens|narrow|archive|staircase|watch|webhooks|zones)\.spec\.ts/];

export default defineConfig({
  globalSetup: "./support/server.ts",
  fullyParallel: true,
  // Three times the cores of the CI machine: many journeys wait for a deadline or a timeout, and others run meanwhile.
  workers: 6,
  // A test that passes only on a retry counts as failed.
  retries: 0,
  forbidOnly: !!process.env.CI,
  timeout: 90_000,
  expect: { timeout: 15_000, toPass: { timeout: 30_000 } },
  reporter: "list",
  use: {
    ...devices["Desktop Chrome"],
    timezoneId: "UTC",
    actionTimeout: 15_000,
    navigationTimeout: 30_000,
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM_BIN ?? ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"].find(existsSync),
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        // WebAssembly without its second, optimizing compiler, which pays off only in pages that stay open.
        "--js-flags=--liftoff-only",
      ],
    },
  },
  projects: [
    { name: "javascript" },
    { name: "no-javascript", use: { javaScriptEnabled: false }, testMatch: withoutJavaScript },
  ],
});
