// Follows the light or dark preference of the system; loaded before the first paint.
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
follow();
dark.addEventListener("change", follow);
// What needs a script, and the keys on buttons, take their room at once: nothing jumps when they come.
document.documentElement.classList.add("js");
document.documentElement.toggleAttribute("data-keys-off", localStorage.getItem("touchstone-keys-off") !== null);
// Pages show times in the zone of whoever looks.
const zone = encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone).replaceAll("%2F", "/");
document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=lax`;
