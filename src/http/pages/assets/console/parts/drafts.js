// What a person has typed, kept in memory for as long as the page is open: the address must not hold it.

const drafts = new Map();

export function draft(key, start) {
  if (!drafts.has(key)) drafts.set(key, start);
  return drafts.get(key);
}

export function setDraft(key, value) {
  drafts.set(key, value);
}

export function forgetDrafts() {
  drafts.clear();
}
