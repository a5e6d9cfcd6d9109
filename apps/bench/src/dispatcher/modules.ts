/** What the groups `dispatcher` and `backlog` use of their peers, which may not be installed. */

type Sent = Promise<unknown>;

export interface AsyncModule {
  readonly cargoQueue: (
    worker: (items: number[], done: () => void) => void,
    concurrency: number,
    payload: number,
  ) => { push(item: number, done: () => void): void; drain(): Promise<void> };
}

export interface BottleneckModule {
  readonly default: {
    readonly Batcher: new (options: {
      maxSize: number;
      maxTime: number;
    }) => {
      add(item: number): Promise<void>;
      on(event: "batch", send: (items: number[]) => Sent): void;
    };
  };
}

export interface DataLoaderModule {
  readonly default: new (
    load: (keys: readonly number[]) => Promise<readonly number[]>,
    options: { cache: boolean; maxBatchSize: number },
  ) => { load(key: number): Promise<number> };
}

interface AsyncBatcherOptions {
  readonly maxSize: number;
  readonly getShouldExecute?: (items: readonly number[]) => boolean;
  readonly asyncRetryerOptions?: { readonly maxAttempts: number; readonly baseWait: number };
}

export interface PacerModule {
  readonly AsyncBatcher: new (
    send: (items: number[]) => Sent,
    options: AsyncBatcherOptions,
  ) => { addItem(item: number): Sent; flush(): Sent };
  readonly AsyncQueuer: new (
    send: (items: number[]) => Sent,
    options: { readonly concurrency: number },
  ) => { addItem(items: number[]): boolean };
}

/** Something that can be observed, of which only its items are of interest here. */
export interface Observable<T> {
  pipe<R>(operator: Operator<T, R>): Observable<R>;
  subscribe(observer: { next: (item: T) => void }): void;
}

type Operator<T, R> = (source: Observable<T>) => Observable<R>;

export interface RxModule {
  readonly Subject: new () => Observable<number> & { next(item: number): void; complete(): void };
  readonly bufferCount: (length: number) => Operator<number, number[]>;
  readonly mergeMap: (
    send: (items: number[]) => Sent | Observable<unknown>,
    concurrency: number,
  ) => Operator<number[], unknown>;
  readonly defer: (send: () => Sent) => Observable<unknown>;
  readonly retry: (times: number) => Operator<unknown, unknown>;
}

/** A span that has ended, as far as its processor looks at it. */
export interface EndedSpan {
  readonly resource: object;
  spanContext(): { readonly traceFlags: number };
}

export interface TraceModule {
  readonly BatchSpanProcessor: new <S extends EndedSpan>(
    exporter: {
      export(spans: readonly S[], done: (result: { code: number }) => void): void;
      shutdown(): Promise<void>;
    },
    options: { maxExportBatchSize: number; maxQueueSize: number },
  ) => { onEnd(span: S): void; forceFlush(): Promise<void>; shutdown(): Promise<void> };
}

/** What describes work that results in an `A`. */
export interface Effect<A> {
  [Symbol.iterator](): Iterator<unknown, A, never>;
}

/** A queue, and what comes out of one: both are only handed on here. */
export interface EffectQueue {
  readonly strategy: string;
}

interface EffectStream<T> {
  pipe<A, B, C>(first: Step<EffectStream<T>, A>, second: Step<A, B>, third: Step<B, C>): C;
}

type Step<A, B> = (from: A) => B;

/** What a sink folds items into. */
export interface SizedBatch {
  readonly items: number[];
  size: number;
}

/** A request in a batch of them. */
interface Entry<R> {
  readonly request: R;
  completeUnsafe(exit: unknown): void;
}

interface Resolver<R> {
  readonly runAll: (entries: Entry<R>[], key: unknown) => Effect<void>;
}

export interface EffectModule {
  readonly Effect: {
    gen<A>(body: () => Generator<unknown, A, never>): Effect<A>;
    promise<A>(make: () => Promise<A>): Effect<A>;
    tryPromise<A>(make: () => Promise<A>): Effect<A>;
    retry<A>(work: Effect<A>, options: { times: number }): Effect<A>;
    succeed<A>(value: A): Effect<A>;
    exit(work: Effect<unknown>): Effect<unknown>;
    all(work: readonly Effect<unknown>[], options: { concurrency: "unbounded"; discard: true }): Effect<void>;
    forEach<T, A>(
      items: readonly T[],
      work: (item: T) => Effect<A>,
      options: { concurrency: "unbounded" },
    ): Effect<readonly A[]>;
    request<R>(request: R, resolver: Resolver<R>): Effect<void>;
    runPromise<A>(work: Effect<A>): Promise<A>;
  };
  readonly Queue: {
    bounded(room: number): Effect<EffectQueue>;
    unbounded(): Effect<EffectQueue>;
    offer(queue: EffectQueue, item: number): Effect<boolean>;
    offerUnsafe(queue: EffectQueue, item: number): boolean;
    takeBetween(queue: EffectQueue, min: number, max: number): Effect<number[]>;
    end(queue: EffectQueue): Effect<boolean>;
  };
  readonly Sink: {
    fold(
      initial: () => SizedBatch,
      goesOn: (batch: SizedBatch) => boolean,
      add: (batch: SizedBatch, item: number) => Effect<SizedBatch>,
    ): object;
  };
  readonly Stream: {
    fromQueue(queue: EffectQueue): EffectStream<number>;
    transduce(sink: object): Step<EffectStream<number>, EffectStream<unknown>>;
    mapEffect(
      work: (batch: SizedBatch) => Effect<unknown>,
      options: { concurrency: number; unordered: true },
    ): Step<EffectStream<unknown>, EffectStream<unknown>>;
    runDrain: Step<EffectStream<unknown>, Effect<void>>;
  };
  readonly Request: { Class: new <F extends object>(fields: F) => F };
  readonly RequestResolver: {
    make<R>(runAll: (entries: Entry<R>[]) => Effect<void>): Resolver<R>;
    batchN<R>(resolver: Resolver<R>, length: number): Resolver<R>;
  };
  readonly Exit: { readonly void: unknown };
}
