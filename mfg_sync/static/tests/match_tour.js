/** @odoo-module **/

import {registry} from "@web/core/registry";

/** A steward says which item an unknown one is: the dialog knows that it is an item. */
registry.category("web_tour.tours").add("mfg_sync_match", {
    test: true,
    steps: () => [
        {content: "Match what is not known", trigger: "button[name=action_add_match]", run: "click"},
        {
            content: "It knows what it is asked about",
            trigger: "div[name=record]:not(:has(select))",
            run: () => {},
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
