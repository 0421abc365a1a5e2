/** @odoo-module **/

import {registry} from "@web/core/registry";

/** An Administrator makes a token and sees it, this once. */
registry.category("web_tour.tours").add("mfg_sync_new_token", {
    test: true,
    steps: () => [
        {content: "Make a token", trigger: "button[name=action_new_token]", run: "click"},
        {
            content: "It says what it is for",
            trigger: "div[name=use]:contains(Bearer token)",
            run: () => {},
        },
        {
            content: "The token is there, to be copied",
            trigger: "div[name=key]:contains(mfgs_)",
            run: () => {},
        },
        {content: "Copied", trigger: "footer button:contains(I have copied it)", run: "click"},
        {
            content: "Only the form is left",
            trigger: "body:not(:has(.modal)) button[name=action_new_token]",
            run: () => {},
        },
    ],
});
