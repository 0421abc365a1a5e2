/** @odoo-module **/

import {registry} from "@web/core/registry";

/** A planner tries a failed issue out, corrects what it says, and sees both side by side. */
registry.category("web_tour.tours").add("mfg_sync_mes_correct", {
    test: true,
    steps: () => [
        {content: "What would it do?", trigger: "button[name=action_dry_run]", run: "click"},
        {
            content: "It says why it would not be applied",
            trigger: ".o_data_row td[name=text]:contains(C-9)",
            run: () => {},
        },
        {content: "Back to the message", trigger: "footer button:contains(Close)", run: "click"},
        {
            content: "Only the form is left",
            trigger: "body:not(:has(.modal)) button[name=action_ask_correct]",
            run: "click",
        },
        {
            content: "Write the lot that was taken",
            trigger: "div[name=content] textarea",
            run: () => {
                const area = document.querySelector(".modal div[name=content] textarea");
                area.value = area.value.replace("C-9", "C-1");
                area.dispatchEvent(new Event("input", {bubbles: true}));
                area.dispatchEvent(new Event("change", {bubbles: true}));
            },
        },
        {
            content: "It shows what changes",
            trigger: "div[name=changes] td:contains(/lot)",
            run: () => {},
        },
        {content: "Try it out before it is saved", trigger: "button[name=action_try_out]", run: "click"},
        {
            content: "It says what would be taken",
            trigger: "div[name=tried_changes]:contains(C-1)",
            run: () => {},
        },
        {
            content: "Say why",
            trigger: "div[name=reason] input",
            run: "text The label was read wrong",
        },
        {content: "Apply it", trigger: "button[name=action_correct]", run: "click"},
        {
            content: "The corrected message is open",
            trigger: "body:not(:has(.modal)) .o_form_view div[name=corrects_id]",
            run: () => {},
        },
        {
            content: "See what was corrected",
            trigger: ".o_notebook a[name=correction]",
            run: "click",
        },
        {
            content: "Before and after",
            trigger: "div[name=corrected_content] td:contains(C-1)",
            run: () => {},
        },
    ],
});

/** She selects a message in the list and replays it, after a look at what follows. */
registry.category("web_tour.tours").add("mfg_sync_mes_replay", {
    test: true,
    steps: () => [
        {
            content: "Select it",
            trigger: ".o_data_row:contains(MES-7) .o_list_record_selector input",
            run: "click",
        },
        {content: "Replay it", trigger: "button[name=action_ask_replay]", run: "click"},
        {
            content: "It says what follows",
            trigger: "div[name=follows]:contains(tried again: 1.)",
            run: () => {},
        },
        {content: "Replay", trigger: "button[name=action_replay]", run: "click"},
        {
            content: "Done",
            trigger: ".o_notification:contains(tried again: 1.)",
            run: () => {},
        },
    ],
});

/** An order is kept out of the synchronization, and taken back. */
registry.category("web_tour.tours").add("mfg_sync_mes_keep_out", {
    test: true,
    steps: () => [
        {content: "Keep it out", trigger: "button[name=action_mfg_sync_ask_exclude]", run: "click"},
        {
            content: "Say why",
            trigger: "div[name=reason] input",
            run: "text Made by hand for the fair",
        },
        {content: "Do it", trigger: "button[name=action_decide]", run: "click"},
        {
            content: "The badge says so",
            trigger: ".o_form_view div[name=mfg_sync_status] .badge:contains(Not synchronized)",
            run: () => {},
        },
        {content: "Take it back", trigger: "button[name=action_mfg_sync_include]", run: "click"},
        {
            content: "Who may be told now is asked",
            trigger: "div[name=endpoint_ids] .o_tag:contains(MES)",
            run: () => {},
        },
        {content: "Later", trigger: "footer button:contains(Back)", run: "click"},
        {
            content: "It can be kept out again",
            trigger: "button[name=action_mfg_sync_ask_exclude]",
            run: () => {},
        },
    ],
});

/** A colleague looks at what was corrected, and approves it. */
registry.category("web_tour.tours").add("mfg_sync_mes_approve", {
    test: true,
    steps: () => [
        {content: "Open what waits", trigger: ".o_data_row td[name=about]:contains(MES-7)", run: "click"},
        {
            content: "It says what it would take",
            trigger: ".o_form_view div[name=explanation]:contains(C-1)",
            run: () => {},
        },
        {
            content: "Before and after",
            trigger: "div[name=changes] td:contains(/lot)",
            run: () => {},
        },
        {content: "Approve it", trigger: "button[name=action_approve]", run: "click"},
        {
            content: "It is approved",
            trigger: ".o_form_view div[name=second_id]:contains(Bert)",
            run: () => {},
        },
    ],
});
