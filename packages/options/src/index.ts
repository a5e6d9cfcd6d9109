export {
  checkBoolean,
  checkChoice,
  checkFunction,
  checkNumber,
  checkObject,
  checkSignal,
  checkText,
  NOT_EMPTY,
  type NumberRule,
  show,
  type TextRule,
} from "./lib/check.ts";
