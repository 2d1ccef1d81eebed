// Keys, sorting and theme. Every page works without it.
(function () {
  "use strict";
  var root = document.documentElement;
  var THEMES = ["auto", "light", "dark"];

  function stored() {
    try { return localStorage.getItem("lemma-eval-theme"); } catch (e) { return null; }
  }
  function store(theme) {
    try { localStorage.setItem("lemma-eval-theme", theme); } catch (e) { /* not kept, then */ }
  }
  function apply(theme) {
    if (theme === "light" || theme === "dark") { root.setAttribute("data-theme", theme); }
    else { root.removeAttribute("data-theme"); }
  }
  var theme = THEMES.indexOf(stored()) > 0 ? stored() : "auto";
  apply(theme); // before anything is drawn

  function all(selector) { return Array.prototype.slice.call(document.querySelectorAll(selector)); }
  function follow(selector) {
    var link = document.querySelector(selector);
    if (link) { link.click(); }
    return Boolean(link);
  }

  function themeButton() {
    var button = document.querySelector("[data-theme-toggle]");
    if (!button) { return; }
    function show() {
      var name = theme.charAt(0).toUpperCase() + theme.slice(1);
      button.textContent = name;
      button.setAttribute("aria-label", "Theme: " + theme + ". Change it");
    }
    button.hidden = false;
    show();
    button.addEventListener("click", function () {
      theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
      store(theme); apply(theme); show();
    });
  }

  function help() {
    var dialog = document.getElementById("keys");
    if (dialog && dialog.showModal && !dialog.open) { dialog.showModal(); }
  }

  // Rows of a list: j and k move the focus.
  function move(step) {
    var rows = all("[data-rows] a.row");
    if (!rows.length) { return false; }
    var at = rows.indexOf(document.activeElement);
    var to = at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step;
    if (to < 0 || to >= rows.length) { return true; }
    rows[to].focus();
    rows[to].scrollIntoView({ block: "nearest" });
    return true;
  }

  function typing(target) {
    return target && (/^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName) || target.isContentEditable);
  }
  // A box that scrolls, a button or a summary has uses of its own for the arrows.
  function elsewhere(target) {
    return target && target !== document.body && target.closest && target.closest("[tabindex='0'], select, input, textarea");
  }

  function key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) { return; }
    var dialog = document.getElementById("keys");
    if (dialog && dialog.open) { return; }
    if (typing(event.target)) {
      if (event.key === "Escape") { event.target.blur(); }
      return;
    }
    var done = false;
    var list = document.querySelector("[data-rows]");
    switch (event.key) {
      case "ArrowDown": case "ArrowUp":
        if (!list || elsewhere(event.target)) { return; }
        done = move(event.key === "ArrowDown" ? 1 : -1); break;
      case "ArrowRight": case "ArrowLeft":
        if (list || elsewhere(event.target)) { return; }
        done = follow(event.key === "ArrowRight" ? "[data-next]" : "[data-previous]"); break;
      case "j": done = list ? move(1) : follow("[data-next]"); break;
      case "k": done = list ? move(-1) : follow("[data-previous]"); break;
      case "n": done = follow("[data-next-page], [data-next]"); break;
      case "p": done = follow("[data-previous-page], [data-previous]"); break;
      case "u": done = follow("[data-back]"); break;
      case "r": done = follow("[data-raw]"); break;
      case "/":
        var search = document.querySelector("[data-search]");
        if (search && !search.disabled) { search.focus(); search.select(); done = true; }
        break;
      case "?": help(); done = true; break;
      default: return;
    }
    if (done) { event.preventDefault(); }
  }

  function sortable(table) {
    var buttons = Array.prototype.slice.call(table.querySelectorAll("th button[data-sort]"));
    buttons.forEach(function (button) {
      button.addEventListener("click", function (event) {
        event.preventDefault();
        var head = button.closest("th");
        var column = Array.prototype.indexOf.call(head.parentNode.children, head);
        var down = head.getAttribute("aria-sort") ? head.getAttribute("aria-sort") === "ascending" : head.classList.contains("number");
        buttons.forEach(function (other) { other.closest("th").removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        var body = table.tBodies[0];
        var rows = Array.prototype.slice.call(body.rows).map(function (row, place) {
          return { row: row, place: place, value: row.cells[column].getAttribute("data-value") || "" };
        });
        var numeric = head.classList.contains("number");
        rows.sort(function (a, b) {
          var none = [a.value === "" || a.value === "nan", b.value === "" || b.value === "nan"];
          if (none[0] || none[1]) { return none[0] - none[1] || a.place - b.place; }
          var order = numeric ? a.value - b.value : a.value.localeCompare(b.value, undefined, { numeric: true });
          return (down ? -order : order) || a.place - b.place;
        });
        rows.forEach(function (each) { body.appendChild(each.row); });
      });
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    themeButton();
    var button = document.querySelector("[data-help]");
    if (button) { button.hidden = false; button.addEventListener("click", help); }
    document.addEventListener("keydown", key);
    all("table.sortable").forEach(sortable);
    // An empty field says nothing: it need not stand in the address.
    all("form.filters").forEach(function (form) {
      form.addEventListener("submit", function () {
        all("form.filters [name]").forEach(function (field) {
          if (form.contains(field) && field.value === "") { field.disabled = true; }
        });
      });
    });
    window.addEventListener("pageshow", function (event) {
      if (event.persisted) { location.reload(); }
    });
  });
})();
