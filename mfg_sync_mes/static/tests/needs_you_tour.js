/** @odoo-module **/

import {registry} from "@web/core/registry";

const MESSAGES_BUTTON = "button[name=action_mfg_sync_messages]";

/** A planner finds out why a work order needs her, says what an unknown unit means, and replays the message. */
registry.category("web_tour.tours").add("mfg_sync_mes_needs_you", {
    test: true,
    steps: () => [
        {content: "Open the filters", trigger: ".o_searchview_dropdown_toggler", run: "click"},
        {
            content: "Only those that need somebody",
            trigger: ".o_filter_menu .o_menu_item:contains(Sync: needs you)",
            run: "click",
        },
        {
            content: "The work order has a badge",
            trigger: ".o_data_row td[name=mfg_sync_status] .badge:contains(Needs you)",
            run: () => {},
        },
        {content: "Close the filters", trigger: ".o_searchview_dropdown_toggler", run: "click"},
        {content: "Open it", trigger: ".o_data_row td[name=name]", run: "click"},
        {
            content: "It says why",
            trigger: ".o_form_view .alert-danger:contains(KARTON)",
            run: () => {},
        },
        {content: "See its messages", trigger: MESSAGES_BUTTON, run: "click"},
        {content: "Open the one", trigger: ".o_data_row td[name=summary]", run: "click"},
        {
            content: "It says what to do",
            trigger: ".o_form_view div[name=what_to_do]:contains(Add to mapping)",
            run: () => {},
        },
        {content: "Do that", trigger: "button[name=action_add_mapping]", run: "click"},
        {
            content: "A unit is asked for",
            trigger: ".o_field_widget[name=uom_id] input",
            run: "text Dozens",
        },
        {
            content: "It is a dozen",
            trigger: ".o-autocomplete--dropdown-item a:contains(Dozens)",
            run: "click",
        },
        {content: "Save the entry", trigger: ".o_form_button_save", run: "click"},
        {
            content: "The message goes on",
            trigger: ".o_form_view div[name=status] .badge:contains(Waiting)",
            run: () => {},
        },
        {content: "Replay it at once", trigger: "button[name=action_replay]", run: "click"},
        {
            content: "Her decision is written down",
            trigger: ".o_notebook a[name=decisions]",
            run: "click",
        },
        {
            content: "Replayed",
            trigger: "div[name=decision_ids] .o_data_row:contains(Replay)",
            run: () => {},
        },
    ],
});

/** Afterwards: the badge has turned, and the message says what became of it. */
registry.category("web_tour.tours").add("mfg_sync_mes_in_sync", {
    test: true,
    steps: () => [
        {
            content: "The work order is in sync",
            trigger: ".o_form_view div[name=mfg_sync_status] .badge:contains(In sync)",
            run: () => {},
        },
        {content: "See its messages", trigger: MESSAGES_BUTTON, run: "click"},
        {
            content: "Done",
            trigger: ".o_data_row td[name=status] .badge:contains(Done)",
            run: () => {},
        },
    ],
});
