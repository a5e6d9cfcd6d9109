/** Imports a peer. From here, since this folder's node_modules are where the peers are. */
export function load(name) {
  return import(name);
}
