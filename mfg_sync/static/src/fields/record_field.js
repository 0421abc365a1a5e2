/** @odoo-module **/

import {ReferenceField, referenceField} from "@web/views/fields/reference/reference_field";
import {registry} from "@web/core/registry";

/** A record of the model that the form's res_model names: people choose the record, not the model. */
export class RecordField extends ReferenceField {
    getModelName() {
        return this.props.record.data.res_model || false;
    }
}

export const recordField = {...referenceField, component: RecordField};

registry.category("fields").add("mfg_sync_record", recordField);
