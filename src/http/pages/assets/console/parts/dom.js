// Builds elements. Data only ever becomes text nodes and attributes, never markup.

export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...present(children));
  return element;
}

export function fill(element, ...children) {
  element.replaceChildren(...present(children));
  return element;
}

function present(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false && child !== "");
}

// Has a sentence read out by screen readers; the same one twice is read twice.
export function announce(sentence) {
  const announcer = document.getElementById("announcer");
  announcer.textContent = "";
  setTimeout(() => {
    announcer.textContent = sentence;
  }, 50);
}

// A button that cannot be pressed keeps its focus, so that a person does not lose the place.
export function setBusy(button, isBusy) {
  button.toggleAttribute("data-busy", isBusy);
  if (isBusy) button.setAttribute("aria-disabled", "true");
  else button.removeAttribute("aria-disabled");
}

export const isBusy = (button) => button.hasAttribute("data-busy");

let ids = 0;

export const freshId = (prefix) => `${prefix}-${(ids += 1)}`;
