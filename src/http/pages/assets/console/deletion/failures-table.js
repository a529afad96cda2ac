// The identifiers that matched nothing or cannot be used, and why.
import { h } from "../parts/dom.js";
import { table } from "../parts/elements.js";
import { number } from "../parts/words.js";

const SHOWN = 200;
const UNFOLDED = 5;

// Long tables can be folded.
export function failuresTable(id, title, failures, isFoldable = false) {
  const caption = `${title} (${number(failures.length)})`;
  const isFolded = isFoldable && failures.length > UNFOLDED;
  const content = [
    table({
      id,
      caption,
      isCaptionSeen: !isFolded,
      rows: failures.slice(0, SHOWN),
      columns: [
        { title: "Identifier", isHead: true, class: "wordy", cell: ({ text }) => h("bdi", null, text) },
        { title: "Why", cell: ({ message }) => message },
        { title: "Code", class: "code", cell: ({ code }) => (code ? h("code", null, code) : "") },
      ],
    }),
    failures.length > SHOWN && h("p", { class: "hint" }, `and ${number(failures.length - SHOWN)} more`),
  ];
  return isFolded ? h("details", null, h("summary", null, caption), content) : content;
}
