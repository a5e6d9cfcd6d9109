export {
  checkChoice,
  checkFunction,
  checkNumber,
  checkObject,
  checkSignal,
  type NumberRule,
  show,
} from "./lib/check.ts";
