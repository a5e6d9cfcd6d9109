import type { IncomingMessage, ServerResponse } from "node:http";
import type { Answer } from "./answer.ts";
import type { RequestBody } from "./request-body.ts";

const LINGER_BYTES = 16 * 2 ** 20;
const LINGER_MS = 2_000;

/** A request and its answer under way. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: RequestBody;
  /** False while the client waits to be told to send its body. */
  bodyComes: boolean;
}

/** Writes the answer, as JSON. */
export function send(exchange: Exchange, { status, headers, body }: Answer): Promise<void> {
  const text = Buffer.from(`${JSON.stringify(body)}\n`);
  return sendBytes(exchange, status, { "Content-Type": "application/json; charset=utf-8", ...headers }, text);
}

/**
 * Writes an answer. When the client is still sending, the rest of its body is read and thrown away for a while first
 * and the connection closed afterwards if that was not enough: closing at once would make TCP discard the answer.
 */
export async function sendBytes(
  { response, body, bodyComes }: Exchange,
  status: number,
  headers: Readonly<Record<string, string>>,
  bytes: Buffer,
): Promise<void> {
  response.writeHead(status, {
    "Content-Length": bytes.length,
    ...(!bodyComes && { Connection: "close" }),
    ...headers,
  });
  // With its length known, the client has the whole answer now, though the exchange is not over.
  response.write(bytes);
  const bodyEnded = !bodyComes || (await body.discard(LINGER_BYTES, LINGER_MS));
  response.end(() => {
    if (!bodyEnded) response.destroy();
  });
}
