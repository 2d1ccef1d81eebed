// The list of samples of a report: filters, search and pages over the data files beside it. Everything that came from
// a model or a data set is put in as text, never as markup.
(function () {
  "use strict";
  var PAGE = 50;
  var COLUMNS = { number: 0, benchmark: 1, problem: 2, sample: 3, verdict: 4, rule: 5, level: 6, subject: 7, type: 8,
    question: 9, gold: 10, answer: 11, tokens: 12, flags: 13, flipped: 15 };
  var LISTS = ["benchmark", "verdict", "rule", "level", "subject", "type"];
  var FILTERS = LISTS.concat("flipped");
  var index = null, form = document.getElementById("browse");
  var rows = {}, texts = {}, waiting = {}, turn = 0;

  function element(id) { return document.getElementById(id); }
  function made(tag, name, text) {
    var node = document.createElement(tag);
    if (name) { node.className = name; }
    if (text !== undefined) { node.textContent = text; }
    return node;
  }
  function short(text) { return text.length > 80 ? text.slice(0, 80) + "…" : text; }
  function run(slug) {
    return index.runs.filter(function (each) { return each.slug === slug; })[0] || index.runs[0];
  }

  window.lemmaIndex = function (told) { index = told; start(); };
  window.lemmaRows = function (slug, part, found) { arrived(rows, slug, part, found); };
  window.lemmaTexts = function (slug, part, found) { arrived(texts, slug, part, found); };
  function arrived(store, slug, part, found) { (store[slug] = store[slug] || {})[part] = found; }

  // A data file calls one of the functions above; it is loaded once.
  function load(file, then, failed) {
    if (waiting[file] === true) { then(); return; }
    if (waiting[file]) { waiting[file].push([then, failed]); return; }
    waiting[file] = [[then, failed]];
    var script = document.createElement("script");
    script.onload = function () { var all = waiting[file]; waiting[file] = true; all.forEach(function (each) { each[0](); }); };
    script.onerror = function () { var all = waiting[file]; delete waiting[file]; all.forEach(function (each) { each[1](file); }); };
    script.src = "data/" + file;
    document.head.appendChild(script);
  }
  function name(slug, kind, part) { return encodeURIComponent(slug) + kind + ("00" + part).slice(-Math.max(3, String(part).length)) + ".js"; }

  function wanted() {
    var found = new URLSearchParams(location.hash.slice(1)), told = {};
    found.forEach(function (value, key) { told[key] = value; });
    return told;
  }
  function fill(select, values, value, any) {
    select.textContent = "";
    (any ? [["", "any"]] : []).concat(values).forEach(function (each) {
      var option = made("option", "", short(each[1]));
      option.value = each[0];
      option.selected = each[0] === value;
      select.appendChild(option);
    });
    select.parentNode.hidden = values.length < 2;
  }
  function sorted(words) {
    return words.slice().sort(function (a, b) { return a.localeCompare(b, "en", { numeric: true }); });
  }
  function show() {
    Array.prototype.forEach.call(form.elements, function (each) { each.disabled = false; });
    var asked = wanted(), here = run(asked.run), mine = ++turn;
    fill(form.elements.run, index.runs.map(function (each) { return [each.slug, each.name]; }), here.slug, false);
    LISTS.forEach(function (key) {
      fill(form.elements[key], sorted(here.words[key]).map(function (word) { return [word, word]; }), asked[key] || "", true);
    });
    var others = index.runs.filter(function (each) { return each !== here; });
    fill(form.elements.flipped, others.map(function (each) { return [each.slug, each.name]; }), asked.flipped || "", true);
    form.elements.flipped.parentNode.hidden = !others.length;
    form.elements.search.value = asked.search || "";
    form.elements.unparsed.checked = asked.unparsed === "1";
    form.elements.truncated.checked = asked.truncated === "1";
    element("held").textContent = here.held;
    var page = Math.max(1, parseInt(asked.page, 10) || 1);
    var words = (asked.search || "").toLowerCase().split(/\s+/).filter(Boolean);
    var plain = !words.length && !asked.unparsed && !asked.truncated && FILTERS.every(function (key) { return !asked[key]; });
    var parts = [];
    var first = plain ? Math.floor((page - 1) * PAGE / index.chunk) : 0;
    var last = plain ? Math.min(here.chunks - 1, Math.floor((page * PAGE - 1) / index.chunk)) : here.chunks - 1;
    for (var part = first; part <= last; part++) { parts.push(part); }
    var found = [];
    function say(text) { element("pages").hidden = false; element("place").textContent = text; }
    function missing(file) { if (mine === turn) { say("data/" + file + " is missing"); } }
    function next() {
      if (mine !== turn) { return; }
      if (!parts.length) { draw(here, asked, page, plain, found, first); return; }
      var part = parts.shift();
      load(name(here.slug, "-", part), function () {
        if (!words.length) { take(part, null); next(); return; }
        say("searching, " + (part + 1) + " of " + here.chunks);
        load(name(here.slug, "-text-", part), function () { take(part, texts[here.slug][part]); delete texts[here.slug][part];
          delete waiting[name(here.slug, "-text-", part)]; next(); }, missing);
      }, missing);
    }
    function take(part, text) {
      rows[here.slug][part].forEach(function (row, place) {
        if (matches(here, asked, row) && (!text || holds(text[place], words))) { found.push(row); }
      });
    }
    next();
  }
  function holds(texts, words) {
    var whole = texts.join("\n").toLowerCase();
    return words.every(function (word) { return whole.indexOf(word) >= 0; });
  }
  function matches(here, asked, row) {
    if (asked.unparsed === "1" && !(row[COLUMNS.flags] & 1)) { return false; }
    if (asked.truncated === "1" && !(row[COLUMNS.flags] & 2)) { return false; }
    if (asked.flipped && !row[COLUMNS.flipped].some(function (place) { return index.runs[place].slug === asked.flipped; })) { return false; }
    return LISTS.every(function (key) { return !asked[key] || here.words[key][row[COLUMNS[key]]] === asked[key]; });
  }
  function address(asked, page) {
    var query = new URLSearchParams();
    Object.keys(asked).forEach(function (key) { if (key !== "page" && asked[key]) { query.set(key, asked[key]); } });
    if (page > 1) { query.set("page", page); }
    return "#" + query.toString();
  }
  function link(id, href) { var node = element(id); node.hidden = href === null; node.setAttribute("href", href || "#"); }
  function draw(here, asked, page, plain, found, firstChunk) {
    var total = plain ? here.included : found.length;
    var from = plain ? (page - 1) * PAGE - firstChunk * index.chunk : (page - 1) * PAGE;
    var shown = found.slice(from, from + PAGE), before = (page - 1) * PAGE;
    element("pages").hidden = false;
    element("place").textContent = shown.length
      ? (before + 1).toLocaleString("en") + "–" + (before + shown.length).toLocaleString("en") + " of " + total.toLocaleString("en")
      : "No sample is like that.";
    link("first", page > 2 ? address(asked, 1) : null);
    link("previous", page > 1 ? address(asked, page - 1) : null);
    link("next", before + shown.length < total && shown.length ? address(asked, page + 1) : null);
    var list = element("rows");
    list.textContent = "";
    shown.forEach(function (row) { list.appendChild(line(here, row)); });
  }
  function line(here, row) {
    function word(key) { return row[COLUMNS[key]] === null ? null : here.words[key][row[COLUMNS[key]]]; }
    var item = made("li"), anchor = made("a", "row"), verdict = word("verdict");
    anchor.href = "samples/" + encodeURIComponent(here.slug) + "-" + String(row[14]).padStart(4, "0") + ".html#s" + row[COLUMNS.number];
    anchor.appendChild(made("span", "verdict " + verdict, verdict));
    var text = made("span", "row-text");
    text.appendChild(made("span", "question", row[COLUMNS.question]));
    var facts = made("span", "facts");
    facts.appendChild(made("span", "", word("benchmark") + " " + row[COLUMNS.problem] + " · sample " + row[COLUMNS.sample]));
    ["level", "subject", "type"].forEach(function (key) { if (word(key) !== null) { facts.appendChild(made("span", "", short(word(key)))); } });
    if (word("rule") !== null) { facts.appendChild(made("span", "", "rule " + word("rule"))); }
    if (row[COLUMNS.tokens] !== null) { facts.appendChild(made("span", "", row[COLUMNS.tokens].toLocaleString("en") + " tokens")); }
    if (row[COLUMNS.flags] & 2) { facts.appendChild(made("span", "mark", "truncated")); }
    text.appendChild(facts);
    anchor.appendChild(text);
    var answers = made("span", "answers");
    [["answer", row[COLUMNS.answer]], ["gold", row[COLUMNS.gold]]].forEach(function (pair) {
      var one = made("span");
      one.appendChild(made("span", "soft", pair[0]));
      one.appendChild(document.createTextNode(" "));
      one.appendChild(made("span", pair[1] === null ? "soft" : "answer", pair[1] === null ? "none" : pair[1]));
      answers.appendChild(one);
    });
    anchor.appendChild(answers);
    item.appendChild(anchor);
    return item;
  }
  function start() {
    if (!index.runs.length) { return; }
    form.hidden = false;
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      var asked = {};
      ["run", "search"].concat(FILTERS).forEach(function (key) { asked[key] = form.elements[key].value.trim(); });
      ["unparsed", "truncated"].forEach(function (key) { asked[key] = form.elements[key].checked ? "1" : ""; });
      if (asked.run !== run(wanted().run).slug) { FILTERS.forEach(function (key) { if (key !== "verdict") { asked[key] = ""; } }); }
      if (address(asked, 1) === location.hash) { show(); } else { location.hash = address(asked, 1); }
    });
    form.addEventListener("reset", function (event) { event.preventDefault(); location.hash = address({ run: run(wanted().run).slug }, 1); });
    window.addEventListener("hashchange", show);
    show();
  }
})();
