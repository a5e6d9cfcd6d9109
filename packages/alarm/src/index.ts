export { Alarm, type AlarmOptions } from "./lib/alarm.ts";
