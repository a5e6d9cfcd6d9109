// The gateway serves the chart library under this name.
export { default } from "uplot";
