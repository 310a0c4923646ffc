// A receiver of webhooks: a separate server on the loopback interface.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Message {
  headers: Record<string, string>;
  body: string;
}

export interface Receiver {
  address: string;
  messages: Message[];
  /** The status of every further answer. */
  answers: (status: number) => void;
  close: () => void;
}

/** Starts a receiver that accepts every message. */
export async function receive(): Promise<Receiver> {
  const messages: Message[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      messages.push({ headers: request.headers as Record<string, string>, body: Buffer.concat(chunks).toString() });
      response.writeHead(status, { "content-type": "text/plain" }).end(status < 300 ? "Thanks" : "No, thanks");
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    messages,
    answers: (next) => {
      status = next;
    },
    close: () => server.close(),
  };
}
