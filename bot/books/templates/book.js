"use strict";
(() => {
  const book = document.getElementById("book");
  const spreads = [...book.querySelectorAll(".spread")];
  const back = document.getElementById("back");
  const on = document.getElementById("on");
  const place = document.getElementById("place");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const narrow = matchMedia("(max-width: 46rem), (max-aspect-ratio: 1/1)");
  let at = Math.max(0, spreads.findIndex((spread) => "#" + spread.id === location.hash));
  let finishTurn = () => {};

  const nameOf = (index) => {
    if (index === 0) return "Cover";
    if (index === spreads.length - 1) return "The End";
    return "Page " + index + " of " + (spreads.length - 2);
  };

  const fitText = (spread) => {
    const text = spread.querySelector(".text");
    if (!text || narrow.matches) return;
    const leaf = text.parentElement;
    let scale = parseFloat(leaf.style.getPropertyValue("--scale"));
    while (text.scrollHeight > text.clientHeight + 1 && scale > 0.5) {
      scale -= 0.04;
      leaf.style.setProperty("--scale", scale.toFixed(2));
    }
  };

  const show = () => {
    spreads.forEach((spread, index) => { spread.hidden = index !== at; });
    back.disabled = at === 0;
    on.disabled = at === spreads.length - 1;
    place.textContent = nameOf(at);
    history.replaceState(null, "", "#" + spreads[at].id);
    fitText(spreads[at]);
  };

  const copyOf = (leaf) => {
    const copy = leaf.cloneNode(true);
    copy.querySelectorAll("[id]").forEach((part) => part.removeAttribute("id"));
    return copy;
  };

  // A sheet turns about the spine: in front the earlier spread's right leaf, behind it the
  // later spread's left leaf, over what lies to both sides.
  const turnSheet = (earlier, later, forward) => {
    const stage = document.createElement("div");
    const sheet = document.createElement("div");
    stage.className = "spread stage";
    stage.inert = true;
    stage.setAttribute("aria-hidden", "true");
    sheet.className = "sheet";
    sheet.append(copyOf(earlier.lastElementChild), copyOf(later.firstElementChild));
    stage.append(copyOf(earlier.firstElementChild), copyOf(later.lastElementChild), sheet);
    book.append(stage);
    const turning = sheet.animate(
      [{ transform: "rotateY(0)" }, { transform: "rotateY(-180deg)" }],
      { duration: 800, easing: "ease-in-out", fill: "both",
        direction: forward ? "normal" : "reverse" });
    finishTurn = () => { stage.remove(); finishTurn = () => {}; };
    turning.onfinish = finishTurn;
  };

  const goTo = (next) => {
    if (next < 0 || next >= spreads.length || next === at) return;
    finishTurn();
    const forward = next > at;
    const [earlier, later] = forward ? [spreads[at], spreads[next]] : [spreads[next], spreads[at]];
    const opensBook = earlier.children.length < 2;
    at = next;
    show();
    if (narrow.matches) scrollTo(0, 0);
    if (still.matches) return;
    if (narrow.matches || opensBook) {
      const shift = forward ? "4%" : "-4%";
      spreads[at].animate(
        [{ opacity: 0, transform: "translateX(" + shift + ")" }, { opacity: 1, transform: "none" }],
        { duration: 350, easing: "ease-out" });
    } else {
      turnSheet(earlier, later, forward);
    }
  };

  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const steps = { ArrowRight: at + 1, PageDown: at + 1, ArrowLeft: at - 1, PageUp: at - 1,
      Home: 0, End: spreads.length - 1 };
    if (!(event.key in steps)) return;
    event.preventDefault();
    goTo(steps[event.key]);
  });
  back.addEventListener("click", () => goTo(at - 1));
  on.addEventListener("click", () => goTo(at + 1));
  book.addEventListener("click", (event) => {
    if (String(getSelection()) || swiped) return;
    const box = book.getBoundingClientRect();
    goTo(event.clientX < box.left + box.width / 2 && at > 0 ? at - 1 : at + 1);
  });

  let start = null;
  let swiped = false;
  book.addEventListener("touchstart", (event) => {
    start = event.touches.length === 1 ? event.touches[0] : null;
    swiped = false;
  }, { passive: true });
  book.addEventListener("touchend", (event) => {
    if (!start) return;
    const across = event.changedTouches[0].clientX - start.clientX;
    const along = event.changedTouches[0].clientY - start.clientY;
    swiped = Math.abs(across) > 40 && Math.abs(across) > 1.5 * Math.abs(along);
    if (swiped) goTo(across < 0 ? at + 1 : at - 1);
  }, { passive: true });
  addEventListener("hashchange", () => {
    const found = spreads.findIndex((spread) => "#" + spread.id === location.hash);
    if (found >= 0) goTo(found);
  });

  document.documentElement.classList.add("js");
  document.querySelector(".controls").hidden = false;
  show();
  if (document.fonts) document.fonts.ready.then(() => fitText(spreads[at]));
})();
