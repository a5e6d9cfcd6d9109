import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Stands between a client and a server on loopback, and does to their connections what networks do. */
export interface TcpProxy {
  readonly port: number;
  /** Resets all connections. New ones are let in. */
  cut(): void;
  /** Passes requests on, and cuts the connection instead of passing on the reply: the server has done it, and nobody knows. */
  cutInsteadOfReply(): void;
  /** Lets nothing through, in both directions, without ending a connection. */
  freeze(): void;
  /** Ends `cutInsteadOfReply` and `freeze`. */
  heal(): void;
  /** Leads new connections to another server, and cuts those that are there. */
  leadTo(port: number): void;
  stop(): Promise<void>;
}

/** A proxy to the server that listens on a port of loopback. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [client: Socket, server: Socket]>();
  let state: "open" | "frozen" | "cutting" = "open";
  const cut = (): void => {
    for (const pair of pairs) end(pair);
  };
  const listener = createServer((client) => {
    const server = connect(target, "127.0.0.1");
    const pair = [client, server] as const;
    pairs.add(pair);
    if (state === "frozen") for (const socket of pair) socket.pause();
    client.on("data", (chunk) => server.write(chunk));
    server.on("data", (chunk) => {
      if (state === "cutting") end(pair);
      else client.write(chunk);
    });
    onEnd(pair, () => pairs.delete(pair));
  }).listen(0, "127.0.0.1");
  await once(listener, "listening");

  return {
    port: (listener.address() as AddressInfo).port,
    cut,
    cutInsteadOfReply() {
      state = "cutting";
    },
    freeze() {
      state = "frozen";
      for (const pair of pairs) for (const socket of pair) socket.pause();
    },
    heal() {
      state = "open";
      for (const pair of pairs) for (const socket of pair) socket.resume();
    },
    leadTo(port) {
      target = port;
      cut();
    },
    async stop() {
      cut();
      listener.close();
      await once(listener, "close");
    },
  };
}

function onEnd(pair: readonly Socket[], call: () => void): void {
  for (const socket of pair) {
    socket.setNoDelay(true);
    socket.on("error", () => end(pair));
    socket.on("close", () => {
      call();
      end(pair);
    });
  }
}

function end(pair: readonly Socket[]): void {
  for (const socket of pair) socket.resetAndDestroy();
}
