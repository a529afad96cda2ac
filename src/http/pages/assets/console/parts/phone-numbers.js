// Phone numbers as the service compares them: white space, dashes, dots, brackets and "(0)" mean nothing.

const DECORATION = /[\s\p{Cf}\p{Pd}\u2212\u180B-\u180D\u180F\uFE00-\uFE0F\u{E0100}-\u{E01EF}]/gu;
const TO_ASCII = {
  "\uFF0B": "+",
  "\uFF0E": ".",
  "\u00B7": ".",
  "\u2022": ".",
  "\uFF08": "(",
  "\uFF09": ")",
  "\uFF3B": "[",
  "\uFF3D": "]",
  "\uFF5B": "{",
  "\uFF5D": "}",
};
const LONGEST = 64;

// The spelling that is compared. It may still not be a phone number.
export function normalised(text) {
  const written = [...text.replace(DECORATION, "")].map(ascii).join("");
  return written
    .replace(/^tel:(?=\+)/i, "")
    .replaceAll("(0)", "")
    .replace(/[()[\]{}.]/g, "");
}

function ascii(sign) {
  if (sign in TO_ASCII) return TO_ASCII[sign];
  if (/[0-9]/.test(sign) || !isDigit(sign)) return sign;
  // The ten digits of a script follow each other.
  let before = 0;
  while (isDigit(String.fromCodePoint(sign.codePointAt(0) - before - 1))) before += 1;
  return String(before % 10);
}

const isDigit = (sign) => /^\p{Nd}$/u.test(sign);

export const looksLikeNumber = (text) => /^\+?\d{5,}$/.test(normalised(text));

// What is wrong with a typed number, or null.
export function faultOf(text) {
  const number = normalised(text);
  if (number === "") return "Type a phone number.";
  if ([...text].length > LONGEST) return `A phone number has at most ${LONGEST} characters.`;
  if (/^00\d+$/.test(number)) return `Write the number with + instead of 00: +${number.slice(2)}`;
  if (/^\d+$/.test(number)) return "Write the number with + and the country code, such as +44 20 7946 0958.";
  if (!/^\+[1-9]\d{1,14}$/.test(number))
    return "This is not a phone number: + and 2 to 15 digits, the first of which is not 0.";
  return null;
}
