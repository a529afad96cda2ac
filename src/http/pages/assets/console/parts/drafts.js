// What a person has typed, kept in memory for as long as the page is open: the address must not hold it.

const drafts = new Map();

export function draft(key, start) {
  if (!drafts.has(key)) drafts.set(key, start);
  return drafts.get(key);
}

export function setDraft(key, value) {
  drafts.set(key, value);
}

// Puts a number into the text for deleting from a list. Where another text is, or a deletion that has not ended, it
// waits beside that.
export function propose(listId, typed) {
  draft(`delete ${listId}`, { text: "", kind: null }).proposed = typed;
}

export function forgetDrafts() {
  drafts.clear();
}
