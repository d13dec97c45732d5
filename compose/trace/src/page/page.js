
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const element = (id) => document.getElementById(id);
  const canvas = element("canvas"), view = element("view"), hover = element("hover"), chosen = element("chosen");
  const context = canvas.getContext("2d");
  const AT = 0, TOOK = 1, FUNCTION = 2, SOURCE = 3, END = 4, ARGUMENTS = 5, RESULT = 6;
  const ENDS = ["ok", "error", "denied", "unfinished", "dropped", "differs"];
  const COLOURS = ["--ok", "--error", "--denied", "--unfinished", "--dropped", "--denied"];
  const calls = data.calls.sort((a, b) => a[AT] - b[AT]);
  const several = data.sources.length > 1;

  // A lane for each interface, and where there are several components or requests, for each of those.
  const lanes = [], laneOf = new Map();
  calls.forEach((call, index) => {
    const key = data.functions[call[FUNCTION]][0] + "\n" + (several ? call[SOURCE] : "");
    let lane = laneOf.get(key);
    if (lane === undefined) {
      lane = { interface: data.functions[call[FUNCTION]][0] || "(functions)", source: call[SOURCE], calls: [], longest: 0 };
      laneOf.set(key, lane);
      lanes.push(lane);
    }
    lane.calls.push(index);
    lane.longest = Math.max(lane.longest, call[TOOK]);
  });
  lanes.sort((a, b) => a.source - b.source || (a.interface < b.interface ? -1 : a.interface > b.interface ? 1 : 0));
  lanes.forEach((lane) => {
    lane.label = several ? "[" + data.sources[lane.source] + "] " + lane.interface : lane.interface;
  });

  let end = 1;
  for (const call of calls) end = Math.max(end, call[AT] + call[TOOK]);
  const first = calls.length ? calls[0][AT] : 0;
  const margin = Math.max((end - first) * 0.02, 1);
  const FROM = Math.max(0, first - margin), TO = end + margin;
  const LANE = 30, AXIS = 26, PAD = 5;
  let from = FROM, to = TO, left = 100, width = 800;
  let matches = null, position = -1, selected = -1, colours = {}, waiting = false;

  const time = (ns) => {
    const size = Math.abs(ns);
    if (size >= 1e9) return (ns / 1e9).toFixed(3) + " s";
    if (size >= 1e6) return (ns / 1e6).toFixed(3) + " ms";
    if (size >= 1e3) return (ns / 1e3).toFixed(3) + " µs";
    return Math.round(ns) + " ns";
  };
  const name = (call) => data.functions[call[FUNCTION]][1];
  const describe = (call) => {
    const lines = [name(call) + "(" + call[ARGUMENTS] + ")"];
    if (call[END] !== 4) lines.push("= " + call[RESULT]);
    let facts = "at " + (call[AT] / 1e9).toFixed(6) + " s";
    if (call[END] < 3) facts += ", took " + time(call[TOOK]);
    if (call[END] !== 0 && call[END] !== 4) facts += ", " + ENDS[call[END]];
    if (several) facts += ", [" + data.sources[call[SOURCE]] + "]";
    lines.push(facts);
    return lines.join("\n");
  };

  const x = (ns) => left + ((ns - from) / (to - from)) * (width - left);
  const ns = (pixel) => from + ((pixel - left) / (width - left)) * (to - from);
  // The position in a lane of its first call that begins at this time or later.
  const search = (lane, at) => {
    let low = 0, high = lane.calls.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (calls[lane.calls[middle]][AT] < at) low = middle + 1; else high = middle;
    }
    return low;
  };

  const resize = () => {
    const style = getComputedStyle(document.documentElement);
    for (const key of ["--back", "--lane", "--line", "--text", "--faint", "--mark", ...COLOURS]) {
      colours[key] = style.getPropertyValue(key).trim();
    }
    const scale = window.devicePixelRatio || 1;
    width = view.clientWidth;
    const height = AXIS + lanes.length * LANE;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.style.width = width + "px";
    canvas.style.height = height + "px";
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.font = "12px system-ui, sans-serif";
    const widest = lanes.map((lane) => context.measureText(lane.label).width);
    left = Math.min(Math.max(80, ...widest) + 2 * PAD + 4, width * 0.4);
    draw();
  };

  const axis = () => {
    const span = to - from;
    let step = Math.pow(10, Math.floor(Math.log10(span / 5)));
    for (const factor of [5, 2]) if (span / (step * factor) >= 5) { step *= factor; break; }
    context.textAlign = "center";
    for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
      const pixel = x(at);
      context.fillStyle = colours["--line"];
      context.fillRect(pixel, AXIS - 5, 1, canvas.height);
      context.fillStyle = colours["--faint"];
      if (pixel > left + 20 && pixel < width - 30) context.fillText(time(at).replace(/\.(\d*?)0+ /, (_, kept) => (kept ? "." + kept : "") + " "), pixel, 15);
    }
    context.textAlign = "left";
  };

  const rectangle = (lane, call) => {
    const start = x(call[AT]);
    const size = Math.max(1.5, x(call[AT] + call[TOOK]) - start);
    return [start, AXIS + lane * LANE + PAD, size, LANE - 2 * PAD];
  };

  const draw = () => {
    context.fillStyle = colours["--back"];
    context.fillRect(0, 0, canvas.width, canvas.height);
    lanes.forEach((lane, index) => {
      if (index % 2 === 0) {
        context.fillStyle = colours["--lane"];
        context.fillRect(0, AXIS + index * LANE, width, LANE);
      }
    });
    axis();
    context.save();
    context.beginPath();
    context.rect(left, 0, width - left, canvas.height);
    context.clip();
    lanes.forEach((lane, index) => {
      // Where many calls share a pixel, each colour is drawn once, and what is rare is drawn last.
      const drawn = new Map();
      const later = [];
      for (let at = search(lane, from - lane.longest); at < lane.calls.length; at++) {
        const number = lane.calls[at], call = calls[number];
        if (call[AT] > to) break;
        if (call[AT] + call[TOOK] < from) continue;
        const isFaint = matches !== null && !matches.is[number];
        const colour = call[END] + (isFaint ? 10 : 0);
        const [start, top, size, height] = rectangle(index, call);
        const pixel = Math.floor(start);
        if (size < 2 && drawn.get(colour) === pixel) continue;
        drawn.set(colour, pixel);
        if (colour === 0 || colour === 4 || isFaint) paint(colour, start, top, size, height);
        else later.push([colour, start, top, size, height]);
      }
      for (const one of later) paint(...one);
    });
    context.globalAlpha = 1;
    if (selected >= 0) {
      const call = calls[selected];
      const lane = lanes.findIndex((lane) => lane.calls.includes(selected));
      const [start, top, size, height] = rectangle(lane, call);
      context.strokeStyle = colours["--mark"];
      context.lineWidth = 2;
      context.strokeRect(start - 2, top - 2, size + 4, height + 4);
    }
    context.restore();
    context.fillStyle = colours["--text"];
    lanes.forEach((lane, index) => {
      context.fillText(lane.label, PAD, AXIS + index * LANE + LANE / 2 + 4, left - 2 * PAD);
    });
  };
  const paint = (colour, start, top, size, height) => {
    context.globalAlpha = colour >= 10 ? 0.15 : 1;
    context.fillStyle = colours[COLOURS[colour % 10]];
    context.fillRect(start, top, size, height);
  };
  const redraw = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(); });
  };

  const show = (start, stop) => {
    const span = Math.min(Math.max(stop - start, 10), TO - FROM);
    from = Math.min(Math.max(start, FROM), TO - span);
    to = from + span;
    redraw();
  };
  const zoom = (factor, around) => show(around - (around - from) * factor, around + (to - around) * factor);

  // The call at a place of the canvas: the one that is nearest.
  const find = (pixel, line) => {
    const index = Math.floor((line - AXIS) / LANE);
    if (index < 0 || index >= lanes.length || pixel < left) return -1;
    const lane = lanes[index], reach = (4 * (to - from)) / (width - left), at = ns(pixel);
    let best = -1, least = Infinity;
    for (let i = search(lane, at - reach - lane.longest); i < lane.calls.length; i++) {
      const call = calls[lane.calls[i]];
      if (call[AT] > at + reach) break;
      const outside = Math.max(call[AT] - at, at - call[AT] - call[TOOK], 0);
      // Errors are found before others at the same place.
      const distance = outside - (call[END] !== 0 && call[END] !== 4 ? reach / 4 : 0);
      if (outside <= reach && distance < least) { least = distance; best = lane.calls[i]; }
    }
    return best;
  };

  const choose = (index) => {
    selected = index;
    chosen.textContent = index < 0 ? "Point at a call, or click it." : describe(calls[index]);
    redraw();
  };
  const jump = (step) => {
    const list = matches === null ? null : matches.list;
    if (!list || !list.length) return;
    position = (position + step + list.length) % list.length;
    const call = calls[list[position]];
    if (call[AT] < from || call[AT] > to) {
      const half = (to - from) / 2;
      show(call[AT] - half, call[AT] + half);
    }
    choose(list[position]);
    element("found").textContent = position + 1 + " of " + list.length;
  };

  let drag = null;
  canvas.addEventListener("pointerdown", (event) => {
    drag = { x: event.offsetX, from, to, moved: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (drag) {
      const moved = event.offsetX - drag.x;
      if (Math.abs(moved) > 3) drag.moved = true;
      if (drag.moved) {
        const by = (moved / (width - left)) * (drag.to - drag.from);
        show(drag.from - by, drag.to - by);
        hover.hidden = true;
      }
      return;
    }
    const index = find(event.offsetX, event.offsetY);
    hover.hidden = index < 0;
    if (index < 0) return;
    hover.textContent = describe(calls[index]);
    const box = hover.getBoundingClientRect();
    const down = event.clientY + 16 + box.height > innerHeight ? event.clientY - box.height - 10 : event.clientY + 16;
    hover.style.left = Math.max(0, Math.min(event.clientX + 12, innerWidth - box.width - 8)) + "px";
    hover.style.top = down + "px";
  });
  canvas.addEventListener("pointerup", (event) => {
    if (drag && !drag.moved) choose(find(event.offsetX, event.offsetY));
    drag = null;
  });
  canvas.addEventListener("pointerleave", () => { hover.hidden = true; });
  canvas.addEventListener("wheel", (event) => {
    if (event.shiftKey) return;
    event.preventDefault();
    zoom(Math.exp(Math.max(-1, Math.min(1, event.deltaY / 300))), ns(Math.max(event.offsetX, left)));
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const step = (to - from) / 8, middle = (from + to) / 2;
    switch (event.key) {
      case "ArrowLeft": show(from - step, to - step); break;
      case "ArrowRight": show(from + step, to + step); break;
      case "+": zoom(0.5, middle); break;
      case "-": zoom(2, middle); break;
      default: return;
    }
    event.preventDefault();
  });
  element("all").addEventListener("click", () => show(FROM, TO));
  element("next").addEventListener("click", () => jump(1));
  element("previous").addEventListener("click", () => jump(-1));
  element("search").addEventListener("input", (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    position = -1;
    if (!words.length) {
      matches = null;
      element("found").textContent = "";
    } else {
      const is = new Uint8Array(calls.length), list = [];
      calls.forEach((call, index) => {
        const text = (name(call) + " " + call[ARGUMENTS] + " " + call[RESULT] + " " + ENDS[call[END]] + " " + data.sources[call[SOURCE]]).toLowerCase();
        if (words.every((word) => text.includes(word))) { is[index] = 1; list.push(index); }
      });
      matches = { is, list };
      element("found").textContent = list.length + " found";
    }
    redraw();
  });
  element("search").addEventListener("keydown", (event) => {
    if (event.key === "Enter") jump(event.shiftKey ? -1 : 1);
  });
  addEventListener("resize", resize);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", resize);

  document.title = "Trace of " + data.title;
  element("title").textContent = data.title;
  const count = (ends) => calls.filter((call) => ends.includes(call[END])).length;
  const errors = count([1]), denied = count([2]);
  element("facts").textContent = count([0, 1, 2, 3]).toLocaleString("en") + " calls in " + time(end) +
    ", " + errors.toLocaleString("en") + " errors, " + denied.toLocaleString("en") + " denied";
  resize();
})();
