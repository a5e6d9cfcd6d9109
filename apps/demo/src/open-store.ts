import type { Store, TableChoice } from "./store.ts";

export interface StoreChoice extends TableChoice {
  readonly databaseUrl: string | undefined;
  /** For the embedded database. */
  readonly folder: string;
}

/** Each database is loaded only when it is the one. */
export async function openStore({ databaseUrl, folder, ...table }: StoreChoice): Promise<Store> {
  if (databaseUrl !== undefined && databaseUrl !== "") {
    const { PostgresStore } = await import("./postgres-store.ts");
    return PostgresStore.open(databaseUrl, table);
  }
  const { PgliteStore } = await import("./pglite-store.ts");
  return PgliteStore.open(folder, table);
}
