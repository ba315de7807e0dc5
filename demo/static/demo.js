// Menus close on Escape and on a click elsewhere; the hand-over form sends itself.
const menus = () => document.querySelectorAll("details.j-menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of menus()) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

document.querySelector("form[data-send-at-once]")?.submit();
