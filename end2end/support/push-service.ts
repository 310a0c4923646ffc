// A push service that others wrote (web-push-testing): it verifies the token that names the site, and decrypts what browsers get.
// Its own command listens on all interfaces, so it runs in this process, on the loopback interface.

import { type RequestListener, createServer } from "node:http";
import type { BrowserContext } from "@playwright/test";
import { freePort } from "./provider";

interface Subscription {
  endpoint: string;
  keys: { p256dh: string; auth: string };
  clientHash: string;
}

interface Model {
  notifyUrl: string;
  messages: Record<string, string[]>;
  subscribe: (options: { userVisibleOnly: string; applicationServerKey: string }) => Promise<Subscription>;
  expireSubscription: (clientHash: string) => void;
}

interface Service {
  _app: RequestListener;
  setRequestHandlers: () => void;
}

const { PushApiModel } = require("web-push-testing/src/PushApiModel") as { PushApiModel: new () => Model };
const WebPushTestingServer = require("web-push-testing/src/server") as new (model: Model, port: number) => Service;

export interface PushService {
  /** The messages of the browser that subscribed last, as it reads them. */
  messages: () => Record<string, unknown>[];
  /** From now on, the service answers that this browser takes no messages any more. */
  expire: () => void;
  close: () => void;
}

/** Starts a service, and has the pages of this context subscribe to it instead of to that of the browser's maker. */
export async function pushService(context: BrowserContext): Promise<PushService> {
  const port = await freePort();
  const model = new PushApiModel();
  const service = new WebPushTestingServer(model, port);
  service.setRequestHandlers();
  model.notifyUrl = `http://127.0.0.1:${port}/notify/`;
  const server = createServer(service._app);
  await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
  let last = "";
  await context.exposeFunction("subscribeToService", async (applicationServerKey: string) => {
    const { clientHash, ...subscription } = await model.subscribe({ userVisibleOnly: "true", applicationServerKey });
    last = clientHash;
    return subscription;
  });
  await context.addInitScript(() => {
    const service = window as unknown as { subscribeToService: (key: string) => Promise<PushSubscription> };
    PushManager.prototype.subscribe = (options) => service.subscribeToService(options!.applicationServerKey as string);
  });
  return {
    messages: () => (model.messages[last] ?? []).map((message) => JSON.parse(message) as Record<string, unknown>),
    expire: () => model.expireSubscription(last),
    close: () => server.close(),
  };
}
