/** Nightly series on a grid of calendar days. Pure. */

import { day, known } from "./format.js";

const DAY_SECONDS = 86_400;

/** "2025-11-14" → the middle of that day, unix seconds: no zone moves it to another day. */
export const dayToSeconds = (date) => Date.parse(`${String(date).slice(0, 10)}T12:00:00Z`) / 1000;
export const secondsToDay = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10);

/**
 * Spread nightly values over every calendar day between the first and the last, so that a
 * missing night is a gap of its size and not a line drawn over it.
 * @param {string[]} dates oldest first  @param {(number|null)[][]} lists as long as `dates`
 * @returns {{days: string[], times: number[], lists: (number|null)[][]}}
 */
export function onEveryDay(dates, lists) {
  if (!dates.length) return { days: [], times: [], lists: lists.map(() => []) };
  const first = dayToSeconds(dates[0]);
  const length = Math.round((dayToSeconds(dates.at(-1)) - first) / DAY_SECONDS) + 1;
  const times = Array.from({ length }, (_, i) => first + i * DAY_SECONDS);
  const spread = lists.map(() => new Array(length).fill(null));
  dates.forEach((date, i) => {
    const place = Math.round((dayToSeconds(date) - first) / DAY_SECONDS);
    lists.forEach((list, k) => {
      if (known(list[i])) spread[k][place] = list[i];
    });
  });
  return { days: times.map(secondsToDay), times, lists: spread };
}

/** Keep the days from `from` to `to` (both "YYYY-MM-DD", both included; null: open). */
export function cut({ days, times, lists }, from, to) {
  const keep = days.map((date) => (!from || date >= from) && (!to || date <= to));
  const only = (list) => list.filter((_, i) => keep[i]);
  return { days: only(days), times: only(times), lists: lists.map(only) };
}

export const formatDay = (seconds) => day(secondsToDay(seconds), { weekday: true });

/** The newest known value and the one before it. */
export function lastTwo(values) {
  const numbers = (values ?? []).filter(known);
  return [numbers.at(-1) ?? null, numbers.at(-2) ?? null];
}

/** How many days back from today a window must go to hold that night. */
export function nightsBack(night) {
  const age = Math.ceil((Date.now() - Date.parse(night)) / (DAY_SECONDS * 1000)) + 1;
  return Math.max(2, Math.min(age || 2, 3650));
}
