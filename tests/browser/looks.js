// What the browser tests ask of a page. Each function takes and returns plain values, a line for each thing found.
globalThis.looks = (() => {
  const all = (selector) => [...document.querySelectorAll(selector)]
  const shows = (node) => node.checkVisibility({ visibilityProperty: true })
  const isAside = (node) => node.closest(".visually-hidden, .skip-link") !== null

  function name(node) {
    const mark = node.id ? `#${node.id}` : [...node.classList].map((word) => `.${word}`).join("")
    const words = (node.getAttribute("aria-label") || node.textContent || String(node.value || "")).trim()
    return `${node.tagName.toLowerCase()}${mark} “${words.replace(/\s+/g, " ").slice(0, 24)}”`
  }

  // What of an element's style decides how its text stands out, and what of it decides what is behind all that it holds.
  const INK = ["color", "fontSize", "fontWeight", "textDecorationLine", "textShadow"]
  const GROUND = ["backgroundColor", "backgroundImage", "opacity", "filter", "mixBlendMode"]
  const BARE = "rgba(0, 0, 0, 0),none,1,none,normal"
  const styled = (node, names, style = getComputedStyle(node)) => names.map((name) => style[name]).join()

  // A number of 53 bits for a text (cyrb53).
  function hash(text) {
    let [one, two] = [0xdeadbeef, 0x41c6ce57]
    for (let place = 0; place < text.length; place++) {
      one = Math.imul(one ^ text.charCodeAt(place), 2654435761)
      two = Math.imul(two ^ text.charCodeAt(place), 1597334677)
    }
    one = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(two ^ (two >>> 13), 3266489909)
    two = Math.imul(two ^ (two >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909)
    return 4294967296 * (2097151 & two) + (one >>> 0)
  }

  const edges = ({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(" ")

  // Every text node that shows, with the element that holds it.
  function* texts(root = document.body) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
      const text = walker.currentNode.data.trim()
      if (text && shows(walker.currentNode.parentElement)) yield [text, walker.currentNode.parentElement]
    }
  }

  const isInline = (node) => getComputedStyle(node).display === "inline"

  function blockOf(node) {
    let block = node.parentElement
    while (isInline(block)) block = block.parentElement
    return block
  }

  // The words of an element itself.
  const written = (node) => [...node.childNodes].filter((child) => child.nodeType === Node.TEXT_NODE)
    .map((child) => child.data).join("")

  // Whether a link stands in a sentence and is as high as its line (WCAG 2.5.8, exception "inline").
  function isInSentence(node) {
    return isInline(node) && [...texts(blockOf(node))].some(([, parent]) => !parent.closest("a"))
  }

  // What a finger hits: the label stands for its box, and a hidden field for nothing.
  function isTarget(node) {
    if (!shows(node) || isAside(node) || node.type === "hidden") return false
    if (node.matches("label")) return node.querySelector("input, select, textarea") !== null
    return !node.closest("label") && !isInSentence(node)
  }

  // A box that may scroll sideways: it can be reached by keyboard and says what it is.
  function isFrame(node) {
    return node.matches('[role="region"][tabindex="0"]:is([aria-label], [aria-labelledby])') &&
      ["auto", "scroll"].includes(getComputedStyle(node).overflowX)
  }

  function isInFrame(node) {
    for (let box = node.parentElement; box; box = box.parentElement) if (isFrame(box)) return true
    return false
  }

  // The part of a box that is in the window: a focused frame may be higher than it.
  function inWindow({ left, top, right, bottom }) {
    const part = { left: Math.max(left, 0), top: Math.max(top, 0) }
    return { ...part, width: Math.min(right, innerWidth) - part.left, height: Math.min(bottom, innerHeight) - part.top }
  }

  function focused(node, places) {
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(node)
    const box = inWindow(node.getBoundingClientRect())
    const points = [0.02, 0.5, 0.98].flatMap((x) => [0.1, 0.5, 0.9].map((y) => [x, y]))
    const hits = ([x, y]) => {
      const hit = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y)
      return hit && (node.contains(hit) || hit.contains(node))
    }
    return {
      name: name(node),
      place: places.get(node),
      ring: outlineStyle === "none" || outlineColor === "rgba(0, 0, 0, 0)" ? 0 : parseFloat(outlineWidth),
      isSeen: points.some(hits),
    }
  }

  return {
    headings: () => all("h1, h2, h3, h4, h5, h6").filter(shows)
      .map((node) => [Number(node.tagName[1]), node.textContent.trim()]),

    // What is in live regions.
    said: () => all("[role=status], [role=alert], [aria-live]").filter(shows).map((node) => node.textContent.trim()),

    // The faces of all text: inside original text, and outside of it.
    faces() {
      const found = { original: new Set(), own: new Set() }
      for (const [, parent] of texts())
        found[parent.closest(".original") ? "original" : "own"].add(getComputedStyle(parent).fontFamily)
      return [[...found.original], [...found.own]]
    },

    // Targets among `selector` that are narrower or lower than `least` CSS pixels.
    tooSmall: ([selector, least]) => all(selector).filter(isTarget)
      .map((node) => [node, node.getBoundingClientRect()])
      .filter(([, box]) => Math.min(box.width, box.height) < least - 0.5)
      .map(([node, box]) => `${name(node)} ${box.width.toFixed(0)} × ${box.height.toFixed(0)}`),

    // What sticks out of the window or is cut off sideways, outside of the frames that scroll.
    sideways: () => all("body, body *").filter((node) => shows(node) && !isAside(node) && !isInFrame(node))
      .filter((node) => {
        const box = node.getBoundingClientRect()
        const isCut = !isFrame(node) && !node.matches("input") && node.clientWidth > 0 &&
          node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).overflowX !== "visible"
        return isCut || box.right > document.documentElement.clientWidth + 0.5 || box.left < -0.5
      }).map(name),

    // What shows: all words, first those of stylesheets and in fields, and the kinds of elements.
    shown() {
      const nodes = all("body, body *").filter(shows)
      const added = nodes.flatMap((node) => ["::before", "::after"].map((side) => getComputedStyle(node, side).content))
      const words = [...new Set(added), ...nodes.map((node) => node.value ?? ""), document.body.innerText]
      return [words.join("\n"), nodes.map((node) => `${node.tagName} ${node.className}`)]
    },

    // How much of the window's height is under what sticks to its top or bottom across at least half of its width.
    stuck: () => all("body *").filter((node) => shows(node) && !isAside(node))
      .filter((node) => {
        const { position, top, bottom } = getComputedStyle(node)
        return position === "fixed" || (position === "sticky" && (top !== "auto" || bottom !== "auto"))
      })
      .map((node) => node.getBoundingClientRect())
      .filter((box) => box.bottom > 0 && box.top < innerHeight && box.width > innerWidth / 2)
      .reduce((sum, box) => sum + box.height, 0),

    // Running text in `selector` (`length` characters or more in one piece) that is smaller than `least` CSS pixels.
    tooFine: ([selector, length, least]) => [...texts()]
      .filter(([text, parent]) => text.length >= length && parent.closest(selector) && !isAside(parent))
      .map(([, parent]) => [parent, parseFloat(getComputedStyle(parent).fontSize)])
      .filter(([, size]) => size < least - 0.01)
      .map(([parent, size]) => `${name(parent)} ${size} px`),

    isRunning: (node) => node.matches("main *:not(.tag):not(.tag *)"),

    // Each way in which colours lie on each other here, without those that are `known`: its hash, and three of the
    // elements with text of their own, or fields, that have it, for axe doesn't always know. A way is all that decides
    // what axe says: the ink of an element, the grounds that it stands on and those of others that it overlaps, the
    // words around a link, whether it is running text, disabled, or only marks. Of a single character axe says nothing.
    newColours(known) {
      const memory = new Map([[null, ""]])
      const grounds = (node) => {
        if (!memory.has(node)) {
          const own = styled(node, GROUND)
          memory.set(node, grounds(node.parentElement) + (own === BARE ? "" : `${own};`))
        }
        return memory.get(node)
      }
      const boxes = all("body *").filter((node) => grounds(node) !== grounds(node.parentElement))
        .map((node) => [node, node.getBoundingClientRect()])
      const behind = (node, { left, top, right, bottom } = node.getBoundingClientRect()) => boxes
        .filter(([other, box]) => box.left < right && box.right > left && box.top < bottom && box.bottom > top &&
          !other.contains(node) && !node.contains(other)).map(([other]) => grounds(other))
      const around = (link) => link && isInSentence(link)
        ? [link, link.parentElement, blockOf(link)].map((node) => styled(node, [...INK, ...GROUND])) : []
      const way = ([text, node]) => hash([
        styled(node, INK), grounds(node), ...new Set(behind(node).sort()), ...around(node.closest("a")),
        this.isRunning(node), /[^\p{P}\s]/u.test(text),
        (node.closest("label")?.control ?? node).matches(":disabled"),
      ].join())
      const own = [...new Set([...texts()].map(([, node]) => node))].map((node) => [written(node).trim(), node])
      const fields = all("input:not([type=checkbox], [type=radio]), select, textarea").filter(shows)
        .map((node) => [node.value, node])
      const asked = [...own.filter(([text]) => text.length > 1), ...fields].filter(([, node]) => !isAside(node))
      const found = Map.groupBy(asked, way)
      known.forEach((way) => found.delete(way))
      return [...found].map(([way, nodes]) => [way, nodes.slice(0, 3).map(([, node]) => node)])
    },

    // Blocks higher than 200 px that stand side by side in `main`, outside of tables.
    columns: () => all("main, main *").filter((node) => shows(node) && !node.closest("table")).flatMap((parent) => {
      const blocks = [...parent.children].map((node) => [node, node.getBoundingClientRect()])
        .filter(([, box]) => box.height > 200 && box.width > 0)
      const beside = blocks.filter(([, one]) => blocks.some(([, two]) =>
        one !== two && one.right <= two.left + 1 && one.top < two.bottom && two.top < one.bottom))
      const { columnCount, columnWidth } = getComputedStyle(parent)
      return [...beside.map(([node]) => node), ...(columnCount + columnWidth === "autoauto" ? [] : [parent])]
    }).map(name),

    // What the Tab key should come to, in the order of the document: each thing's place in it.
    stops() {
      const everything = all("*")
      return all("a[href], button, input, select, textarea, summary, [tabindex]")
        .filter((node) => shows(node) && node.tabIndex >= 0 && !node.disabled && node.type !== "hidden")
        .map((node) => [everything.indexOf(node), name(node)])
    },

    // Nothing has the focus, the Tab key begins anew, and everything that scrolls shows its beginning.
    fromTheTop() {
      document.body.tabIndex = -1
      document.body.focus()
      document.body.removeAttribute("tabindex")
      all("*").filter((node) => node.scrollTop || node.scrollLeft)
        .forEach((node) => node.scrollTo({ top: 0, left: 0, behavior: "instant" }))
    },

    // From now on keep what has the focus, as it looks when the next key comes; `visited` gives the list.
    follow() {
      this.fromTheTop()
      this.visited = []
      const places = new Map(all("*").map((node, place) => [node, place]))
      this.keep = (node = document.activeElement) => node !== document.body && this.visited.push(focused(node, places))
      this.following ??= addEventListener("keydown", ({ key }) => { if (key === "Tab") this.keep() }, true) ?? true
    },

    // The steps of the Tab key to each of `stops`: a number for what it is and for all that the key passes on its way.
    steps(stops) {
      const everything = all("*")
      const isScrolling = (node, { overflow } = getComputedStyle(node)) => /auto|scroll/.test(overflow) &&
        (node.scrollWidth > node.clientWidth || node.scrollHeight > node.clientHeight)
      const kind = (node) => [node.tagName, node.className, node.type, node.tabIndex, ...node.getAttributeNames(),
        shows(node), isScrolling(node)]
      return stops.map(([place], at) => hash(everything.slice(stops[at - 1]?.[0] ?? 0, place + 1).map(kind).join()))
    },

    // Go to the things at `places`, one after the other, without a key.
    go(places) {
      const everything = all("*")
      for (const place of places) {
        looks.keep()
        everything[place].focus({ focusVisible: true })
      }
    },

    // What moves for longer than an instant.
    moving: () => all("body, body *").filter((node) => {
      const { transitionDuration, animationName, animationDuration } = getComputedStyle(node)
      const spans = `${transitionDuration}, ${animationName === "none" ? "0s" : animationDuration}`
      return spans.split(", ").some((span) => parseFloat(span) > 0.01)
    }).map(name),

    // What has no border of a pixel on every side, among `selector`.
    borderless: (selector) => all(selector).filter(shows).filter((node) => {
      const style = getComputedStyle(node)
      return ["Top", "Right", "Bottom", "Left"].some((side) =>
        style[`border${side}Style`] === "none" || parseFloat(style[`border${side}Width`]) < 1)
    }).map(name),

    // Where a page moves while it comes: takes it apart from its end, one element at a time, and gives a line for each
    // thing in the window that would stand elsewhere by 3 px or more (what Chromium counts) if the page ended there.
    // What moves inside of the line or cell that is cut is not counted, nor the whole of it: words wrap as they come.
    // Destroys the page.
    unsteady() {
      const found = new Set()
      const isInWindow = ({ left, top, right, bottom, width, height }) =>
        width > 0 && height > 0 && left < innerWidth && top < innerHeight && right > 0 && bottom > 0
      const left = all("body *:not(col)").filter((node) => isInWindow(node.getBoundingClientRect()))
      let later = left.map((node) => node.getBoundingClientRect())
      for (const cut of all("body *:not(col)").reverse()) {
        const line = cut.closest("li, p, label, td, h1, h2, h3, dl > div")
        cut.remove()
        if (cut !== left.at(-1)) continue
        left.pop()
        const now = left.map((node) => node.getBoundingClientRect())
        left.forEach((node, place) => {
          const [from, to] = [now[place], later[place]]
          if (Math.abs(from.left - to.left) < 3 && Math.abs(from.top - to.top) < 3) return
          if (line?.contains(node) || !isInWindow(from) || !isInWindow(to)) return
          found.add(`${name(node)} from ${edges(from)} to ${edges(to)} when ${name(cut)} comes`)
        })
        later = now
      }
      return [...found]
    },

    // What has moved by itself since the page came: a line for each layout shift that nobody's input made.
    shifts: () => new Promise((done) => {
      const found = []
      const moved = ({ node, previousRect, currentRect }) => {
        const element = node?.nodeType === Node.TEXT_NODE ? node.parentElement : node
        return `${element ? name(element) : "something gone"} from ${edges(previousRect)} to ${edges(currentRect)}`
      }
      const add = (list) => list.filter((entry) => !entry.hadRecentInput).forEach((entry) =>
        found.push(`shift of ${entry.value}: ${entry.sources.map(moved).join(", ")}`))
      const observer = new PerformanceObserver((list) => add(list.getEntries()))
      observer.observe({ type: "layout-shift", buffered: true })
      requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => {
        add(observer.takeRecords())
        done(found)
      }, 50)))
    }),
  }
})()
