// @ts-check
/* global document, EventSource, setTimeout, fetch, AbortController */

/** @typedef {import("../src/live/snapshot.ts").Snapshot} Snapshot */

const AWAY = "The gateway cannot be reached. The numbers are old; this page goes on when it is back.";
const CROWDED = "Too many are looking already. This page goes on when there is room.";

/**
 * Hears what the gateway tells, again and again after a break; and says why there is one. Not while the page is hidden:
 * nobody looks.
 *
 * @param {{ onSnapshot: (snapshot: Snapshot) => void, onBreak: (sentence: string) => void }} listener
 */
export function listen({ onSnapshot, onBreak }) {
  /** @type {EventSource | undefined} */
  let source;
  const open = () => {
    const own = new EventSource("/live");
    source = own;
    own.onmessage = ({ data }) => onSnapshot(JSON.parse(data));
    own.onerror = () => {
      if (own.readyState !== EventSource.CLOSED) return onBreak(AWAY);
      // It gives up by itself only when it was refused: later there may be room.
      void isCrowded().then((crowded) => own === source && onBreak(crowded ? CROWDED : AWAY));
      setTimeout(() => own === source && reopen(), 2_000);
    };
  };
  const reopen = () => {
    source?.close();
    source = undefined;
    if (!document.hidden) open();
  };
  document.addEventListener("visibilitychange", reopen);
  reopen();
}

/** An event source does not tell why it was refused. */
async function isCrowded() {
  const ended = new AbortController();
  try {
    return (await fetch("/live", { signal: ended.signal })).status === 503;
  } catch {
    return false;
  } finally {
    ended.abort();
  }
}
