// The top of the view: what runs, where, since when; and, when the kill switch is on, that nothing starts. Pure.
import type { Canvas } from "./canvas.ts";
import type { LiveView } from "./live-view.ts";
import { plainText } from "./plain-text.ts";
import { shortSpan } from "./short-amounts.ts";
import { fitLine, gap, lineWidth, piece, spreadLine, type Line } from "./styled-line.ts";

export function headerLine(view: LiveView, canvas: Canvas): Line {
  const { hands } = canvas.glyphs;
  const hand = hands[Math.floor(view.uptimeMs / 1000) % hands.length] ?? "";
  const title: Line = [piece(`${hand} ${plainText(view.title)}`, "title")];
  const address: Line = view.address === undefined ? [] : [gap(2), piece(plainText(view.address))];
  const uptime: Line = [piece("up ", "dim"), piece(shortSpan(view.uptimeMs))];
  const storage: Line = [piece(plainText(view.storage), "dim"), gap(3), ...uptime];
  // What matters least goes first: the storage, then the address.
  const choices: readonly (readonly [Line, Line])[] = [
    [[...title, ...address], storage],
    [[...title, ...address], uptime],
    [title, uptime],
  ];
  const [left, right] =
    choices.find(([a, b]) => lineWidth(a) + lineWidth(b) + 2 <= canvas.width) ?? ([title, []] as const);
  return spreadLine(left, right, canvas.width);
}

/** A bar across the whole width: nobody should overlook it. */
export function switchLine(reason: string, canvas: Canvas): Line {
  const text = ` ${canvas.glyphs.alarm} SWITCH ON  nothing starts: ${plainText(reason)}`;
  const [bar] = fitLine([piece(text, "alarm")], canvas.width, canvas.glyphs.ellipsis);
  const shown = bar?.text ?? "";
  return [piece(shown + " ".repeat(canvas.width - lineWidth([piece(shown)])), "alarm")];
}
