import { once } from "node:events";
import { createServer } from "node:net";

const HOST = "127.0.0.1";
/**
 * Below the ports that systems give to whoever connects (Linux from 32,768 on, macOS and Windows from 49,152 on): of those,
 * any connection may take one before its server listens, or while it is down.
 */
const FIRST = 20_000;
const COUNT = 12_000;

/** A port on loopback that nobody listens to, and that no client is given by chance. */
export async function freePort(draw: () => number = anyPort): Promise<number> {
  for (;;) {
    const port = draw();
    if (await isFree(port)) return port;
  }
}

function anyPort(): number {
  return FIRST + Math.floor(Math.random() * COUNT);
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, HOST);
  try {
    await once(probe, "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return false;
    throw error;
  }
  probe.close();
  await once(probe, "close");
  return true;
}
