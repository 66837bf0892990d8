// Keys of the inbox: J and K go down and up, Enter opens, X chooses. Without script everything works by links.
const rows = [...document.querySelectorAll(".inbox-form tbody tr")];
let here = -1;

function go(to) {
  if (to < 0 || to >= rows.length) return;
  rows[here]?.classList.remove("here");
  here = to;
  rows[here].classList.add("here");
  rows[here].querySelector(".inbox-link").focus();
  rows[here].scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const at = event.target;
  if (at.matches?.("input:not([type=checkbox]), textarea, select")) return;
  if (event.key === "j") go(here + 1);
  else if (event.key === "k") go(here - 1);
  else if (event.key === "x" && rows[here]) {
    const box = rows[here].querySelector("input[type=checkbox]");
    box.checked = !box.checked;
  } else return;
  event.preventDefault();
});
