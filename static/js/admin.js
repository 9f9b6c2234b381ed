// The stock search boxes of links (select2) have no name of their own: they get that of their label.
"use strict";

function nameBox(select) {
  const label = document.querySelector(`label[for="${select.id}"]`);
  const shown = document.getElementById(`select2-${select.id}-container`);
  if (label && shown) {
    shown.setAttribute("aria-label", label.textContent.replace(/[:：]\s*$/, ""));
  }
}

function nameBoxes() {
  document.querySelectorAll("select.admin-autocomplete").forEach(nameBox);
}

// After the stock script that makes the boxes, which asked jQuery first. Pages without such boxes come without jQuery.
window.django?.jQuery?.(nameBoxes);
document.addEventListener("formset:added", nameBoxes);
