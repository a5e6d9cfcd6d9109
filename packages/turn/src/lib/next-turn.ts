/**
 * Resolves in the next turn of the event loop, after I/O that is ready had its chance. A message, not a timer: timers
 * are rounded up to whole milliseconds in some places and stand still under fake timers.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener("message", () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(undefined);
  });
}
