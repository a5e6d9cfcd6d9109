// @ts-check
/* global document, EventSource, setTimeout */

/** @typedef {import("../src/live/snapshot.ts").Snapshot} Snapshot */

/**
 * Hears what the gateway tells, again and again after a break; and says when there is one. Not while the page is hidden:
 * nobody looks.
 *
 * @param {{ onSnapshot: (snapshot: Snapshot) => void, onBreak: () => void }} listener
 */
export function listen({ onSnapshot, onBreak }) {
  /** @type {EventSource | undefined} */
  let source;
  const open = () => {
    source = new EventSource("/live");
    source.onmessage = ({ data }) => onSnapshot(JSON.parse(data));
    source.onerror = () => {
      onBreak();
      // It gives up by itself only when it was refused: later there may be room.
      if (source?.readyState === EventSource.CLOSED) setTimeout(reopen, 2_000);
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
