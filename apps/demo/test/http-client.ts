import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, request } from "node:http";

/** An answer of the gateway. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

export const NDJSON = "application/x-ndjson";
export const JSON_TYPE = "application/json";

/** Opens a POST whose body the test writes itself. */
export function openPost(url: string, type: string, headers: OutgoingHttpHeaders = {}): ClientRequest {
  return request(`${url}/events`, { method: "POST", agent: false, headers: { "Content-Type": type, ...headers } });
}

/** What was answered, even while the request was still being written. */
export async function replyTo(client: ClientRequest): Promise<Reply> {
  // Whoever writes on after the answer may find the connection closed.
  client.on("error", () => undefined);
  const [response] = (await once(client, "response")) as [IncomingMessage];
  return readReply(response);
}

export async function readReply(response: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: text === "" ? undefined : JSON.parse(text),
  };
}

export function post(
  url: string,
  type: string,
  body: string | Buffer,
  headers: OutgoingHttpHeaders = {},
): Promise<Reply> {
  const client = openPost(url, type, headers);
  const reply = replyTo(client);
  client.end(body);
  return reply;
}

export async function call(url: string, method: string, path: string): Promise<Reply> {
  const client = request(`${url}${path}`, { method, agent: false });
  client.end();
  return replyTo(client);
}

/** Looks, as a page does, until it is destroyed. Held by its socket: what `fetch` has begun ends when it is collected. */
export async function look(url: string): Promise<ClientRequest> {
  const client = request(`${url}/live`, { agent: false });
  client.on("error", () => undefined);
  client.end();
  const [response] = (await once(client, "response")) as [IncomingMessage];
  response.on("error", () => undefined);
  response.resume();
  return client;
}
