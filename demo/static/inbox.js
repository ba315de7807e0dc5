// Keeps the webhook inbox fresh: every two seconds, unless paused or the page is hidden.
const PERIOD = 2000;
const items = document.getElementById("items");
const status = document.getElementById("inbox-status");
const pause = document.getElementById("inbox-pause");
let shown = items.innerHTML;

const ids = () => [...items.querySelectorAll("[data-id]")].map((item) => item.dataset.id);

function show(html) {
  const before = new Set(ids());
  const open = [...items.querySelectorAll("details[open]")].map((details) => details.id);
  const focused = document.activeElement?.closest("details")?.id;
  items.innerHTML = html;
  for (const id of open) {
    const details = document.getElementById(id);
    if (details) details.open = true;
  }
  if (focused) document.getElementById(focused)?.querySelector("summary").focus();
  const fresh = ids().filter((id) => !before.has(id)).length;
  if (fresh) status.textContent = fresh === 1 ? "1 new request." : `${fresh} new requests.`;
}

async function refresh() {
  if (document.hidden || pause.getAttribute("aria-pressed") === "true") return;
  try {
    const answer = await fetch("/inbox?items");
    const html = (await answer.text()).trim();
    if (answer.ok && html !== shown) {
      shown = html;
      show(html);
    }
  } catch {
    status.textContent = "The host does not answer; trying again.";
  }
}

pause.hidden = false;
pause.addEventListener("click", () => {
  const paused = pause.getAttribute("aria-pressed") !== "true";
  pause.setAttribute("aria-pressed", String(paused));
});
setInterval(refresh, PERIOD);
