// Keeps "who will read this" in step with the label and the consents; without script a button does the same.
const place = document.getElementById("who");
const WAIT = 150;
const NAMES = {
  consent_nco: "nco",
  consent_ministry: "ministry",
  consent_foreign: "foreign",
  name_to_sector: "named",
  not_for_publication: "not_public",
};
let timer = 0;
let asked = 0;

function question(form) {
  const query = new URLSearchParams();
  query.set("label", form.elements.label.value);
  for (const [field, name] of Object.entries(NAMES)) {
    if (form.elements[field]?.checked) {
      query.set(name, "1");
    }
  }
  for (const box of form.querySelectorAll("input[name=lists]:checked")) {
    query.append("list", box.value);
  }
  return query;
}

async function ask(form) {
  const turn = ++asked;
  place.setAttribute("aria-busy", "true");
  try {
    const url = place.dataset.url;
    const answer = await fetch(`${url}${url.includes("?") ? "&" : "?"}${question(form)}`, { credentials: "same-origin", redirect: "error" });
    const text = await answer.text();
    if (turn === asked && answer.ok) {
      place.innerHTML = text;
      document.querySelector(".script-off").hidden = true;
    } else if (turn === asked) {
      document.querySelector(".script-off").hidden = false;
    }
  } catch {
    document.querySelector(".script-off").hidden = false;
  } finally {
    if (turn === asked) {
      place.removeAttribute("aria-busy");
    }
  }
}

if (place) {
  const form = place.closest("form");
  form.addEventListener("change", (event) => {
    if (event.target.closest("[data-who]")) {
      clearTimeout(timer);
      timer = setTimeout(ask, WAIT, form);
    }
  });
  ask(form);
}
