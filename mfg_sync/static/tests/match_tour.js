/** @odoo-module **/

import {registry} from "@web/core/registry";

/** A steward says which item an unknown one is. */
registry.category("web_tour.tours").add("mfg_sync_match", {
    test: true,
    steps: () => [
        {content: "Match what is not known", trigger: "button[name=action_add_match]", run: "click"},
        {
            content: "It is an item",
            trigger: "div[name=record] select",
            run: () => {
                const select = document.querySelector("div[name=record] select");
                select.value = "product.product";
                select.dispatchEvent(new Event("change", {bubbles: true}));
            },
        },
        {
            content: "An item is asked for",
            trigger: ".o_field_widget[name=record] input",
            run: "text Frame of the tour",
        },
        {
            content: "It is this one",
            trigger: ".o-autocomplete--dropdown-item a:contains(Frame of the tour)",
            run: "click",
        },
        {content: "Save the match", trigger: ".o_form_button_save", run: "click"},
        {
            content: "The message goes on",
            trigger: ".o_form_view div[name=what_to_do]:contains(Nothing: it is)",
            run: () => {},
        },
    ],
});
