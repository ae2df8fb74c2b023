// The second, minute and hour fields in words: times of day when they are few, a rhythm when they are many.
import { listBits, listSixty } from "./bits.ts";
import type { Cron } from "./cron.ts";
import { shapeOf, type NumberShape } from "./number-shape.ts";
import { countOf, joinWords, ordinal, twoDigits } from "./words.ts";

const mostTimes = 6;

export function describeTime(cron: Cron): string {
  const [seconds, minutes, hours] = [listSixty(cron.seconds), listSixty(cron.minutes), listBits(cron.hours)];
  const onlyZero = seconds.length === 1 && seconds[0] === 0;
  const times = hours.flatMap((hour) => minutes.map((minute) => clock(hour, minute)));
  if (times.length * seconds.length <= mostTimes) {
    const full = times.flatMap((time) => seconds.map((second) => `${time}:${twoDigits(second)}`));
    return `at ${joinWords(onlyZero ? times : full)}`;
  }
  if (onlyZero) return describeMinutes(minutes, hours);
  return describeSeconds(seconds, minutes, hours);
}

function describeSeconds(
  seconds: readonly number[],
  minutes: readonly number[],
  hours: readonly number[],
): string {
  const shape = shapeOf(seconds, 0, 59);
  const beat = rhythm("second", shape) ?? `at ${listed("second", shape)}`;
  if (minutes.length * hours.length <= mostTimes) {
    const times = hours.flatMap((hour) => minutes.map((minute) => clock(hour, minute)));
    return `${beat} of the ${times.length === 1 ? "minute" : "minutes"} ${joinWords(times)}`;
  }
  const always = minutes.length === 60 && hours.length === 24;
  if (always && (shape.kind === "all" || shape.kind === "step")) return beat;
  const minuteShape = shapeOf(minutes, 0, 59);
  if (minuteShape.kind === "all") return `${beat} of ${describeMinutes(minutes, hours)}`;
  return `${beat} of ${eachOf("minute", minuteShape)} of ${eachOf("hour", shapeOf(hours, 0, 23))}`;
}

function describeMinutes(minutes: readonly number[], hours: readonly number[]): string {
  const shape = shapeOf(minutes, 0, 59);
  const hourShape = shapeOf(hours, 0, 23);
  if (shape.kind === "single") return describeHours(shape.value, hourShape);
  const beat = rhythm("minute", shape);
  if (beat === undefined) return `at ${listed("minute", shape)} of ${eachOf("hour", hourShape)}`;
  const [first, last] = [minutes[0] ?? 0, minutes.at(-1) ?? 0];
  if (hourShape.kind === "all") return beat;
  if (hourShape.kind === "single") {
    return `${beat} from ${clock(hourShape.value, first)} to ${clock(hourShape.value, last)}`;
  }
  if (hourShape.kind === "range" && (minutes.length === 60 || isEven(shape, 60))) {
    return `${beat} from ${clock(hourShape.from, first)} to ${clock(hourShape.to, last)}`;
  }
  return `${beat} of ${eachOf("hour", hourShape)}`;
}

/** One minute in many hours. */
function describeHours(minute: number, hours: NumberShape): string {
  if (hours.kind === "range") {
    return `every hour from ${clock(hours.from, minute)} to ${clock(hours.to, minute)}`;
  }
  const past = minute === 0 ? "on the hour" : `at ${countOf(minute, "minute")} past the hour`;
  const beat = rhythm("hour", hours);
  return beat === undefined ? `${past}, in ${eachOf("hour", hours)}` : `${beat}, ${past}`;
}

/** `every minute`, `every 5 minutes`; `undefined` for what is no rhythm. */
function rhythm(noun: "second" | "minute" | "hour", shape: NumberShape): string | undefined {
  if (shape.kind === "all") return `every ${noun}`;
  if (shape.kind !== "step") return undefined;
  // Every 7 minutes starts anew each hour, so it is not the same as every 7 minutes.
  const even = isEven(shape, noun === "hour" ? 24 : 60);
  return `every ${shape.by} ${noun}s${even ? "" : ` from ${noun} 0`}`;
}

function isEven(shape: NumberShape, size: number): boolean {
  return shape.kind === "step" && size % shape.by === 0;
}

/** `every hour`, `every 2nd hour`, `the hours 9 to 17`. */
function eachOf(noun: string, shape: NumberShape): string {
  if (shape.kind === "all") return `every ${noun}`;
  if (shape.kind === "step") return `every ${ordinal(shape.by)} ${noun}`;
  return `the ${listed(noun, shape)}`;
}

/** `minute 5`, `minutes 5 to 10`, `minutes 5, 20 and 35`. */
function listed(noun: string, shape: NumberShape): string {
  if (shape.kind === "single") return `${noun} ${shape.value}`;
  if (shape.kind === "range") return `${noun}s ${shape.from} to ${shape.to}`;
  return `${noun}s ${joinWords(shape.kind === "list" ? shape.values.map(String) : [])}`;
}

function clock(hour: number, minute: number): string {
  return `${twoDigits(hour)}:${twoDigits(minute)}`;
}
