import type { IncomingMessage } from "node:http";

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** The part of a request that says who asks. */
export type Caller = Pick<IncomingMessage, "headers"> & {
  readonly socket: { readonly localAddress?: string | undefined };
};

/**
 * Whether it was asked for by an address of this machine, or by the one that it was told to listen on. Another name that
 * leads here belongs to somebody else, who would like a browser to take us for a part of their site (DNS rebinding).
 */
export function isOwnHost({ headers, socket }: Caller, listensOn: string): boolean {
  const name = hostName(headers.host);
  if (name === undefined) return false;
  return LOOPBACK.has(name) || name === bracketed(listensOn) || name === bracketed(plain(socket.localAddress ?? ""));
}

/** Whether nobody but our own page, or a program that is no browser, asks. */
export function isSameOrigin(caller: Caller, listensOn: string): boolean {
  if (!isOwnHost(caller, listensOn)) return false;
  const { origin, host = "", "sec-fetch-site": site } = caller.headers;
  if (origin !== undefined && origin !== `http://${host}`) return false;
  return site === undefined || site === "same-origin" || site === "none";
}

function hostName(host: string | undefined): string | undefined {
  const [, name] = /^(\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i.exec(host ?? "") ?? [];
  return name?.toLowerCase();
}

function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]`.toLowerCase() : address.toLowerCase();
}

/** An IPv4 address as a socket for both families calls it. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}
