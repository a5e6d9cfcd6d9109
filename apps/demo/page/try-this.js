// @ts-check
/* global document */
import { child } from "./elements.js";
import { EXPERIMENTS, isSetUp } from "./experiments.js";

/**
 * @typedef {import("../src/live/controls.ts").Controls} Controls
 * @typedef {import("./experiments.js").Experiment} Experiment
 * @typedef {import("./experiments.js").Change} Change
 */

/** A second click of the same hand must not undo what the first one did. */
const SAME_HAND_MS = 700;

/** What there is to try. The button that sets an experiment up is the one that ends it. */
export class TryThis {
  /** @type {{ experiment: Experiment, button: HTMLElement, isOn: boolean, since: number }[]} */
  #items;

  /**
   * @param {HTMLElement} list
   * @param {{ setUp: (change: Change) => void, end: (change: Change) => void }} orders
   */
  constructor(list, { setUp, end }) {
    this.#items = EXPERIMENTS.map((experiment) => {
      const item = { experiment, button: drawn(list, experiment), isOn: false, since: -Infinity };
      item.button.addEventListener("click", () => {
        if (performance.now() - item.since < SAME_HAND_MS) return;
        if (item.isOn) end(experiment.end.change);
        else setUp(experiment.change);
      });
      label(item.button, experiment, false);
      return item;
    });
  }

  /** @param {{ controls: Controls }} snapshot */
  show({ controls }) {
    for (const item of this.#items) {
      const isOn = isSetUp(item.experiment, controls);
      if (isOn === item.isOn) continue;
      item.isOn = isOn;
      item.since = performance.now();
      label(item.button, item.experiment, isOn);
    }
  }
}

/**
 * @param {HTMLElement} list
 * @param {Experiment} experiment
 */
function drawn(list, { title, text }) {
  const item = document.createElement("li");
  list.append(item);
  child(item, "h3", "").textContent = title;
  child(item, "p", "").textContent = text;
  const button = child(item, "button", "");
  button.setAttribute("type", "button");
  return button;
}

/**
 * @param {HTMLElement} button
 * @param {Experiment} experiment
 * @param {boolean} isOn
 */
function label(button, { title, end }, isOn) {
  button.textContent = isOn ? end.label : "Set up";
  button.setAttribute("aria-label", `${button.textContent}: ${title}`);
  button.classList.toggle("on", isOn);
}
