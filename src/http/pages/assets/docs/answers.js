// What the page says of responses: of the one to a request, and of those that the document describes.

const count = (number, one, many) => `${number} ${number === 1 ? one : many}`;

// An error in one sentence. Whoever has no good token cannot know where to put one.
function sentenceOfError(status, { message, description }) {
  const hint = status === 401 ? [description, "Press Authorize, at the top of the page."] : [description];
  return [message, ...hint].filter(Boolean).join(" ");
}

// What became of a request, in one sentence; null where the status says it all.
function sentenceOf(status, text, isDryRun) {
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    return status === 204 ? "Done." : null;
  }
  if (body.code && body.message) return sentenceOfError(status, body);
  if (body.total_errors === undefined) return null;
  const failed = body.total_errors;
  const done = [];
  const records = body.total_records_deleted ?? body.total_deleted;
  if (records !== undefined) done.push(`${count(records, "record", "records")} ${isDryRun ? "would be deleted" : "deleted"}`);
  if (records === undefined && body.total_updated === undefined) done.push(`${count(body.total_created, "record", "records")} created`);
  if (body.total_updated) done.push(`${count(body.total_updated, "record", "records")} updated`);
  const what = records === undefined ? ["record", "records"] : ["identifier", "identifiers"];
  if (failed) done.push(`${count(failed, ...what)} ${isDryRun ? "would fail" : "failed"}`);
  const why = failed ? reasonsOf(body._embedded?.failed_records ?? []) : "";
  return `${isDryRun ? "Dry run: " : ""}${done.join(", ")}${why ? `: ${why}` : "."}`;
}

// Why identifiers failed: each reason once, with their number where there are several.
function reasonsOf(failedRecords) {
  const counts = new Map();
  for (const { message } of failedRecords) {
    if (message) counts.set(message, (counts.get(message) ?? 0) + 1);
  }
  const reasons = [...counts];
  if (reasons.length < 2) return reasons[0]?.[0] ?? "";
  return `${reasons.map(([message, number]) => `${message.replace(/\.$/, "")} (${number})`).join("; ")}.`;
}

// Whether something failed, so that the sentence is no good news.
function isTrouble(status, text) {
  if (status >= 400) return true;
  try {
    return JSON.parse(text).has_errors === true;
  } catch {
    return false;
  }
}

// Shows the sentence before the response, reads it out, and brings both into view.
export const sayResponses = ({ React }) => ({
  wrapComponents: {
    liveResponse: (Original) => (props) => {
      const place = React.useRef(null);
      const { response } = props;
      React.useEffect(() => {
        place.current?.scrollIntoView({ block: "start" });
      }, [response]);
      const isDryRun = response?.getIn(["headers", "dry-run"]) === "true";
      const [status, text] = [response?.get("status"), response?.get("text")];
      const sentence = response && sentenceOf(status, text, isDryRun);
      const className = isTrouble(status, text) ? "sentence trouble" : "sentence";
      return React.createElement(
        "div",
        { className: "live-answer", ref: place },
        React.createElement("p", { className, role: "status" }, sentence),
        React.createElement(Original, props),
      );
    },
  },
});

const isError = (_, status) => /^[45]/.test(status);

// One line for each code: status, code, meaning.
function linesOf(errors) {
  const lines = [];
  errors.forEach((response, status) => {
    const examples = response.getIn(["content", "application/json", "examples"]);
    examples?.forEach((example, code) => lines.push([status, code, example.get("summary")]));
  });
  return lines;
}

// The errors of an operation as one table, folded: each would take a screen otherwise.
export const foldErrors = ({ React }) => {
  const e = React.createElement;
  const row = (cell, values) => e("tr", { key: values.join() }, ...values.map((value) => e(cell, { key: value }, value)));
  const table = (lines) =>
    e(
      "div",
      { className: "error-statuses" },
      e(
        "details",
        null,
        e("summary", null, `Errors: ${[...new Set(lines.map(([status]) => status))].join(", ")}`),
        e(
          "table",
          null,
          e("thead", null, row("th", ["Status", "Code", "Meaning"])),
          e("tbody", null, ...lines.map((line) => row("td", line))),
        ),
      ),
    );
  return {
    wrapComponents: {
      responses: (Original) => (props) => {
        const errors = props.responses.filter(isError);
        const lines = linesOf(errors);
        if (lines.length === 0) return e(Original, props);
        const responses = props.responses.filterNot(isError);
        return e("div", null, e(Original, { ...props, responses }), table(lines));
      },
    },
  };
};
