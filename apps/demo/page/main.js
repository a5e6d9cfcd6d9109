// @ts-check
/* global HTMLElement, SVGSVGElement */
import { Balance } from "./balance.js";
import { Charts } from "./charts.js";
import { ControlPanel } from "./controls.js";
import { byId } from "./elements.js";
import { showExperiments } from "./experiments.js";
import { Flow } from "./flow.js";
import { listen } from "./live.js";
import { story, Storyteller } from "./story.js";

const WORDS = { open: "running", draining: "draining", drained: "drained", stopping: "stopping" };

const flow = new Flow(byId("flow", SVGSVGElement));
const balance = new Balance(byId("balance", HTMLElement));
const charts = new Charts(byId("charts", HTMLElement));
const controls = new ControlPanel(byId("controls", HTMLElement));
const storyPlace = byId("story", HTMLElement);
const state = byId("state", HTMLElement);
const storyteller = new Storyteller(3);

showExperiments(byId("experiments", HTMLElement), (change) => {
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
