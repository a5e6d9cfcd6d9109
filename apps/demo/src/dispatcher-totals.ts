import type { DispatcherStats, DropReason } from "@disp/core";

type Amount = DispatcherStats["buffer"]["total"];

/** What several dispatchers are doing and have done, together; the state is that of the first. */
export function totalOf(first: DispatcherStats, others: readonly DispatcherStats[]): DispatcherStats {
  return others.reduce(plus, first);
}

function plus(a: DispatcherStats, b: DispatcherStats): DispatcherStats {
  return {
    state: a.state,
    accepted: a.accepted + b.accepted,
    delivered: a.delivered + b.delivered,
    dropped: droppedTogether(a.dropped, b.dropped),
    abandoned: a.abandoned + b.abandoned,
    inFlight: a.inFlight + b.inFlight,
    waiting: a.waiting + b.waiting,
    batches: a.batches + b.batches,
    sends: a.sends + b.sends,
    retries: a.retries + b.retries,
    failures: a.failures + b.failures,
    oldestSendAgeMs: Math.max(a.oldestSendAgeMs, b.oldestSendAgeMs),
    buffer: {
      unleased: amount(a.buffer.unleased, b.buffer.unleased),
      leased: amount(a.buffer.leased, b.buffer.leased),
      droppedLeased: amount(a.buffer.droppedLeased, b.buffer.droppedLeased),
      delivered: amount(a.buffer.delivered, b.buffer.delivered),
      dropped: amount(a.buffer.dropped, b.buffer.dropped),
      total: amount(a.buffer.total, b.buffer.total),
      batches: a.buffer.batches + b.buffer.batches,
      leases: a.buffer.leases + b.buffer.leases,
      empty: a.buffer.empty && b.buffer.empty,
    },
  };
}

function amount(a: Amount, b: Amount): Amount {
  return { items: a.items + b.items, size: a.size + b.size };
}

function droppedTogether(a: DispatcherStats["dropped"], b: DispatcherStats["dropped"]): DispatcherStats["dropped"] {
  const sums = Object.entries(a).map(([reason, items]) => [reason, items + b[reason as DropReason]]);
  return Object.fromEntries(sums) as DispatcherStats["dropped"];
}
