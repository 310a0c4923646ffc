// Notifications that the browser shows while the site is closed, through a push service and the real service worker.

import type { BrowserContext, Worker } from "@playwright/test";
import { PushPage } from "./pages/push";
import { WebhooksPage } from "./pages/webhooks";
import { bid, newAccount, openProject } from "./support/fixtures";
import { looksRight } from "./support/looks";
import { pushService } from "./support/push-service";
import { type Page, expect, test } from "./support/test";

/** What the service worker of this context shows and opens. Headless browsers show no notifications and open no windows by themselves. */
async function recorded(context: BrowserContext): Promise<Worker> {
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent("serviceworker"));
  await worker.evaluate(() => {
    const scope = self as unknown as Scope;
    scope.recorded = [];
    scope.registration.showNotification = (title, { data, ...options }) => Promise.resolve(void scope.recorded.push({ title, ...options, opens: data }));
    scope.clients.openWindow = (url) => Promise.resolve(void scope.recorded.push({ opened: url }));
  });
  return worker;
}

interface Scope {
  recorded: Record<string, unknown>[];
  registration: { showNotification: (title: string, options: Record<string, unknown>) => Promise<void> };
  clients: { openWindow: (url: string) => Promise<void> };
  dispatchEvent: (event: Event) => void;
}

/** Hands a message to the service worker, as the browser does. */
async function deliver(page: Page, message: Record<string, unknown>): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const registered = new Promise<string>((found) =>
    session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => registrations[0] && found(registrations[0].registrationId)),
  );
  await session.send("ServiceWorker.enable");
  const { origin } = new URL(page.url());
  await session.send("ServiceWorker.deliverPushMessage", { origin, registrationId: await registered, data: JSON.stringify(message) });
}

/** Presses a notification that opens this path. */
async function press(worker: Worker, path: string): Promise<void> {
  await worker.evaluate((path) => {
    const scope = self as unknown as Scope;
    const notification = { data: path, close: () => scope.recorded.push({ closed: path }) };
    const waitUntil = (promise: Promise<void>) => void promise;
    scope.dispatchEvent(Object.assign(new Event("notificationclick"), { notification, waitUntil }));
  }, path);
}

test("a browser shows notifications from the press of a button to the sign-out", async ({ page, context, newcomer }) => {
  const service = await pushService(context);
  const buyer = await newcomer();
  await Promise.all([newAccount(page, "seller", "Push Seller"), newAccount(buyer, "buyer", "Push Buyer")]);
  const push = new PushPage(page);
  await push.open();
  await looksRight(page, "push-off");
  await page.getByLabel("Name").fill("Laptop in the workshop");
  await push.turnOnButton.click();
  await push.says("This browser shows your notifications now.");
  await expect(push.browsers).toContainText(["Laptop in the workshop"]);
  await expect(push.turnOnButton).toHaveCount(0);
  await push.awake();
  await looksRight(page, "push-on");

  await expect.poll(() => service.messages().length, "the first message shows that they arrive").toBe(1);
  const worker = await recorded(context);
  await deliver(page, service.messages()[0]!);
  const path = await openProject(page, { name: "Sign above the door", budget: "1000" });
  await bid(buyer, path, "800.50");
  await expect.poll(() => service.messages().length).toBe(2);
  await deliver(page, service.messages()[1]!);
  const seen = () => worker.evaluate(() => (self as unknown as Scope).recorded);
  await expect.poll(seen).toHaveLength(2);
  await press(worker, path);
  await expect.poll(seen).toHaveLength(4);
  const [first, told, ...pressed] = await seen();
  expect(first).toMatchObject({ title: "A browser shows your notifications", silent: false, opens: "/account/notices/push" });
  expect(told).toEqual({ title: "First bid", body: "Sign above the door\nSomeone has bid €800.50.", silent: false, tag: service.messages()[1]!.tag, opens: path });
  expect(pressed).toEqual([{ closed: path }, { opened: path }]);

  await push.open();
  await push.signOut();
  await bid(buyer, path, "700");
  await newAccount(page, "buyer", "Push Stranger");
  await push.open();
  await expect(push.browsers).toHaveCount(0);
  await expect(push.turnOnButton).toBeVisible();
  expect(service.messages(), "nothing is sent to a browser that is signed out").toHaveLength(2);
  await push.turnOnButton.click();
  await push.says("This browser shows your notifications now.");
  expect(service.ended(), "nobody can go on using the subscription of another account").toEqual([true, false]);
  service.close();
});

test("a browser that forbids notifications is told what to do, and one that has ended subscribes anew", async ({ page, context }) => {
  const service = await pushService(context);
  await newAccount(page, "buyer", "Push Doubter");
  const push = new PushPage(page);
  await push.open();
  await page.evaluate(() => {
    PushManager.prototype.subscribe = () => Promise.reject(new DOMException("Permission denied", "NotAllowedError"));
  });
  await push.turnOnButton.click();
  await expect(page.getByRole("alert")).toContainText("Check that your browser allows them");
  await looksRight(page, "push-refused");

  await push.reload();
  await push.turnOnButton.click();
  await push.says("This browser shows your notifications now.");
  await expect.poll(() => service.messages().length).toBe(1);
  service.expire();
  await page.getByRole("link", { name: /^Test or remove/ }).click();
  const own = new WebhooksPage(page);
  await own.awake();
  await own.press("Send a test message");
  await own.logs(2);
  await expect(page.getByText("The browser no longer takes notifications.")).toBeVisible();
  await looksRight(page, "push-ended");
  await push.open();
  await expect(push.browsers).toContainText("Ended");
  await push.turnOnButton.press("Enter");
  await push.says("This browser shows your notifications now.");
  await expect(push.browsers).toHaveCount(1);
  await expect(push.browsers).not.toContainText("Ended");
  await page.getByRole("link", { name: /^Test or remove/ }).press("Enter");
  await own.awake();
  await looksRight(page, "push-browser");
  await page.getByRole("link", { name: "Remove", exact: true }).press("Enter");
  await own.awake();
  await looksRight(page, "push-remove");
  await own.press("Remove browser");
  await own.says("The browser no longer shows your notifications.");
  await expect(push.browsers).toHaveCount(0);
  service.close();
});
