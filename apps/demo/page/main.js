// @ts-check
/* global document, HTMLElement, SVGSVGElement */
import { Balance } from "./balance.js";
import { Charts } from "./charts.js";
import { ControlPanel } from "./controls.js";
import { showExperiments } from "./experiments.js";
import { Flow } from "./flow.js";
import { listen } from "./live.js";
import { story, Storyteller } from "./story.js";

const WORDS = { open: "running", draining: "draining", drained: "drained", stopping: "stopping" };

const flow = new Flow(element("flow", SVGSVGElement));
const balance = new Balance(element("balance", HTMLElement));
const charts = new Charts(element("charts", HTMLElement));
const controls = new ControlPanel(element("controls", HTMLElement));
const storyPlace = element("story", HTMLElement);
const state = element("state", HTMLElement);
const storyteller = new Storyteller(3);

showExperiments(element("experiments", HTMLElement), (change) => {
  void controls.order({ action: "resume" });
  void controls.order({ action: "reset" });
  void controls.order(change);
});

listen({
  onSnapshot(snapshot) {
    flow.show(snapshot);
    balance.show(snapshot);
    controls.show(snapshot);
    charts.show(snapshot);
    tell(WORDS[snapshot.state], snapshot.state, storyteller.hear(story(snapshot)));
  },
  onBreak() {
    controls.rest();
    tell("no connection", "away", "The gateway cannot be reached. This page goes on when it is back.");
  },
});

/**
 * @param {string} word
 * @param {string} name
 * @param {string} sentence
 */
function tell(word, name, sentence) {
  state.dataset["state"] = name;
  if (state.textContent !== word) state.textContent = word;
  if (storyPlace.textContent !== sentence) storyPlace.textContent = sentence;
}

/**
 * @template {Element} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
function element(id, kind) {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`Cannot find the element ${id}`);
}
