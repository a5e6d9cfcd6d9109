// @ts-check
/* global document, fetch, setTimeout, clearTimeout, HTMLButtonElement, HTMLOutputElement, HTMLElement */
import { byId } from "./elements.js";
import { count } from "./numbers.js";

/**
 * @typedef {import("../src/live/snapshot.ts").Snapshot} Snapshot
 * @typedef {import("../src/live/controls.ts").Controls} Controls
 * @typedef {Partial<Controls> | { action: string }} Order
 */

const AWAY = "Not done: the gateway cannot be reached.";

/** What somebody has just touched is not moved under their fingers. */
const TOUCHED_MS = 1_000;
const TOLD_MS = 12_000;

/** What a visitor can do. Shows what is, and sends orders one after another. */
export class ControlPanel {
  #form;
  #problem = byId("problem", HTMLElement);
  #pause = byId("sinkPaused", HTMLButtonElement);
  #drain = byId("drain", HTMLButtonElement);
  #resume = byId("resume", HTMLButtonElement);
  /** @type {HTMLInputElement[]} */
  #sliders;
  /** @type {HTMLInputElement[]} */
  #radios;
  /** @type {Map<string, number>} */
  #touchedAt = new Map();
  /** Changes that wait for the order before them: a newer value of a control takes the place of the older one.
   * @type {Partial<Controls>} */
  #next = {};
  /** @type {Promise<unknown>} */
  #sent = Promise.resolve();
  #isPaused = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #problemTimer;

  /** @param {HTMLElement} form */
  constructor(form) {
    this.#form = form;
    this.#sliders = [...form.querySelectorAll("input")].filter(({ type }) => type === "range");
    this.#radios = [...form.querySelectorAll("input")].filter(({ type }) => type === "radio");
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const slider of this.#sliders) this.#listen(slider);
    for (const radio of this.#radios) {
      radio.addEventListener("change", () => this.#change("overflow", radio.value));
    }
    this.#pause.addEventListener("click", () => this.#change("sinkPaused", !this.#isPaused));
    for (const button of form.querySelectorAll("button")) {
      const { action } = button.dataset;
      if (action !== undefined) button.addEventListener("click", () => this.order({ action }));
    }
  }

  /** @param {Snapshot} snapshot */
  show({ controls, state }) {
    for (const slider of this.#sliders) {
      const value = controls[/** @type {keyof Controls} */ (slider.name)];
      slider.disabled = value === null;
      if (typeof value === "number" && !this.#isTouched(slider.name)) showValue(slider, value);
    }
    if (!this.#isTouched("overflow")) {
      for (const radio of this.#radios) radio.checked = radio.value === controls.overflow;
    }
    // It could be reached just now.
    if (this.#problem.textContent === AWAY) this.#tell("");
    this.#isPaused = controls.sinkPaused;
    this.#pause.setAttribute("aria-pressed", String(controls.sinkPaused));
    this.#pause.textContent = controls.sinkPaused ? "Let it go on" : "Pause the database";
    this.#showState(state);
  }

  /** Nobody hears orders: there is no connection. */
  rest() {
    this.#form.setAttribute("data-resting", "");
  }

  /** @param {Order} order */
  order(order) {
    this.#sent = this.#sent.then(() => this.#send(order));
    return this.#sent;
  }

  /** @param {Snapshot["state"]} state */
  #showState(state) {
    this.#form.removeAttribute("data-resting");
    const hadFocus = document.activeElement === this.#drain || document.activeElement === this.#resume;
    this.#drain.disabled = state !== "open";
    this.#resume.disabled = state === "open" || state === "stopping";
    // A button that is disabled loses the focus, or keeps it without a use.
    if (hadFocus) (this.#drain.disabled ? this.#resume : this.#drain).focus();
  }

  /** @param {HTMLInputElement} slider */
  #listen(slider) {
    slider.addEventListener("input", () => {
      showValue(slider, slider.valueAsNumber);
      this.#touchedAt.set(slider.name, performance.now());
      // Each step of this one makes another dispatcher: the last one is enough.
      if (slider.name !== "concurrency") this.#change(slider.name, slider.valueAsNumber);
    });
    if (slider.name === "concurrency") {
      slider.addEventListener("change", () => this.#change(slider.name, slider.valueAsNumber));
    }
  }

  /**
   * @param {string} name
   * @param {number | boolean | string} value
   */
  #change(name, value) {
    this.#touchedAt.set(name, performance.now());
    const isFirst = Object.keys(this.#next).length === 0;
    this.#next = { ...this.#next, [name]: value };
    if (!isFirst) return;
    this.#sent = this.#sent.then(() => {
      const change = this.#next;
      this.#next = {};
      return this.#send(change);
    });
  }

  /** @param {Order} order */
  async #send(order) {
    try {
      const headers = { "Content-Type": "application/json" };
      const response = await fetch("/controls", { method: "POST", headers, body: JSON.stringify(order) });
      const answer = await response.json();
      this.#tell(response.ok ? "" : `Not done: ${answer.error?.message ?? response.status}`);
    } catch {
      this.#tell(AWAY);
    }
  }

  /** @param {string} problem */
  #tell(problem) {
    this.#problem.textContent = problem;
    clearTimeout(this.#problemTimer);
    if (problem !== "") this.#problemTimer = setTimeout(() => this.#tell(""), TOLD_MS);
  }

  /** @param {string} name */
  #isTouched(name) {
    return performance.now() - (this.#touchedAt.get(name) ?? -Infinity) < TOUCHED_MS;
  }
}

/**
 * @param {HTMLInputElement} slider
 * @param {number} value
 */
function showValue(slider, value) {
  slider.value = String(value);
  const output = slider.parentElement?.querySelector("output");
  if (!(output instanceof HTMLOutputElement)) return;
  output.value = `${count(value)} ${output.dataset["unit"]}`;
  slider.setAttribute("aria-valuetext", output.value);
}
