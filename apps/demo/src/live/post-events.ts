import { request } from "node:http";

/** Sends lines to a gateway as any client would. Resolves when there was an answer, or there will be none. */
export function postEvents(url: string, lines: string): Promise<void> {
  return new Promise((resolve) => {
    const body = Buffer.from(lines);
    const headers = { "Content-Type": "application/x-ndjson", "Content-Length": body.length };
    // A connection for each: one that rests may be closed while the next request is on its way.
    const post = request(`${url}/events`, { method: "POST", agent: false, headers }, (response) => {
      response.resume();
      response.on("close", resolve);
    });
    post.on("error", () => resolve());
    post.end(body);
  });
}
