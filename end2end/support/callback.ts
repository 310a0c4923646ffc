// A redirect URI for test programs: a separate server on the loopback interface.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Callback {
  /** The registered redirect URI, without a port. */
  registered: string;
  /** The requested redirect URI, with the port. */
  address: string;
  /** Resolves with the URL of the next redirect to it. */
  called: () => Promise<URL>;
  close: () => void;
}

export async function listen(): Promise<Callback> {
  const calls: URL[] = [];
  const waiting: ((url: URL) => void)[] = [];
  const server = createServer((request, response) => {
    response.setHeader("content-type", "text/html").end("<!doctype html><title>Back</title><link rel=icon href='data:,'><p>Back in the program");
    if (!request.url?.startsWith("/done")) return;
    const url = new URL(request.url, address);
    const next = waiting.shift();
    if (next) next(url);
    else calls.push(url);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/done`;
  return {
    registered: "http://127.0.0.1/done",
    address,
    called: () => {
      const call = calls.shift();
      return call ? Promise.resolve(call) : new Promise((next) => waiting.push(next));
    },
    close: () => server.close(),
  };
}
