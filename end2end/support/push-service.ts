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
  isSubscriptionExpired: (clientHash: string) => boolean;
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
  /** Whether each subscription has ended, the oldest first. */
  ended: () => boolean[];
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
  const hashes: string[] = [];
  const last = () => hashes.at(-1) ?? "";
  await context.exposeFunction("subscribeToService", async (applicationServerKey: string) => {
    const { clientHash, ...subscription } = await model.subscribe({ userVisibleOnly: "true", applicationServerKey });
    hashes.push(clientHash);
    return subscription;
  });
  await context.exposeFunction("isSubscribed", () => last() !== "" && !model.isSubscriptionExpired(last()));
  await context.exposeFunction("unsubscribe", () => model.expireSubscription(last()));
  await context.addInitScript(() => {
    const service = window as unknown as {
      subscribeToService: (key: string) => Promise<PushSubscription>;
      isSubscribed: () => Promise<boolean>;
      unsubscribe: () => Promise<boolean>;
    };
    PushManager.prototype.subscribe = (options) => service.subscribeToService(options!.applicationServerKey as string);
    PushManager.prototype.getSubscription = async () =>
      (await service.isSubscribed()) ? ({ unsubscribe: service.unsubscribe } as PushSubscription) : null;
  });
  return {
    messages: () => (model.messages[last()] ?? []).map((message) => JSON.parse(message) as Record<string, unknown>),
    expire: () => model.expireSubscription(last()),
    ended: () => hashes.map((hash) => model.isSubscriptionExpired(hash)),
    close: () => server.close(),
  };
}
