// Numbers, times, and the words for the values of the API.

const NUMBER = new Intl.NumberFormat("en");
const DAY_AND_TIME = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZoneName: "short",
});

export const number = (value) => NUMBER.format(value);

export const count = (value, one, many = `${one}s`) => `${number(value)} ${value === 1 ? one : many}`;

export const localTime = (instant) => DAY_AND_TIME.format(new Date(instant));

const HOW = {
  PHONE_NUMBER: "by phone number",
  ID: "by record id",
  EXTERNAL: "by external id",
  RECORD: "one record",
  LIST: "the whole list",
};

// The service may know more kinds than this page.
export const how = (kind) => HOW[kind] ?? `by ${kind.toLowerCase().replaceAll("_", " ")}`;

const STATUS = {
  ACCEPTED: "Ready",
  UPLOADED: "File uploaded",
  VALIDATION_STARTED: "File being checked",
  INCOMPLETE: "Incomplete",
  CORRUPTED: "File damaged",
  REJECTED: "Rejected",
};

export const status = (value) => STATUS[value] ?? value;

// What counts as a duplicate in a list: what it is called, and what that means.
export const DUPLICATES = {
  PHONE_NUMBER: ["The same phone number", "A second record with a number that the list already has is refused."],
  EXTERNAL: ["The same external id", "A second record with the same external provider and external id is refused."],
  NOTHING: ["Nothing", "Every record is accepted, even one that the list already has."],
};

export const duplicates = (type) =>
  type === "NOTHING" ? "Duplicates are allowed" : `Duplicates: ${(DUPLICATES[type]?.[0] ?? type).toLowerCase()}`;

const PHONE_TYPES = {
  HOME: "home",
  OFFICE: "office",
  MOBILE: "mobile",
  EXTRA_1: "extra 1",
  EXTRA_2: "extra 2",
  EXTRA_3: "extra 3",
};

export const phoneType = (type) => PHONE_TYPES[type] ?? type;

export const priority = (value) => (value === 11 ? "11 (hot lead)" : String(value));

export const fullName = (record) => [record.first_name, record.last_name].filter(Boolean).join(" ");

// The kinds of identifiers, as they are counted.
export const IDENTIFIERS = {
  PHONE_NUMBER: ["number", "numbers"],
  ID: ["record id", "record ids"],
  EXTERNAL: ["external id", "external ids"],
};
