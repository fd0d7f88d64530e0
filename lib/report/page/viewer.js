// Enlarges a case of the contact sheets. Everything else on the page works without a script.
(() => {
  const cases = [...document.querySelectorAll(".case")];
  const byId = (id) => document.getElementById(id);
  const viewer = byId("viewer");
  if (!viewer || cases.length === 0) return;
  const stage = byId("viewer-stage");
  const MOST_ZOOM = 40;
  const state = { index: 0, zoom: 1, x: 0.5, y: 0.5 }; // The centre, as shares of the picture.
  let full = { width: 1, height: 1 };

  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
  const picture = () => stage.querySelector("svg");

  function place() {
    const half = 0.5 / state.zoom;
    state.x = clamp(state.x, half, 1 - half);
    state.y = clamp(state.y, half, 1 - half);
    const [width, height] = [full.width / state.zoom, full.height / state.zoom];
    const left = state.x * full.width - width / 2;
    const top = state.y * full.height - height / 2;
    picture()?.setAttribute("viewBox", `${left} ${top} ${width} ${height}`);
    stage.classList.toggle("zoomed", state.zoom > 1);
  }

  /** Keeps the point under `at`, shares of the shown part, where it is. */
  function zoomBy(factor, at = { x: 0.5, y: 0.5 }) {
    const before = state.zoom;
    state.zoom = clamp(before * factor, 1, MOST_ZOOM);
    state.x += (at.x - 0.5) * (1 / before - 1 / state.zoom);
    state.y += (at.y - 0.5) * (1 / before - 1 / state.zoom);
    place();
  }

  function moveBy(x, y) {
    state.x += x / state.zoom;
    state.y += y / state.zoom;
    place();
  }

  function reset() {
    Object.assign(state, { zoom: 1, x: 0.5, y: 0.5 });
    place();
  }

  function show(index) {
    state.index = (index + cases.length) % cases.length;
    const shown = cases[state.index];
    const copy = shown.querySelector("svg").cloneNode(true);
    copy.querySelector("defs").remove(); // It uses those of the small picture.
    const { width, height } = shown.querySelector("svg").viewBox.baseVal;
    full = { width, height };
    stage.style.setProperty("--shape", String(width / height));
    stage.replaceChildren(copy);
    const place = `${state.index + 1} of ${cases.length}`;
    byId("viewer-title").textContent = shown.dataset.id;
    byId("viewer-place").textContent = place;
    byId("viewer-metrics").replaceChildren(
      ...[...shown.querySelectorAll("dl > div")].map((row) => row.cloneNode(true)),
    );
    byId("viewer-status").textContent = `${shown.dataset.id}, ${place}`;
    reset();
  }

  function setView(name) {
    byId(`view-${name}`).checked = true;
    markView();
  }

  function markView() {
    const current = document.querySelector("input[name=view]:checked")?.value;
    for (const button of viewer.querySelectorAll("[data-view]")) {
      button.setAttribute("aria-pressed", String(button.dataset.view === current));
    }
  }

  const actions = {
    close: () => viewer.close(),
    previous: () => show(state.index - 1),
    next: () => show(state.index + 1),
    in: () => zoomBy(1.5),
    out: () => zoomBy(1 / 1.5),
    reset,
  };
  const keys = {
    ArrowLeft: "previous",
    ArrowUp: "previous",
    ArrowRight: "next",
    ArrowDown: "next",
    "+": "in",
    "=": "in",
    "-": "out",
    "0": "reset",
  };
  const STEP = 0.15;
  const moves = {
    ArrowLeft: [-STEP, 0],
    ArrowRight: [STEP, 0],
    ArrowUp: [0, -STEP],
    ArrowDown: [0, STEP],
  };

  for (const [index, item] of cases.entries()) {
    item.querySelector("button").addEventListener("click", () => {
      show(index);
      markView();
      viewer.showModal();
      stage.focus();
    });
  }
  viewer.addEventListener("click", (event) => {
    const { action, view } = event.target.dataset;
    if (event.target === viewer) viewer.close();
    else if (action) actions[action]();
    else if (view) setView(view);
  });
  viewer.addEventListener("close", () => {
    stage.replaceChildren();
    const { index } = state;
    cases[index].querySelector("button").focus();
  });
  viewer.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const move = event.shiftKey ? moves[event.key] : undefined;
    const view = viewer.querySelectorAll("[data-view]")[Number(event.key) - 1];
    if (move) moveBy(...move);
    else if (keys[event.key]) actions[keys[event.key]]();
    else if (view) setView(view.dataset.view);
    else return;
    event.preventDefault();
  });

  /** Where a pointer is, as shares of the part that is shown; the picture may be narrower than its stage. */
  const share = (event) => {
    const svg = picture();
    const { x, y, width, height } = svg.viewBox.baseVal;
    const at = new DOMPoint(event.clientX, event.clientY)
      .matrixTransform(svg.getScreenCTM().inverse());
    return { x: (at.x - x) / width, y: (at.y - y) / height };
  };
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoomBy(Math.exp(-event.deltaY * 0.002), share(event));
  }, { passive: false });
  stage.addEventListener("dblclick", (event) => zoomBy(2, share(event)));

  /** Fingers, or the mouse while it is pressed. */
  const pointers = new Map();
  stage.addEventListener("pointerdown", (event) => {
    stage.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, share(event));
  });
  stage.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = share(event);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const apart = (point) => Math.max(0.01, Math.hypot(point.x - other.x, point.y - other.y));
      zoomBy(apart(now) / apart(before), { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
    } else moveBy(before.x - now.x, before.y - now.y);
    pointers.set(event.pointerId, now);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    stage.addEventListener(end, (event) => pointers.delete(event.pointerId));
  }
})();

// Printed pages hide nothing.
addEventListener("beforeprint", () => {
  for (const closed of document.querySelectorAll("details:not([open])")) {
    closed.open = true;
    closed.dataset.printed = "";
  }
});
addEventListener("afterprint", () => {
  for (const opened of document.querySelectorAll("details[data-printed]")) {
    opened.open = false;
    delete opened.dataset.printed;
  }
});
