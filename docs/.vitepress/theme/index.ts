import { onContentUpdated } from "vitepress";
import theme from "vitepress/theme";
import "./site.css";

export default {
  ...theme,
  setup(): void {
    onContentUpdated(showStarts);
  },
};

/** A diagram that is wider than the page opens where it starts, which is seldom at its left. */
function showStarts(): void {
  for (const box of document.querySelectorAll(".vp-doc .diagram")) {
    const start = box.querySelector("circle")?.getBoundingClientRect();
    if (start === undefined || box.scrollWidth <= box.clientWidth) continue;
    box.scrollLeft += start.left + start.width / 2 - (box.getBoundingClientRect().left + box.clientWidth / 2);
  }
}
