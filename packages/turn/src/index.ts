export { nextTurn } from "./lib/next-turn.ts";
