// The identifiers that matched nothing or cannot be used, and why.
import { h } from "../parts/dom.js";
import { table } from "../parts/elements.js";
import { number } from "../parts/words.js";

const SHOWN = 200;

export function failuresTable(id, title, failures) {
  return [
    table({
      id,
      caption: `${title} (${number(failures.length)})`,
      isCaptionSeen: true,
      rows: failures.slice(0, SHOWN),
      columns: [
        { title: "Identifier", isHead: true, class: "wordy", cell: ({ text }) => h("bdi", null, text) },
        { title: "Why", cell: ({ message }) => message },
        { title: "Code", class: "code", cell: ({ code }) => (code ? h("code", null, code) : "") },
      ],
    }),
    failures.length > SHOWN && h("p", { class: "hint" }, `and ${number(failures.length - SHOWN)} more`),
  ];
}
