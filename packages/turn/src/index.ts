export { afterThisTurn } from "./lib/after-this-turn.ts";
export { nextTurn } from "./lib/next-turn.ts";
