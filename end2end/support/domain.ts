import { serveDomain } from "./server";
import { test as base } from "./test";

/** On a server with a domain name, because no passkey can be bound to an IP address. */
export const test = base.extend<object, { domain: string }>({
  domain: [
    async ({}, use) => {
      const server = await serveDomain();
      await use(server.url);
      await server.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  baseURL: async ({ domain }, use) => use(domain),
});
