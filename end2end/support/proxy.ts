// A connection to the server that can be cut, as by a restart or a lost network, or that holds streams back.

import { type AddressInfo, type Server, type Socket, connect, createServer } from "node:net";

export interface Line {
  url: string;
  /** Closes every connection and accepts no others. */
  cut: () => Promise<void>;
  mend: () => Promise<void>;
}

/** A proxy to the server at `target`; with `keepsStreams` it passes only the head of a stream, as some proxies do. */
export async function line(target: string, { keepsStreams = false } = {}): Promise<Line> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let server: Server;
  let own = 0;
  const mend = async () => {
    server = createServer((near) => {
      const far = connect(Number(port), hostname);
      for (const [one, other] of [[near, far], [far, near]] as const) {
        open.add(one);
        one.on("error", () => other.destroy());
        one.on("close", () => {
          open.delete(one);
          other.destroy();
        });
      }
      near.pipe(far);
      let isKept = false;
      near.on("data", (request: Buffer) => {
        isKept ||= keepsStreams && request.includes("text/event-stream");
      });
      far.on("data", (answer: Buffer) => {
        const head = answer.indexOf("\r\n\r\n");
        if (!isKept) near.write(answer);
        else if (head >= 0 && answer.includes("text/event-stream")) near.write(answer.subarray(0, head + 4));
      });
    });
    await new Promise<void>((listening) => server.listen(own, "127.0.0.1", listening));
    own = (server.address() as AddressInfo).port;
  };
  const cut = async () => {
    const closed = new Promise<void>((done) => server.close(() => done()));
    for (const socket of open) socket.destroy();
    await closed;
  };
  await mend();
  return { url: `http://127.0.0.1:${own}`, cut, mend };
}
