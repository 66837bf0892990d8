// Shows a page again every few seconds while its reader watches it; a page in the background rests.

const place = document.querySelector("[data-live]");

async function show() {
  const answer = await fetch(location.href, { credentials: "same-origin" });
  if (answer.ok) {
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]");
    if (fresh !== null) {
      place.replaceChildren(...fresh.childNodes);
    }
  }
}

async function again() {
  try {
    if (!document.hidden) {
      await show();
    }
  } catch {
    // A hub that restarts, or a line that is gone for a moment: the next time it may be there.
  }
  window.setTimeout(again, Number(place.dataset.live) * 1000);
}

if (place !== null) {
  window.setTimeout(again, Number(place.dataset.live) * 1000);
}
