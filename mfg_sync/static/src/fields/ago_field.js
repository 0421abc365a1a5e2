/** @odoo-module **/

import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {formatDateTime} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** A date and time as people say it ("3 minutes ago"), with the exact one on hover. */
export class AgoField extends Component {
    static template = "mfg_sync.AgoField";
    static props = {...standardFieldProps};

    get value() {
        return this.props.record.data[this.props.name];
    }

    get ago() {
        return this.value ? this.value.toRelative() : "";
    }

    get exact() {
        return this.value ? formatDateTime(this.value) : "";
    }
}

export const agoField = {
    component: AgoField,
    displayName: _t("Relative time"),
    supportedTypes: ["datetime"],
};

registry.category("fields").add("mfg_sync_ago", agoField);
