"use strict";
(() => {
  const book = document.getElementById("book");
  const spreads = [...book.querySelectorAll(".spread")];
  const back = document.getElementById("back");
  const on = document.getElementById("on");
  const place = document.getElementById("place");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const narrow = matchMedia("(max-width: 46rem), (max-aspect-ratio: 1/1)");
  const indexOf = (id) => spreads.findIndex((spread) => spread.id === id);
  let at = Math.max(0, indexOf(location.hash.slice(1)));
  let finishTurn = () => {};

  // Which way a reader went from each page where the story parts, and which leaf came last.
  const gone = new Map();
  const onFrom = (index) => {
    const spread = spreads[index];
    const next = gone.get(spread.id) || spread.dataset.on;
    return next ? indexOf(next) : index;
  };
  const lastFrom = (index) => {
    while (onFrom(index) > 0 && onFrom(index) !== spreads.length - 1) index = onFrom(index);
    return index;
  };
  let leaf = spreads[lastFrom(0)].id;
  const backFrom = (index) => {
    const spread = spreads[index];
    return spread.id === "end" ? indexOf(leaf) : Math.max(0, indexOf(spread.dataset.up || ""));
  };
  const remember = () => {
    let here = spreads[at];
    if (here.id === "end") return;
    while (here.dataset.up) {
      gone.set(here.dataset.up, here.id);
      here = spreads[indexOf(here.dataset.up)];
    }
    leaf = spreads[lastFrom(at)].id;
  };
  const numberOf = (index) => Number(spreads[index].dataset.number) || 0;
  const depthOf = (index) => index === spreads.length - 1 ? Infinity : numberOf(index);

  const nameOf = (index) => {
    if (index === 0) return "Cover";
    if (index === spreads.length - 1) return "The End";
    return "Page " + numberOf(index) + " of " + numberOf(lastFrom(index));
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
    remember();
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
    const forward = depthOf(next) >= depthOf(at);
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
    const steps = { ArrowRight: onFrom, PageDown: onFrom, ArrowLeft: backFrom, PageUp: backFrom,
      Home: () => 0, End: () => spreads.length - 1 };
    const way = spreads[at].querySelectorAll(".ways a")[Number(event.key) - 1];
    if (way) goTo(indexOf(way.hash.slice(1)));
    if (!(event.key in steps)) return;
    event.preventDefault();
    goTo(steps[event.key](at));
  });
  back.addEventListener("click", () => goTo(backFrom(at)));
  on.addEventListener("click", () => goTo(onFrom(at)));
  book.addEventListener("click", (event) => {
    if (String(getSelection()) || swiped || event.target.closest("a")) return;
    const box = book.getBoundingClientRect();
    goTo(event.clientX < box.left + box.width / 2 && at > 0 ? backFrom(at) : onFrom(at));
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
    if (swiped) goTo(across < 0 ? onFrom(at) : backFrom(at));
  }, { passive: true });
  addEventListener("hashchange", () => {
    const found = indexOf(location.hash.slice(1));
    if (found >= 0) goTo(found);
  });

  document.documentElement.classList.add("js");
  document.querySelector(".controls").hidden = false;
  show();
  if (document.fonts) document.fonts.ready.then(() => fitText(spreads[at]));
})();
