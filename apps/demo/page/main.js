// @ts-check
/* global document, HTMLElement, SVGSVGElement */
import { Balance } from "./balance.js";
import { Charts } from "./charts.js";
import { ControlPanel } from "./controls.js";
import { byId } from "./elements.js";
import { Flow } from "./flow.js";
import { listen } from "./live.js";
import { story, Storyteller } from "./story.js";
import { Strip } from "./strip.js";
import { TryThis } from "./try-this.js";

const WORDS = { open: "running", draining: "draining", drained: "drained", stopping: "stopping" };
/** In snapshots, of which there are four a second: what is seen may change sooner than what is read out. */
const SEEN = 4;
const READ_OUT = 12;

const picture = byId("flow", SVGSVGElement);
const flow = new Flow(picture);
const strip = new Strip(byId("strip", HTMLElement), picture);
const balance = new Balance(byId("balance", HTMLElement));
const charts = new Charts(byId("charts", HTMLElement));
const controls = new ControlPanel(byId("controls", HTMLElement));
const storyPlace = byId("story", HTMLElement);
const spokenPlace = byId("spoken", HTMLElement);
const state = byId("state", HTMLElement);
const seen = new Storyteller(SEEN);
const readOut = new Storyteller(READ_OUT);

const tryThis = new TryThis(byId("experiments", HTMLElement), {
  setUp(change) {
    void controls.order({ action: "resume" });
    void controls.order({ action: "reset" });
    void controls.order(change);
  },
  end: (change) => void controls.order(change),
});

listen({
  onSnapshot(snapshot) {
    document.body.removeAttribute("data-stale");
    flow.show(snapshot);
    strip.show(snapshot);
    balance.show(snapshot);
    controls.show(snapshot);
    tryThis.show(snapshot);
    charts.show(snapshot);
    const cause = JSON.stringify([snapshot.state, snapshot.controls]);
    const sentence = story(snapshot);
    tell(WORDS[snapshot.state], snapshot.state, seen.hear(sentence, cause), readOut.hear(sentence, cause));
  },
  onBreak(sentence) {
    // What is shown is old from now on.
    document.body.setAttribute("data-stale", "");
    controls.rest();
    const told = [seen, readOut].map((teller) => teller.hear(sentence, "away"));
    tell("no connection", "away", told[0] ?? sentence, told[1] ?? sentence);
  },
});

/**
 * @param {string} word
 * @param {string} name
 * @param {string} sentence
 * @param {string} spoken
 */
function tell(word, name, sentence, spoken) {
  state.dataset["state"] = name;
  if (state.textContent !== word) state.textContent = word;
  if (storyPlace.textContent !== sentence) storyPlace.textContent = sentence;
  strip.tell(sentence);
  if (spokenPlace.textContent !== spoken) spokenPlace.textContent = spoken;
}
